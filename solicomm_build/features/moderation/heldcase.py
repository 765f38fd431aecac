"""A message that waits, or waited, read as the mail that it was: to whom of it an answer may go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace

from solicomm_build.desk.ledger import Ledger
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case, Letter
from solicomm_build.desk.reading import case_of
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.spool import Item, envelope_of
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.message.parse import parse
from solicomm_build.post import decision
from solicomm_build.post.held.heldwords import why_yours
from solicomm_build.post.policy import NO_ROOM
from solicomm_build.post.store.mailstore import Held

_TOGETHER = 50


def proven(office: Office, held: Held, raw: bytes) -> Case | None:
    """A held message as a case whose proven author may be written to, at the address of today; else
    None. Who reads mail at an earlier one may be somebody else."""
    case = read(office, held, raw)
    if case is None or not case.proven or case.automatic or case.mute:
        return None
    came = envelope_of(held.facts["envelope"]).received_at
    since = office.roster().since_moved(case.author, came)
    return replace(case, author=since.address) if since is not None else case


def read(office: Office, held: Held, raw: bytes) -> Case | None:
    """A held message as a case. Whose author was asked and said yes is proved."""
    came = envelope_of(held.facts["envelope"])
    said_yes = held.facts.get("level") == "token" and not came.ours
    to = office.address(held.conference)
    envelope = replace(came, rcpt_tos=(to,), proved=said_yes)
    cause = f"held-{held.conference}-{held.mid}"
    if office.watch.is_aside(mark := f"held:{held.conference}/{held.mid}"):
        return None
    try:
        with office.watch.item(mark, len(raw)):
            return case_of(office, Item(envelope, raw), cause, office.dns)
    except SoliCommError:
        return None


def author(raw: bytes) -> str:
    """The author of a message for moderators, who see addresses; empty where nobody can tell."""
    try:
        boxes = parse(raw).from_
    except SoliCommError:
        return ""
    return ", ".join(f"{b.name} <{b.addr_spec}>" if b.name else b.addr_spec for b in boxes[:3])


def raws(office: Office, queue: Sequence[Held]) -> Iterator[bytes | None]:
    """The octets of held messages of one conference, in order, None of one that is held no more.
    Some are read together: each alone is looked for in the list of all."""
    for start in range(0, len(queue), _TOGETHER):
        group = queue[start : start + _TOGETHER]
        found = office.mail.held_raws(group[0].conference, [one.mid for one in group])
        yield from (found.get(one.mid) for one in group)


def rejection(
    office: Office, ledger: Ledger, mail: str, commit: Oid, blob: Oid, conference: str, mid: PostId
) -> Iterator[Letter]:
    """The letter to the author of a rejected message, who is known for certain."""
    reader = ledger.reader(mail)
    try:
        made = decision.decode(reader.blob(blob))
    except SoliCommError:
        return
    if made.decision != decision.REJECT:
        return
    raw = reader.at(commit, f"held/{conference}/{mid}.eml")
    facts = reader.at(commit, f"held/{conference}/{mid}.json")
    if raw is None or facts is None:
        return
    held = Held(conference, mid, json.loads(facts))
    case = proven(office, held, raw)
    if case is None and held.facts.get("rule") == NO_ROOM:
        yield from _no_room(office, held, raw)
    kind = f"rejected:{conference}:{mid}:{made.at:%Y%m%dT%H%M%S}"
    if case is not None and office.may(case, case.author, kind):
        lang = office.language_of(case.author, conference, hint=case.said)
        text = made.text
        if made.by == decision.POLICY:  # nobody wrote a reason; the rule is one
            text = why_yours(lang, str(held.facts.get("rule", "")))
        yield letters.rejected(office, conference, case.author, lang, case.message, text, kind=kind)


def _no_room(office: Office, held: Held, raw: bytes) -> Iterator[Letter]:
    """Those who decide are told, once a day, where the author may not be."""
    kind, subject = f"no-room:{held.conference}", str(held.facts.get("subject", ""))
    for to in office.moderators(held.conference):
        if office.limits.allow(to.address, kind, f"{kind}:{held.mid}", clock.now()):
            yield letters.no_room(office, held.conference, to, subject, author(raw), kind=kind)
