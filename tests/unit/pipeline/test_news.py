"""Weeks, months and the index of unread: what a post renews, and what waits for the next day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.conferences.news import week_bounds, week_of
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import START, after, mid, post

DAY = 24 * 60
NEW = "/conferences/bar/new/"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(START + timedelta(hours=1)):
        yield


def week(days: float = 0) -> str:
    return week_of((START + timedelta(days=days)).date())


def later(config: Config, days: float) -> None:
    """A build on another day, held against a build from nothing."""
    with clock.fixed(START + timedelta(days=days, hours=1)):
        assert hubs.build(config).failures == []
        assert hubs.differences(config) == []


def files(config: Config) -> set[tuple[str, int, int]]:
    """Every page as it was written: a file that is written anew is another."""
    return {
        (path.relative_to(config.public).as_posix(), path.stat().st_ino, path.stat().st_mtime_ns)
        for path in config.public.rglob("*")
        if path.is_file() and path.suffix not in (".br", ".gz")
    }


def shard(config: Config, month: str) -> list[list[object]]:
    return list(json.loads(hubs.page(config, f"/conferences/bar/index/{month}.json")))


def test_weeks_are_those_of_iso_8601() -> None:
    assert week_of(date(2027, 1, 3)) == "2026-W53"
    low, high = week_bounds("2026-W53")
    assert datetime.fromtimestamp(low, UTC) == datetime(2026, 12, 28, tzinfo=UTC)
    assert high - low == 7 * 86_400


def test_a_post_is_in_this_week_at_once_and_in_its_month_the_day_after(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", subject="Wells & pumps"), post("b", "a", minutes=5)])
    hubs.build(hub)
    assert hubs.differences(hub) == []
    page = hubs.page(hub, f"{NEW}{week()}/")
    assert page.count("Wells &amp; pumps") == 1
    assert "2 posts" in page
    month = f"{START:%Y/%m}"
    assert not (hub.public / "conferences/bar" / month).exists()
    assert f"/{START:%m}/" not in hubs.page(hub, "/conferences/bar/")
    later(hub, 1)
    assert hubs.page(hub, f"/conferences/bar/{month}/").count("<li><h2") == 2
    assert shard(hub, f"{START:%Y-%m}")[0][:3] == [mid("a"), 2, int(after(5).timestamp())]


def test_the_address_of_what_is_new_leads_to_the_week_that_is_now(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a")])
    for days in (0, 1, 7, 30):
        later(hub, days)
        assert f"url={week(days)}/" in hubs.page(hub, NEW)
        assert (hub.public / f"conferences/bar/new/{week(days)}/index.html").exists()
    assert "Nobody has written in this week yet" in hubs.page(hub, f"{NEW}{week(30)}/")
    assert not (hub.public / f"conferences/bar/new/{week(7)}").exists(), "nobody wrote then"
    assert f"../{week()}/" in hubs.page(hub, f"{NEW}{week(30)}/")


def test_what_comes_late_renews_the_week_and_the_month_of_its_day(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a"), post("b", subject="Bread", minutes=14 * DAY)])
    later(hub, 15)
    hubs.add(hub, "bar", [post("c", "a", minutes=7 * DAY)], delay=7 * DAY)
    later(hub, 15)
    assert f"../{week(7)}/" in hubs.page(hub, f"{NEW}{week(14)}/")
    assert shard(hub, f"{START:%Y-%m}")[0][1] in (1, 2)


def test_months_that_were_not_looked_at_for_long_are_made(hub: Config) -> None:
    """The hub was off: what was of today then has long ended, and more came since."""
    hubs.add(hub, "bar", [post("a")])
    hubs.build(hub)
    hubs.add(
        hub, "bar", [post(f"n{n}", subject=f"Topic {n}", minutes=n * 33 * DAY) for n in range(1, 5)]
    )
    later(hub, 140)
    assert (hub.public / "conferences/bar" / f"{START:%Y/%m}/index.html").exists()


def test_a_post_takes_at_most_twelve_files(hub: Config) -> None:
    """In six languages, the first of its topic; its own text, the week, the lists, the feeds."""
    hub = replace(hub, languages=("en", "fr", "es", "pt", "ar", "ru"))
    hubs.add(
        hub,
        "bar",
        [
            made
            for n in range(3)
            for made in (
                post(f"a{n}", subject=f"Topic {n}", minutes=-3 * DAY + n),
                post(f"r{n}", f"a{n}", subject=f"Re: Topic {n}", minutes=-3 * DAY + 9 + n),
            )
        ],
    )
    hubs.build(hub)
    before = files(hub)
    hubs.add(hub, "bar", [post("b", subject="Another")])
    hubs.build(hub)
    new = files(hub) - before
    assert len(new) <= 12, sorted(new)


def test_a_month_that_began_today_has_no_index_yet_whoever_builds(hub: Config) -> None:
    """The builder that followed wrote none; a build from nothing wrote an empty one."""
    later(hub, 0)
    hubs.add(hub, "bar", [post("a")])
    later(hub, 0)
    index = hub.public / "conferences" / "bar" / "index"
    assert not index.exists()
    later(hub, 1)
    assert [file.name for file in index.glob("*.json")] == [f"{START:%Y-%m}.json"]
