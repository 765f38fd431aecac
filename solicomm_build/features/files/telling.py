"""Tells authors what became of the files of their messages: made smaller, not kept, or offered
with all they say because nobody here can clean them (post/filed.py). Each message once, and only
who is known to have written it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from solicomm_build.desk.chores import Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.desk.reading import case_of
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.auth.levels import PROVEN
from solicomm_build.message.parse import parse
from solicomm_build.post import filed as notes
from solicomm_build.post import sounds

_RECENT = timedelta(days=14)


def steps(office: Office) -> Iterator[Step]:
    """What authors are to be told now. Also done by whoever was killed before the note went: the
    letter's kind keeps it from going twice."""
    folder = office.config.private / notes.FOLDER
    found = sorted(f"{one.parent.name}/{one.stem}" for one in folder.glob("*/*.json"))
    for place in office.watch.each("files", found):
        conference, mid = place.partition("/")[0], PostId(place.partition("/")[2])
        path, plan = folder / f"{place}.json", NOTHING
        with contextlib.suppress(SoliCommError):
            plan = _plan(office, conference, mid, notes.decode(path.read_bytes()))
        yield Step(f"files-{conference}-{mid}", plan, note=path)


def _plan(office: Office, conference: str, mid: PostId, told: tuple[notes.Told, ...]) -> Plan:
    case = _case(office, conference, mid)
    kind = f"files:{conference}:{mid}"
    if case is None or not told or not office.may(case, case.author, kind):
        return NOTHING
    lang = office.language_of(case.author, conference, hint=case.said)
    return Plan(
        letters=(_letter(office, conference, case, lang, told, kind),), subject="Tell of files"
    )


def _case(office: Office, conference: str, mid: PostId) -> Case | None:
    """The message as a case whose proven author may be written to; else None."""
    name = office.mail.find(mid, conference)
    raw = office.mail.raw(name, conference) if name else None
    if raw is None:
        return None
    if not _was_proven(office, conference, mid):
        return None
    address = office.address(conference)
    envelope = Envelope(author(parse(raw)), (address,), clock.now(), lmtp=True)
    case = case_of(office, Item(envelope, raw), f"files-{conference}-{mid}", office.dns)
    return case if case and case.proven and not (case.automatic or case.mute) else None


def _was_proven(office: Office, conference: str, mid: PostId) -> bool:
    """Whether ingest found the author proved when the message came: how it came is known only
    then, so what its header says now counts no more than that."""
    since = clock.now() - _RECENT
    for _, verdict in office.mail.verdicts(since, about=f"{conference}/{mid} "):
        return any(f" level={level} " in f"{verdict} " for level in PROVEN)
    return False


def _letter(
    office: Office, conference: str, case: Case, lang: str, told: tuple[notes.Told, ...], kind: str
) -> Letter:
    found = office.conference(conference)
    made = letter(
        office,
        "files/files",
        case.author,
        lang,
        conference=conference,
        kind=kind,
        subject=case.message.subject[:200],
        files=told,
        sounds={one.name for one in told if sounds.is_sound(one.name, "")},
        most=found.attachments.max_bytes if found is not None else 0,
        most_sound=found.attachments.sound_bytes if found is not None else 0,
    )
    return replace(made, below=case.message)
