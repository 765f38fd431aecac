"""The health page: whom it sends readers to, what it does not tell, and when it is made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import START, mid, post

DAY = 24 * 60
URL = "/conferences/bar/health/"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    return replace(made, languages=("en", "ar"))


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(START + timedelta(hours=1)):
        yield


def health_files(config: Config) -> set[tuple[str, int, int]]:
    """The files of the page as they were written: one that is written anew is another."""
    return {
        (path.as_posix(), path.stat().st_ino, path.stat().st_mtime_ns)
        for path in config.public.rglob("health/*")
    }


def on(config: Config, days: float) -> str:
    """The page on another day, held against a build from nothing."""
    with clock.fixed(START + timedelta(days=days, hours=1)):
        assert hubs.build(config).failures == []
        assert hubs.differences(config) == []
    return hubs.page(config, URL)


def test_who_waits_for_an_answer_is_listed_the_day_after(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", subject="Who knows?"), post("b", subject="Known")])
    hubs.add(hub, "bar", [post("c", "b", minutes=90, author="Ben")])
    assert "Who knows?" not in on(hub, 0), "today has not ended"
    page = on(hub, 1)
    assert "Who knows?" in page
    assert "Known" not in page
    assert f"mailto:bar+t-{mid('a')}@hub.example?subject=Re%3A%20Who%20knows%3F" in page
    assert "90 minutes" in page or "2 hours" in page
    assert 'lang="ar" dir="rtl"' in hubs.page(hub, f"/ar{URL}")


def test_a_post_of_today_leaves_the_page_as_it_is(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a"), post("b", "a", author="Ben", minutes=1)])
    on(hub, 1)
    before = health_files(hub)
    hubs.add(hub, "bar", [post("c", "a", author="Cy", minutes=DAY), post("d", minutes=DAY + 1)])
    on(hub, 1)
    assert health_files(hub) == before


def test_what_moderators_do_to_a_topic_that_waits_shows_at_once(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", subject="Who knows?"), post("b", subject="Bread")])
    assert "Who knows?" in on(hub, 1)
    closing = events.make("close", at=START + timedelta(minutes=90), by="operator")
    path = events.path(TopicId(mid("a")), closing)
    noon = START + timedelta(hours=4)
    hubs.commit(hub.conference_repo("bar"), Change(path, events.encode(closing)), at=noon)
    assert "Who knows?" not in on(hub, 1)


def test_mail_that_comes_late_counts_at_once(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", subject="Who knows?")])
    assert "Who knows?" in on(hub, 1)
    hubs.add(hub, "bar", [post("b", "a", author="Ben", minutes=60)], delay=DAY)
    assert "Who knows?" not in on(hub, 1)


def test_moderators_are_told_of_only_where_five_decisions_were_made(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", minutes=-40 * DAY)])
    assert "Moderators took" not in on(hub, 1)
    month = f"{START - timedelta(days=40):%Y-%m}"
    few, many = (f'{{"decisions": {n}, "median_seconds": 18000}}' for n in (4, 5))
    hubs.commit(hub.conference_repo("bar"), Change(f"health/{month}.json", few.encode()))
    assert "Moderators took" not in on(hub, 1)
    hubs.commit(hub.conference_repo("bar"), Change(f"health/{month}.json", many.encode()))
    page = on(hub, 1)
    assert "Moderators took" in page
    assert "5 hours" in page


def test_a_conference_may_keep_its_health_to_itself(tmp_path: Path) -> None:
    quiet = Conference("bar", {"en": "Bar"}, posting="open", publish_health=False)
    hub = smallhub.make(tmp_path / "hub", quiet)
    hubs.add(hub, "bar", [post("a")])
    hubs.build(hub)
    assert not (hub.public / URL.strip("/")).exists()
    assert "health/" not in hubs.page(hub, "/conferences/bar/")


def test_drawings_say_what_they_show(hub: Config) -> None:
    hubs.add(hub, "bar", [post("z", minutes=-70 * DAY)])
    hubs.add(hub, "bar", [post("a"), post("b", "a", author="Ben", minutes=60)])
    page = on(hub, 1)
    assert page.count('<svg class="chart"') == page.count("<desc") == 2
    assert "March 2026: 2" in page
    assert page.count('<th scope="row">') == 4
    assert "<td>0</td>" not in page


def test_months_in_which_there_was_nothing_yet_are_left_out(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a"), post("b", "a", author="Ben", minutes=60)])
    page = on(hub, 1)
    assert page.count('<th scope="row">') == 1
    assert '<svg class="chart"' not in page, "one month is no course of things"
