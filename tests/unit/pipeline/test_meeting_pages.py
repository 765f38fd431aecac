"""A meeting's page: what it shows, and that whoever counts again gets the same numbers."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.builder.run import Builder
from solicomm_build.cli.main import main
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.meeting import CANCELLED, Batch, Meeting, Said
from solicomm_build.features.renaming import places
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub

AT = datetime(2026, 11, 24, 12, tzinfo=UTC)
PAGE = "conferences/bar/meetings/m-5f3a/index.html"
MEETING = Meeting(
    "m-5f3a",
    "General <assembly>",
    AT + timedelta(days=7),
    AT + timedelta(days=7, hours=2),
    "Africa/Nairobi",
    "Union house",
    at=AT,
)


def put(hub: Config, *changes: Change) -> None:
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, list(changes), message="Meeting\n\nSource: desk\n", when=AT)


def version(meeting: Meeting) -> Change:
    return Change(meetings.version_path(meeting), meetings.encode(meeting))


def answered(at: datetime, **said: Said) -> Change:
    batch = Batch(at, 9, {f"i_{letter * 10}": one for letter, one in said.items()})
    return Change(meetings.answers_path("m-5f3a", at), meetings.encode_answers(batch))


def build(hub: Config, *, full: bool = False) -> None:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build(full=full)
    finally:
        builder.close()
    assert report.failures == []


def text(hub: Config, page: str = PAGE) -> str:
    html = (hub.public / page).read_text("utf-8")
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def made(hub: Config) -> dict[Path, bytes]:
    files = (path for path in hub.public.rglob("meetings/**/*") if path.is_file())
    return {path: path.read_bytes() for path in files}


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def test_the_page_has_numbers_and_no_names(hub: Config) -> None:
    put(hub, version(MEETING), answered(AT, a=Said("yes"), b=Said("yes"), c=Said("no")))
    put(hub, answered(AT + timedelta(hours=1), b=Said("maybe")))
    build(hub)
    shown = text(hub)
    assert "General <assembly>" in shown
    assert "15:00–17:00 (Africa/Nairobi)" in shown
    assert "Coming 1 Maybe 1 Not coming 1 No answer 6" in shown
    assert "numbers, and no names" in shown
    assert "Meetings" in text(hub, "conferences/bar/index.html")
    ics = (hub.public / "conferences/bar/meetings/m-5f3a/meeting.ics").read_bytes()
    assert b"METHOD:PUBLISH" in ics
    assert b"ATTENDEE" not in ics


def test_the_file_for_calendars_keeps_the_name_under_which_it_was_made(hub: Config) -> None:
    put(hub, version(MEETING))
    with clock.fixed(AT + timedelta(hours=1)):
        places.rename(hub, "bar", "rivers")
    build(hub)
    ics = (hub.public / "conferences/rivers/meetings/m-5f3a/meeting.ics").read_bytes()
    assert b"UID:m-5f3a@bar.meetings.hub.example\r\n" in ics


def test_names_stand_there_when_the_meeting_says_so(hub: Config) -> None:
    put(hub, version(replace(MEETING, names=True)), answered(AT, a=Said("yes", "Ana Paz")))
    build(hub)
    assert "Ana Paz" in text(hub)


def test_a_page_built_step_by_step_is_the_same(hub: Config) -> None:
    put(hub, version(MEETING))
    build(hub)
    put(hub, answered(AT, a=Said("yes")))
    build(hub)
    put(hub, version(replace(MEETING, sequence=1, state=CANCELLED)))
    build(hub)
    steps = made(hub)
    assert len(steps) >= 5
    build(hub, full=True)
    assert made(hub) == steps
    assert "Cancelled" in text(hub)


def test_a_count_from_a_clone_says_what_the_page_says(hub: Config, tmp_path: Path) -> None:
    put(hub, version(MEETING), answered(AT, a=Said("yes"), b=Said("maybe")))
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", str(hub.conference_repo("bar")), str(clone)], check=True)
    done = CliRunner().invoke(main, ["meeting", "count", str(clone), "m-5f3a"])
    assert done.exit_code == 0, done.output
    assert done.output.split("\n")[2:] == [
        "Coming: 1",
        "Maybe: 1",
        "Not coming: 0",
        "No answer: 7",
        "",
    ]
    broken = next((clone / "meetings/m-5f3a/answers").glob("*.yaml"))
    broken.write_text("schema: solicomm/meeting-answers@1\n")
    done = CliRunner().invoke(main, ["meeting", "count", str(clone), "m-5f3a"])
    assert done.exit_code == 65


def test_a_broken_meeting_stops_no_page(hub: Config) -> None:
    put(hub, Change("meetings/m-5f3a/0.yaml", b"schema: nonsense\n"))
    build(hub)
    assert "damaged" in text(hub)
