"""Weeks of a course open by themselves: on their day, once, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.courses import course
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference, Week
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.unit import timekeeper

WEEKS = (
    Week(1, "2026-11-25", {"en": "Why bargain?"}, ("https://union.example/book",), "Write a page"),
    Week(2, "2026-12-02", {"en": "How"}, (), "topic"),
)
COURSE = Conference("course", {"en": "A course"}, posting="moderated", calendar=WEEKS)


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    smallhub.add_conference(hub.config, COURSE)
    return hub


def change(hub: DeskHub, made: Conference) -> None:
    hub.now += timedelta(seconds=1)
    one = Change(settings.FILE, settings.encode(made))
    repo = open_repo(hub.config.conference_repo("course"))
    write_once(repo, [one], message="Edit\n", when=hub.now)


def at(hub: DeskHub, moment: str) -> list[str]:
    """Lets desk and ingest work at a moment; the subjects of all posts there are."""
    hub.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    hub.work()
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    return posts(hub)


def posts(hub: DeskHub) -> list[str]:
    from solicomm_build.post.post import decode

    files = smallhub.files(hub.config.conference_repo("course"))
    return sorted(decode(blob).subject for path, blob in files.items() if "/posts/" in path)


def build(hub: DeskHub) -> str:
    with clock.fixed(hub.now):
        builder = Builder(hub.config, data.theme())
        report = builder.build()
        builder.close()
    assert report.failures == []
    return (hub.config.public / "conferences/course/calendar/index.html").read_text("utf-8")


def test_a_week_opens_on_its_day_at_eight_and_once(hub: DeskHub) -> None:
    assert at(hub, "2026-11-25T07:59:00") == []
    assert at(hub, "2026-11-25T08:00:00") == ["Week 1: Why bargain?"]
    assert at(hub, "2026-11-25T08:00:30") == ["Week 1: Why bargain?"]
    assert at(hub, "2026-12-02T09:00:00") == ["Week 1: Why bargain?", "Week 2: How"]
    files = smallhub.files(hub.config.conference_repo("course"))
    assert {path for path in files if path.startswith("calendar/")} == {
        "calendar/001-1.yaml",
        "calendar/002-1.yaml",
    }
    body = next(b.decode() for p, b in files.items() if "/posts/" in p and b"Why" in b)
    assert "https://union.example/book" in body
    assert "Write a page" in body
    assert 'name: "A course"' in body
    assert "```" not in body


def test_it_opens_at_eight_where_the_conference_is(hub: DeskHub) -> None:
    change(hub, replace(COURSE, zone="Africa/Nairobi"))
    assert at(hub, "2026-11-25T04:59:00") == []
    assert at(hub, "2026-11-25T05:00:00") == ["Week 1: Why bargain?"]


def test_a_clock_that_jumps_opens_nothing_twice(hub: DeskHub) -> None:
    assert len(at(hub, "2027-06-01T08:00:00")) == 2
    assert len(at(hub, "2026-11-24T12:00:00")) == 2
    assert len(at(hub, "2026-12-02T12:00:00")) == 2


def test_a_clock_that_is_far_ahead_opens_nothing(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = timekeeper.made(monkeypatch)
    assert at(hub, "2026-11-24T12:00:00") == []
    hub.now = timekeeper.FAR
    hub.work()
    hub.work()
    machine.up += 86_400
    assert at(hub, "2026-11-25T07:00:00") == []
    assert len(at(hub, "2026-11-25T09:00:00")) == 1


def test_an_edited_calendar_opens_nothing_twice_but_a_new_version_does(hub: DeskHub) -> None:
    at(hub, "2026-11-25T08:00:00")
    edited = replace(WEEKS[0], title={"en": "Why strike?"}, opens="2026-11-26")
    change(hub, replace(COURSE, calendar=(edited, WEEKS[1])))
    assert at(hub, "2026-11-26T08:00:00") == ["Week 1: Why bargain?"]
    change(hub, replace(COURSE, calendar=(replace(edited, version=2), WEEKS[1])))
    assert at(hub, "2026-11-26T08:10:00") == ["Week 1: Why bargain?", "Week 1: Why strike?"]


def test_the_page_says_since_when_a_week_is_open_whatever_the_calendar_says_now(
    hub: DeskHub,
) -> None:
    """It was *Open since* a day to come."""
    at(hub, "2026-11-25T08:00:00")
    since = 'Open since <time datetime="2026-11-25'
    assert since in build(hub)
    change(hub, replace(COURSE, calendar=(replace(WEEKS[0], opens="2026-12-09"), WEEKS[1])))
    assert since in build(hub)


def test_weeks_of_the_past_stay_closed_but_for_the_running_one(hub: DeskHub) -> None:
    change(hub, replace(COURSE, calendar=()))
    hub.now = datetime(2026, 12, 4, 12, 0, tzinfo=UTC)
    change(hub, COURSE)
    assert at(hub, "2026-12-04T13:00:00") == ["Week 2: How"]
    page = build(hub)
    assert "Week 1" in page
    assert page.count('href="../t/') == 1


def test_a_hub_that_was_down_opens_what_came_due(hub: DeskHub) -> None:
    assert at(hub, "2027-01-20T08:00:00") == ["Week 1: Why bargain?", "Week 2: How"]


@pytest.mark.parametrize("name", ["course.after-opened"])
def test_a_kill_between_file_and_post_opens_once(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def die(where: str) -> None:
        if where == name:
            raise KeyboardInterrupt

    hub.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    from solicomm_build.features.courses import opening

    with monkeypatch.context() as patch:
        patch.setattr(opening, "point", die)
        with pytest.raises(KeyboardInterrupt):
            hub.work()
    assert posts(hub) == []
    assert at(hub, "2026-11-25T08:05:00") == ["Week 1: Why bargain?"]


def test_a_kill_before_ingest_makes_one_post(hub: DeskHub) -> None:
    hub.now = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
    hub.work()
    hub.now += timedelta(minutes=5)
    hub.work()  # another desk: its post waits in the spool twice now
    assert len(Spool(hub.config.spool_in).pending()) == 2
    assert at(hub, "2026-11-25T08:10:00") == ["Week 1: Why bargain?"]


def test_nobody_else_can_write_in_the_conferences_name(hub: DeskHub) -> None:
    raw = smallhub.mail(
        "forged", sender="course-request@hub.example", msgid="<week1.1@course>", subject="Week 1"
    ).replace(b"bar@hub", b"course@hub")
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([smallhub.item(raw, "course@hub.example")])
    assert at(hub, "2026-11-24T12:00:00") == []


def test_the_calendar_page_leads_to_open_weeks(hub: DeskHub) -> None:
    page = build(hub)
    assert "Opens on" in page
    assert 'href="../t/' not in page
    at(hub, "2026-11-25T08:00:00")
    page = build(hub)
    own = post_id(
        course.decode(
            smallhub.files(hub.config.conference_repo("course"))["calendar/001-1.yaml"], "x"
        ).message_id
    )
    assert f"../t/{own}/" in page
    assert "Open since" in page
    assert "https://union.example/book" in page
    ics = (hub.config.public / "conferences/course/calendar/course.ics").read_bytes()
    assert ics.count(b"BEGIN:VEVENT") == 2
    assert b"DTSTART:20261125T080000Z" in ics
    front = (hub.config.public / "conferences/course/index.html").read_text("utf-8")
    assert "calendar/" in front
    change(hub, replace(COURSE, calendar=()))
    with clock.fixed(hub.now):
        builder = Builder(hub.config, data.theme())
        builder.build()
        builder.close()
    assert not (hub.config.public / "conferences/course/calendar").exists()


def test_a_date_that_is_still_to_come_keeps_no_week_closed(hub: DeskHub) -> None:
    hub.now = datetime(2100, 1, 1, tzinfo=UTC)  # so says a push from a machine with another clock
    change(hub, replace(COURSE, zone="UTC"))
    assert at(hub, "2026-11-25T08:00:00") == ["Week 1: Why bargain?"]


@pytest.mark.parametrize(
    ("opens", "zone"), [("0001-01-01", "Asia/Tokyo"), ("9999-12-31", "America/Adak")]
)
def test_a_day_at_the_end_of_all_calendars_stops_nothing(
    hub: DeskHub, opens: str, zone: str
) -> None:
    odd = replace(COURSE, id="odd", zone=zone, calendar=(replace(WEEKS[0], opens=opens),))
    smallhub.add_conference(hub.config, odd)
    smallhub.add_conference(hub.config, replace(COURSE, id="zeal"))
    at(hub, "2026-11-25T08:00:00")
    files = smallhub.files(hub.config.conference_repo("zeal"))
    assert "calendar/001-1.yaml" in files
