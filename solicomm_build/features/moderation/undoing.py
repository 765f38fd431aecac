"""A decision about held mail, taken back within a week (post/decision.py).

    decide undo <id>, and why in the lines below ─→ deed, letters, and the end of trust or a ban

What was kept out waits again, and its author, who was told no, hears that. What was let in is
hidden by an event of its topic, as `hide` does; copies that went out cannot be called back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.person import Person, Result
from solicomm_build.desk.plan import NOTHING, Case, Deed, Plan
from solicomm_build.features.moderation import heldcase
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.spool import envelope_of
from solicomm_build.foundation.types import PostId
from solicomm_build.git.repo import open_repo
from solicomm_build.message.address import key
from solicomm_build.message.auth import authorship
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Event
from solicomm_build.post import decision
from solicomm_build.post.cells import hubmail
from solicomm_build.post.held import decidedmail
from solicomm_build.post.held.decidedmail import Decided
from solicomm_build.post.held.heldmail import AGAIN
from solicomm_build.post.store import redact
from solicomm_build.post.store.mailstore import author_hash

DEED = "decision-undone"
UNDO: vocabulary.Words = {
    "undo": {
        "en": ("undo", "revert"),
        "fr": ("annuler", "défaire"),
        "es": ("deshacer", "revertir"),
        "pt": ("desfazer", "reverter"),
        "ar": ("تراجع", "التراجع"),
        "ru": ("отменить", "вернуть"),
    },
}
_UNDO = vocabulary.meanings(UNDO)
_STANDINGS = {decision.TRUST: "trusted", decision.BAN: "banned"}
_LONGEST = 300
"""Characters of a reason, as in events of topics."""


def means_undo(word: str) -> bool:
    """Whether a word takes a decision back, in any of the six languages."""
    return vocabulary.plain(word).strip(":.,") in _UNDO


def undo(office: Office, case: Case, person: Person, about: str, why: str) -> Result:
    """Takes the decision back about the one message whose id begins so. `person` is a member who
    looks after the list."""
    lang, name = person.lang, case.conference
    found = decidedmail.lately(office.config, lambda place: place == name, about=about)
    raw = decidedmail.octets(office.config, found[0]) if len(found) == 1 else None
    if raw is None or person.member is None:
        text = gettext(lang, "Nothing that was decided here in the last seven days has that id.")
        return Result(person, (text,))
    one, who = found[0], person.member.number
    by, minted = office.person(who)
    facts = {
        "conference": name,
        "mid": one.held.mid,
        "commit": one.commit,
        "decided": decision.encode(one.made).decode("utf-8"),
        "by": decision.member(who),
        "person": by,
        "why": one_line(why, _LONGEST),
    }
    plan = Plan(
        events=(*minted, *_stands_no_more(office, one, raw, decision.member(who))),
        deeds=(Deed(DEED, facts),),
        subject="Take back a decision",
    )
    return Result(person, (_said(office, one, lang),), plan + _told(office, one, raw))


def _said(office: Office, one: Decided, lang: str) -> str:
    return letters.undone_line(
        lang, one.subject, lets_in=one.made.lets_in, is_post=is_post(office.config, one)
    )


def is_post(config: Config, one: Decided) -> bool:
    """Whether a message that was let in is on pages, where it can be hidden."""
    try:
        repo = open_repo(config.conference_repo(one.held.conference))
        return bool(redact.found(config, repo, one.held.conference, one.held.mid))
    except HubError:
        return False


def _stands_no_more(office: Office, one: Decided, raw: bytes, by: str) -> list[Event]:
    """The end of the trust, or of the ban, that came with the decision; also at the address that
    its author has now."""
    wanted = _STANDINGS.get(one.made.decision)
    try:
        author = authorship.author(parse(raw)) if wanted else None
    except SoliCommError:
        return []
    name, roster = one.held.conference, office.roster()
    if not author:
        return []
    people = [author] if roster.listed_standing(name, author) == wanted else []
    moved = roster.since_moved(author, envelope_of(one.held.facts["envelope"]).received_at)
    if moved and key(moved.address) != key(author):
        people += [moved.address] if roster.standing_at(name, moved.address) == wanted else []
    return [rosterevents.standing(name, who, "", at=clock.now(), by=by) for who in people]


def _told(office: Office, one: Decided, raw: bytes) -> Plan:
    """Who was told no hears that the message waits again."""
    case = heldcase.proven(office, one.held, raw) if one.made.decision == decision.REJECT else None
    if case is None:
        return NOTHING
    name = one.held.conference
    lang = office.language_of(case.author, name, hint=case.said)
    return Plan(letters=(letters.undone(office, name, case.author, lang, case.message),))


# -- carried out -----------------------------------------------------------------------------------


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Hides the post, or has the message wait again, and notes by whom and why; durable on return.
    Done before, or decided anew since, it changes nothing."""
    name, mid = str(facts["conference"]), PostId(str(facts["mid"]))
    blob = str(facts["decided"]).encode("utf-8")
    made = decision.decode(blob)
    where = decision.undone_path(name, mid, made)
    with hubmail.reading(config, name) as mail:
        if mail.has(where) or mail.decision(name, mid) != blob:
            return
        since = made.at - timedelta(seconds=1)
        mine = decidedmail.lately(config, lambda place: place == name, since, str(mid))
        found = mine[0] if mine else None
        raw = decidedmail.octets(config, found) if found else None
        if found is None or raw is None:  # erased meanwhile
            return
        if made.lets_in:
            _hide(config, name, mid, facts)
    with hubmail.writing(config, name) as mail:
        if mail.has(where) or mail.decision(name, mid) != blob:
            return  # the end gives the lock back
        mail.take_back(where, decision.encode_undone(made, facts["by"], when, facts["why"]))
        if not made.lets_in:
            at = when.astimezone(UTC).isoformat()
            note = json.dumps({"told": [at], "author": [at]}) + "\n"
            again = {**found.held.facts, AGAIN: at}
            mail.wait_again(name, mid, raw, again, note.encode("ascii"))
        mail.note(_verdict(name, mid, made.decision, raw, facts))
        mail.checkpoint("Take back a decision", when=when, Conference=name, Message=mid)


def _hide(config: Config, conference: str, mid: PostId, facts: Mapping[str, Any]) -> None:
    try:
        why = facts["why"] or "the decision to let it in was taken back"
        redact.redact(config, conference, mid, reason=why, by=str(facts["person"]))
    except HubError:
        return  # no page has it: it went out by mail alone, or was moved or erased


def _verdict(
    conference: str, mid: PostId, decided: str, raw: bytes, facts: Mapping[str, Any]
) -> str:
    """As ingest says what was decided (ingest/holding.py)."""
    try:
        author = authorship.author(parse(raw)) or ""
    except SoliCommError:
        author = ""
    by = str(facts["by"]).replace(":", "-")
    said = f"author={author_hash(author)} decision={decided} by={by}"
    return f"undone decided {conference}/{mid} {said}"
