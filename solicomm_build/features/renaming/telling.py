"""Tells who wrote to the old address of a conference what it is called now: once, and only who is
known to have written it.

What ingest judged is read in the log of mail.git. `private/reminders/renamed` has the commit up to
which that was done, and `private/reminders/renamed-told/<hash>` is there for each who was told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Plan, Write
from solicomm_build.desk.reading import case_of
from solicomm_build.foundation import clock, formernames, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, Oid, PostId
from solicomm_build.message.address import key
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.auth.levels import PROVEN
from solicomm_build.message.parse import parse
from solicomm_build.people.address import fold, moved
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store.mailstore import MailStore

_SEEN = "reminders/renamed"
_TOLD = "reminders/renamed-told"
_REST = 20.0  # seconds between two looks
_LATELY = timedelta(days=1)


def begin(config: Config) -> None:
    """From now on mail that comes is looked at, where no earlier renaming has it so already."""
    for cell, repo in hubmail.repos(config).items():
        tip, path = repo.ref(), config.private / _place(cell)
        if not path.exists():
            path.parent.mkdir(mode=0o700, exist_ok=True)
            safeio.write_atomic(path, (tip or "").encode("ascii"), mode=0o600)


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """What authors are to be told now."""
    names = formernames.now(office.config.private, "conferences")
    if not names or looked.rests(_REST):
        return
    here = frozenset(names.values())
    for cell, mail in office.mail.each():
        tip, seen = mail.repo.ref(), _seen(office, cell)
        if tip is None or tip == seen:
            continue
        for _, verdict in _came(mail, seen, tip):
            for mid, conference in _proved(verdict, here):
                if plan := _plan(office, conference, mid):
                    yield Step(f"renamed-{conference}-{mid}", plan)
        yield Step(f"renamed-read-{tip}", Plan(writes=(Write.to_private(_place(cell), tip),)))


def _came(mail: MailStore, seen: str | None, tip: Oid) -> list[tuple[datetime, str]]:
    """What was judged since the last look; of the last day where an erasure has written the log
    anew, or a backup was restored that knows of more than its log has."""
    if seen is None:
        return []
    if seen and not mail.goes_on(Oid(seen), tip):
        return list(mail.verdicts(clock.now() - _LATELY))
    return list(mail.verdicts(after=Oid(seen) if seen else None))


def _place(cell: int) -> str:
    return f"{_SEEN}-{cell}" if cell else _SEEN


def _seen(office: Office, cell: int) -> str | None:
    """The commit; "" for none yet, None where nobody began."""
    try:
        return (office.config.private / _place(cell)).read_text("ascii").strip()
    except OSError:
        return None


def _proved(verdict: str, here: frozenset[str]) -> Iterator[tuple[PostId, str]]:
    """The message of a verdict in one of these conferences, whose author was proved."""
    words = verdict.split()
    name, _, mid = words[2].partition("/") if len(words) > 2 else ("", "", "")
    is_taken = name in here and words[0] in ("accept", "hold")
    if is_taken and any(f"level={level}" in words for level in PROVEN):
        yield PostId(mid), name


def _plan(office: Office, conference: str, mid: PostId) -> Plan:
    found = office.mail.find(mid, conference)
    raw = office.mail.raw(found, conference) if found else office.mail.held_raw(conference, mid)
    if raw is None:
        return NOTHING
    message = parse(raw)
    old = _old(office, conference, [box.addr_spec for box in message.to + message.cc])
    who = author(message) or ""
    told = f"{_TOLD}/{hashlib.sha256(f'{old} {key(who)}'.encode()).hexdigest()[:32]}"
    if not old or not who or (office.config.private / told).exists():
        return NOTHING
    envelope = Envelope(who, (office.address(conference),), clock.now(), lmtp=True)
    case = case_of(office, Item(envelope, raw), f"renamed-{conference}-{mid}", office.dns)
    if case is None or case.automatic or case.mute:
        return NOTHING
    return _told(office, case, conference, old, told)


def _old(office: Office, conference: str, addresses: list[str]) -> str:
    """The former address among those of a message; "" when it has the one of today, too."""
    names = formernames.now(office.config.private, "conferences")
    found = ""
    for address in addresses:
        local, _, domain = address.rpartition("@")
        if fold(domain) != fold(office.config.domain):
            continue
        if fold(local) == conference:
            return ""
        if moved(fold(local), names) == conference:
            found = found or office.address(fold(local))
    return found


def _told(office: Office, case: Case, conference: str, old: str, told: str) -> Plan:
    kind = f"renamed:{old}"
    if not office.may(case, case.author, kind):
        return NOTHING
    lang = office.language_of(case.author, conference, hint=case.said)
    made = letter(
        office,
        "renaming/moved",
        case.author,
        lang,
        conference=conference,
        kind=kind,
        old=old,
        new=office.address(conference),
    )
    return Plan(letters=(made,), writes=(Write.to_private(told, ""),), subject="Tell of a new name")
