"""Tells authors what became of the files of their messages: made smaller, not kept, or offered
with all they say because nobody here can clean them (post/filed.py). Each message once, and only
who is known to have written it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from solicomm_build.desk import letters
from solicomm_build.desk.chores import Step
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.desk.reading import case_of
from solicomm_build.desk.words import line
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId
from solicomm_build.message.auth.authentication import PROVEN
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.parse import parse
from solicomm_build.post import filed as notes

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
    lang = office.language_of(case.author, conference, hint=case.message.language or "")
    return Plan(
        letters=(_letter(office, conference, case, lang, told, kind),), subject="Tell of files"
    )


def _case(office: Office, conference: str, mid: PostId) -> Case | None:
    """The message as a case whose proven author may be written to; else None."""
    name = office.mail.find(mid, conference)
    raw = office.mail.raw(name) if name else None
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
    title = office.title(conference, lang)
    found = office.conference(conference)
    most = i18n.format_size(lang, found.attachments.max_bytes if found is not None else 0)
    parts = [
        gettext(lang, "About the files of your message to “%(list)s”:", list=title)
        + "\n"
        + line(case.message.subject[:200])
    ]
    parts += [_said(lang, one, most) + "\n" + line(one.name) for one in told]
    subject = gettext(lang, "Files of your message to %(list)s", list=title)
    made = letters.letter(office, conference, case.author, lang, subject, *parts, kind=kind)
    return replace(made, below=case.message)


def _said(lang: str, one: notes.Told, most: str) -> str:
    if one.what == notes.MADE_SMALLER:
        size = i18n.format_size(lang, one.bytes)
        return gettext(
            lang,
            "This picture was too large. It was made smaller, and has %(size)s now:",
            size=size,
        )
    if one.what == notes.TOO_LARGE:
        return gettext(
            lang,
            "This file is too large and is not kept. At most %(size)s are taken. Make it smaller, "
            "or put it on the web and send its address:",
            size=most,
        )
    if one.what == notes.NOT_KEPT:
        return gettext(
            lang,
            "We cannot clean this file: it may say who made it. Here nobody may be recognised by a "
            "file, so it is not offered. Save it as PDF, .odt or .docx and send it again:",
        )
    return gettext(
        lang,
        "We cannot clean files of this kind, so it is offered as you sent it. It may say who made "
        "it, where, when, on which machine, and what was changed in it. If that can hurt somebody, "
        "write to us and we take it away. Saved as PDF, .odt or .docx it is cleaned:",
    )
