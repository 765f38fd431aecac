"""Meetings in My hub: called by who looks after a list, answered with one press, changed, cancelled
and closed; the same files and letters as by mail."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.meetings import meetingfiles
from solicomm_build.features.meetings.bymail import meetingtext
from solicomm_build.features.meetings.meeting import Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.meetings.onpage.ahead import Meetings
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser, Seen
from solicomm_build.testing.webserver import Address
from tests.unit.web.myhub import press
from tests.unit.web.test_openvotes import signed_in

MOD, ANA, BEN = "mo@union.example", "ana@union.example", "ben@union.example"
HERE, NEW = "/members/meetings/", "/members/meetings/new/water/"
FORM = {
    "title": "General <assembly>",
    "when": "2026-12-01T18:00",
    "until": "20:00",
    "where": "Union house",
    "zone": "Africa/Nairobi",
    "names": "hidden",
    "remind": "yes",
}


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    made.member(2, ANA, "water", name="Ana Paz", lang="en", zone="Europe/Paris")
    made.member(3, BEN, "board", name="Ben", lang="fr")
    return made


@contextlib.contextmanager
def served(hub: DeskHub) -> Iterator[Address]:
    with hub.at_work(), webserver.running(hub.config) as address:
        yield address


@pytest.fixture
def address(hub: DeskHub) -> Iterator[Address]:
    with served(hub) as address:
        yield address


def found(hub: DeskHub) -> list[MeetingFiles]:
    with Reader(open_repo(hub.config.conference_repo("water"))) as reader:
        return [meetingfiles.load(reader, one) for one in meetingfiles.identifiers(reader)]


def called(mo: Browser) -> str:
    """Calls the meeting; its id."""
    seen = press(mo, NEW, do="preview", **FORM)
    made = next(one for one in seen.text.split("<form")[1:] if 'value="open"' in one)
    sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', made))
    sent = {key: value.replace("&lt;", "<").replace("&gt;", ">") for key, value in sent.items()}
    for _ in range(2):  # the button was pressed twice
        assert mo.send(NEW, {**sent, "do": "open"})["location"] == f"{HERE}?done=1"
    return sent["id"]


def test_a_moderator_calls_a_meeting_on_the_page_and_everybody_is_invited(hub: DeskHub) -> None:
    with served(hub) as address:
        mo, ana = (signed_in(hub, address, number) for number in (1, 2))
        assert 'href="/members/meetings/new/"' in mo.get(HERE).text
        preview = press(mo, NEW, do="preview", **FORM)
        assert preview.status == 200
        for words in ("General &lt;assembly&gt;", "18:00–20:00 (Africa/Nairobi)", "no names", "2"):
            assert words in preview.text, words
        assert found(hub) == [], "looking changes nothing"
        mid = called(mo)
        shown = ana.get("/members/").text
        assert "General &lt;assembly&gt;" in shown
        assert "16:00–18:00 (Europe/Paris)" in shown, "by the clocks that she chose"
    (files,) = found(hub)
    known = files.meeting
    assert (known.id, known.title, known.place) == (mid, "General <assembly>", "Union house")
    assert (len(files.versions), known.zone, known.starts.hour) == (1, "Africa/Nairobi", 15)
    letters = [parse(item.raw) for item in hub.work()]
    invited = {one.to[0].addr_spec for one in letters if one.subject.startswith("Invitation")}
    assert invited == {MOD, ANA}


@pytest.mark.parametrize("visibility", ["members", "encrypted"])
def test_who_is_banned_where_only_members_read_sees_no_meeting_of_it(
    hub: DeskHub, visibility: str
) -> None:
    board = Conference("board", {"en": "Board"}, kind="list", visibility=visibility)
    change = Change(conference.FILE, conference.encode(board))
    write_once(open_repo(hub.config.conference_repo("board")), [change], message="x", when=hub.now)
    hub.note(rosterevents.role("board", 3, "moderator", at=hub.now, by="test"))
    hub.member(4, "zoe@union.example", "board", "water", lang="en")
    with served(hub) as address:
        ben, zoe = (signed_in(hub, address, number) for number in (3, 4))
        place = NEW.replace("water", "board")
        made = press(ben, place, do="preview", **FORM).text.split("<form")
        shown = next(one for one in made[1:] if 'value="open"' in one)
        sent = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
        ben.send(place, {**sent, "do": "open"})
        assert "Union house" in zoe.get(HERE).text
        ban = rosterevents.standing(
            "board", "zoe@union.example", "banned", at=hub.now, by="member:3"
        )
        hub.note(ban)
        for path in (HERE, "/members/"):
            assert "Union house" not in zoe.get(path).text
            assert "assembly" not in zoe.get(path).text
        assert "Union house" in ben.get(HERE).text


def answer(browser: Browser, mid: str, what: str) -> Seen:
    return press(browser, HERE, conference="water", meeting=mid, do=what)


def test_one_press_answers_and_another_changes_it(hub: DeskHub, address: Address) -> None:
    mo, ana, ben = (signed_in(hub, address, number) for number in (1, 2, 3))
    mid = called(mo)
    for what, words in (("yes", "You are coming."), ("no", "You are not coming.")):
        assert answer(ana, mid, what)["location"] == f"{HERE}?done=1"
        assert words in ana.get(HERE).text
        hub.now += timedelta(seconds=1)
    kept = book(hub.config, "water", mid).answers(2)
    assert [(one.choice, one.offset) for one in kept] == [("yes", None), ("no", None)]
    assert answer(ana, mid, "never").status == 303
    assert "again" in ana.get(HERE).text
    answer(ben, mid, "yes")
    answer(ana, "m-notthere", "yes")
    assert set(book(hub.config, "water", mid).last()) == {2}, "who is not on the list"
    assert "assembly" not in ben.get(HERE).text


def test_an_answer_to_another_time_is_shown_no_more(hub: DeskHub) -> None:
    with served(hub) as address:
        mo, ana = (signed_in(hub, address, number) for number in (1, 2))
        mid = called(mo)
        answer(ana, mid, "yes")
        assert 'aria-pressed="true"' in ana.get(HERE).text
    hub.now += timedelta(hours=1)
    with served(hub) as address:
        mo, ana = (signed_in(hub, address, number) for number in (1, 2))
        moved = FORM | {"when": "2026-12-02T19:00", "do": "change"}
        press(mo, f"{HERE}water/{mid}/", **moved)
        shown = ana.get(HERE).text
        assert "You are coming." not in shown
        assert "aria-pressed" not in shown
        answer(ana, mid, "yes")
        assert "You are coming." in ana.get(HERE).text


def test_a_moderator_changes_closes_and_cancels_it_there(hub: DeskHub, address: Address) -> None:
    mo, ana = (signed_in(hub, address, number) for number in (1, 2))
    mid = called(mo)
    own = f"{HERE}water/{mid}/"
    assert 'value="2026-12-01T18:00"' in mo.get(own).text
    wrong = press(mo, own, **(FORM | {"when": "2020-01-01T10:00", "do": "change"}))
    assert (wrong.status, "moment is over" in wrong.text) == (400, True)
    moved = FORM | {"when": "2026-12-02T19:00", "until": "22:00", "do": "change"}
    assert press(mo, own, **moved)["location"] == f"{own}?done=1"
    (files,) = found(hub)
    new = files.meeting
    assert (new.sequence, new.place) == (1, "Union house")
    assert f"{new.starts:%d %H:%M} {new.ends:%H:%M}" == "02 16:00 19:00"
    press(mo, own, **(moved | {"where": ""}))
    (files,) = found(hub)
    assert (files.meeting.place, files.meeting.sequence) == ("", 2), "a place is taken away"
    press(mo, own, do="list")
    for path in (own, NEW, f"{HERE}new/"):
        assert ana.get(path) == ana.get("/members/nothing/"), path
    assert press(ana, own, do="cancel").status == 405
    press(mo, own, do="cancel")
    (files,) = found(hub)
    assert files.meeting.is_cancelled
    assert "Cancelled" in ana.get(HERE).text


def test_a_meeting_of_some_days_lasts_as_long_when_it_moves(hub: DeskHub, address: Address) -> None:
    mo = signed_in(hub, address, 1)
    mid = called(mo)
    own = f"{HERE}water/{mid}/"
    press(mo, own, do="change", **(FORM | {"until": "2026-12-03 12:00"}))
    moved = FORM | {"when": "2026-12-08T18:00"}
    assert 'value="12:00"' in mo.get(own).text
    press(mo, own, do="change", **(moved | {"until": "12:00"}))
    (files,) = found(hub)
    assert files.meeting.ends - files.meeting.starts == timedelta(hours=42)
    press(mo, own, do="change", **(moved | {"until": "22:00"}))
    (files,) = found(hub)
    assert files.meeting.ends - files.meeting.starts == timedelta(hours=4), "as it was typed"


def test_an_end_that_is_emptied_is_two_hours_after_the_start(
    hub: DeskHub, address: Address
) -> None:
    """As the form says; emptied alone it was *no line that changes anything*."""
    mo = signed_in(hub, address, 1)
    own = f"{HERE}water/{called(mo)}/"
    longer = FORM | {"until": "22:00", "do": "change"}
    for when in ("2026-12-01T18:00", "2026-12-02T20:00", "2026-12-02T23:30"):
        press(mo, own, **(longer | {"when": when, "until": "23:59"}))
        press(mo, own, **(longer | {"when": when, "until": ""}))
        (files,) = found(hub)
        assert files.meeting.ends - files.meeting.starts == timedelta(hours=2), when


def test_a_clock_that_is_far_ahead_for_a_moment_hides_no_meeting(
    hub: DeskHub, address: Address
) -> None:
    called(signed_in(hub, address, 1))
    known = Meetings(hub.config)
    with clock.fixed(datetime(2038, 1, 19, tzinfo=UTC)):
        assert [*known.of(["water"])] == []
    with clock.fixed(hub.now):
        assert len([*known.of(["water"])]) == 1


def test_its_minutes_are_written_there_once_it_has_begun(hub: DeskHub) -> None:
    with served(hub) as address:
        mo = signed_in(hub, address, 1)
        mid = called(mo)
        own = f"{HERE}water/{mid}/"
        assert 'value="minutes"' not in mo.get(own).text
    hub.now = datetime(2026, 12, 1, 18, tzinfo=UTC)
    with served(hub) as address:
        mo = signed_in(hub, address, 1)
        assert 'value="minutes"' in mo.get(own).text
        said = "We met.\n\nMinutes: all agreed.\n\n> as we always did\n\n-- \nAnd went home."
        text = said.replace("\n", "\r\n")
        assert press(mo, own, do="minutes", text=text)["location"] == f"{own}?done=1"
    (files,) = found(hub)
    assert files.minutes is not None
    spool = Spool(hub.config.spool_in)
    (post,) = [parse(item.raw) for path in spool.pending() for item in spool.read(path)]
    assert post.text.startswith(f"{said}\n")


def test_minutes_of_an_afternoon_arrive_in_letters_of_several_octets(hub: DeskHub) -> None:
    with served(hub) as address:
        own = f"{HERE}water/{called(signed_in(hub, address, 1))}/"
    hub.now = datetime(2026, 12, 1, 18, tzinfo=UTC)
    said = "Собрание решило начать переговоры о зарплате.\n" * 2100
    assert len(said.strip()) < 100_000, "as many as the form takes"
    with served(hub) as address:
        mo = signed_in(hub, address, 1)
        assert press(mo, own, do="minutes", text=said)["location"] == f"{own}?done=1"
        many = press(mo, own, do="minutes", text=said * 3)
        assert many.status == 400
        assert "Go back: it is still in the form" in many.text
    spool = Spool(hub.config.spool_in)
    (post,) = [parse(item.raw) for path in spool.pending() for item in spool.read(path)]
    assert post.text.startswith(said.strip())


def test_what_is_missing_is_named_and_what_was_typed_stays(hub: DeskHub, address: Address) -> None:
    mo = signed_in(hub, address, 1)
    seen = press(mo, NEW, do="open", **(FORM | {"title": "", "when": "tomorrow"}))
    assert seen.status == 400
    for words in ("It has no title", "no moment that we understand", 'value="Union house"'):
        assert words in seen.text, words
    assert found(hub) == []


def test_a_title_keeps_the_apostrophe_that_was_typed() -> None:
    now = datetime(2026, 10, 3, tzinfo=UTC)
    rows = ["Title: L’assemblée’s", "Where: Salle de l’union", "When: 2026-12-01 18:00"]
    made = meetingtext.read(Meeting("m-1a2b", "", now, now, zone="UTC", at=now), rows, now)
    assert isinstance(made, Meeting)
    assert (made.title, made.place) == ("L’assemblée’s", "Salle de l’union")
