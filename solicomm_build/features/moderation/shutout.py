"""Tells who was banned where only members read that no copies come any more: once for each ban.

The courier asks the roster who gets a post (people/roster.py); the subscription stays as it is, so
copies come again when the ban ends. `private/reminders/shut-out/<conference>/<number>` is there
for each who was told, until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import open_repo
from solicomm_build.people import token
from solicomm_build.people.membership import Member

FOLDER = "reminders/shut-out"
_REST = 20.0  # seconds between two looks
_Seen = tuple[Oid | None, frozenset[str]]
"""The roster, and the conferences for members, when nobody was to be told."""


def steps(office: Office, looked: Looked[_Seen]) -> Iterator[Step]:
    """Who is to be told now. Costs a look at the settings; where the roster is another than when
    nobody was to be told, and somebody is banned, at all members once, however many conferences
    there are."""
    if looked.rests(_REST):
        return
    folder = office.config.private / FOLDER
    closed = frozenset(name for name, one in office.conferences().items() if one.is_closed)
    seen = open_repo(office.config.roster_repo).ref(), closed
    if looked.seen.get(FOLDER) == seen:
        return
    before = {one.name for one in folder.iterdir()} if folder.is_dir() else set()
    everywhere, is_due = office.roster().shut_out_where(closed), False
    for name in sorted(closed | before & office.lists()):
        told, shut_out = _told(folder / name), everywhere.get(name, [])
        for number in told.keys() - {one.number for one in shut_out}:
            told[number].unlink(missing_ok=True)
        for member in shut_out:
            if member.number not in told:
                is_due = True
                cause = f"shut-out-{name}-{member.number}-{token.fresh()[:8]}"
                yield Step(cause, _plan(office, name, member))
    if not is_due:
        looked.seen[FOLDER] = seen


def _told(folder: Path) -> dict[int, Path]:
    files = folder.iterdir() if folder.is_dir() else ()
    return {int(path.name): path for path in files if path.name.isdecimal()}


def letter_to(office: Office, conference: str, member: Member) -> Letter:
    """What somebody is told who was banned there."""
    return letter(
        office,
        "moderation/shut-out",
        member.address,
        office.language_of(member.address, conference, member.lang),
        conference=conference,
        kind=f"shut-out:{conference}",
        notice=True,
    )


def _plan(office: Office, conference: str, member: Member) -> Plan:
    return Plan(
        letters=(letter_to(office, conference, member),),
        writes=(Write.to_private(f"{FOLDER}/{conference}/{member.number}", ""),),
        subject="Tell of a ban",
    )
