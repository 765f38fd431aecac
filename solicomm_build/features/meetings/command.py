"""`solicomm meeting`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.meetings.meetingfiles import MeetingFiles


@click.group("meeting")
def command() -> None:
    """Meetings by mail: list them, get the list for the door, count again.

    \b
    Example:
      solicomm meeting list water
      solicomm meeting count water m-5f3a
    """


@command.command("list")
@click.argument("conference", required=False)
@with_hub
def list_(hub: Config, conference: str | None) -> None:
    """The meetings of CONFERENCE or of all, with how many come.

    \b
    Example:
      solicomm meeting list
    """
    from solicomm_build.features.meetings import meetingfiles
    from solicomm_build.foundation.errors import SoliCommError
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import open_repo
    from solicomm_build.people.memberstore import there

    if conference:
        there(hub, conference)
    names = [conference] if conference else [p.stem for p in sorted(hub.conferences.glob("*.git"))]
    is_one = False
    for name in names:
        with Reader(open_repo(hub.conference_repo(name))) as reader:
            for identifier in meetingfiles.identifiers(reader):
                is_one = True
                try:
                    files = meetingfiles.load(reader, identifier)
                except SoliCommError as error:
                    click.echo(f"{name}  {identifier}  {error.public}")
                    continue
                click.echo(f"{name}  {identifier}  {_state(files)}")
    if not is_one:
        click.echo(f"There is no meeting in {conference or 'any conference'} yet", err=True)


def _state(files: MeetingFiles) -> str:
    from solicomm_build.features.meetings.meeting import YES

    meeting = files.meeting
    state = "cancelled: " if meeting.is_cancelled else ""
    come = f"{files.count(YES)} of {files.invited} come"
    return f"{meeting.starts:%Y-%m-%d %H:%M} UTC, {come}: {state}{meeting.title}"


@command.command("door")
@click.argument("conference")
@click.argument("meeting")
@click.option("--pdf", type=click.Path(dir_okay=False), help="Write it to print, here.")
@click.option("--lang", default="en", help="The language of the list.")
@with_hub
def door(hub: Config, conference: str, meeting: str, pdf: str | None, lang: str) -> None:
    """Who comes to MEETING of CONFERENCE and who may come, as CSV.

    \b
    Example:
      solicomm meeting door water m-5f3a > door.csv
      solicomm meeting door water m-5f3a --pdf door.pdf
    """
    from solicomm_build.desk.office import Office
    from solicomm_build.features.meetings.bymail import doorlist
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.foundation.safeio import write_atomic
    from solicomm_build.people.memberstore import there

    files = _of_hub(hub, conference, meeting)
    office = Office(hub)
    try:
        rows = doorlist.rows(office, there(hub, conference), files)
    finally:
        office.close()
    if pdf is None:
        click.echo(doorlist.as_csv(rows, lang), nl=False)
        return
    if not doorlist.FONT.exists():
        raise HubError(f"{doorlist.FONT} is missing. Install it: apt install fonts-dejavu-core")
    write_atomic(Path(pdf), doorlist.as_pdf(rows, files.meeting, lang), mode=0o600)


@command.command("count")
@click.argument("where", metavar="WHERE")
@click.argument("meeting")
@click.option("--lang", default="en", help="The language of the numbers.")
@click.option("--hub", "hub", metavar="DIR", help="The hub's folder, when WHERE is its conference.")
def count(where: str, meeting: str, lang: str, hub: str | None) -> None:
    """Count who comes to MEETING again from its files, and print the page's numbers.

    WHERE is a copy of the conference, as git clone made it: this needs no hub and trusts
    none. Or a conference of the hub.

    \b
    Example:
      git clone https://hub.example/conferences/water.git
      solicomm meeting count water m-5f3a
    """
    from solicomm_build.features.meetings import meetingterms

    files = _files(where, meeting, hub)
    for fault in files.faults:
        click.echo(f"{fault.public}", err=True)
    click.echo(files.meeting.title)
    click.echo(meetingterms.when(files.meeting, lang, files.meeting.local))
    for row in meetingterms.counts(files, lang):
        click.echo(row)
    if files.faults:
        click.get_current_context().exit(65)


def _files(where: str, meeting: str, hub: str | None) -> MeetingFiles:
    from solicomm_build.features.meetings import meetingfiles, rsvpaddress
    from solicomm_build.foundation.errors import UsageError
    from solicomm_build.foundation.hub import config, hubyaml
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import open_repo

    if not rsvpaddress.MEETING_ID.fullmatch(meeting):
        raise UsageError(f"{meeting!r} is no meeting's id. It begins with `m-`")
    folder = Path(where)
    if hub is None and (folder / "meetings" / meeting).is_dir():
        found = (path for path in (folder / "meetings" / meeting).rglob("*") if path.is_file())
        return meetingfiles.assemble(
            meeting, {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}
        )
    if hub is None and (folder / "objects").is_dir():
        with Reader(open_repo(folder)) as reader:
            return meetingfiles.load(reader, meeting)
    return _of_hub(hubyaml.load(config.find_hub(hub)), where, meeting)


def _of_hub(hub: Config, conference: str, meeting: str) -> MeetingFiles:
    from solicomm_build.features.meetings import meetingfiles
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import open_repo
    from solicomm_build.people.memberstore import there

    there(hub, conference)
    with Reader(open_repo(hub.conference_repo(conference))) as reader:
        if meeting not in meetingfiles.identifiers(reader):
            raise HubError(
                f"There is no meeting {meeting} in {conference}. Ask: solicomm meeting list"
            )
        return meetingfiles.load(reader, meeting)
