"""A topic's own feed: its newest posts, where they are read, and nothing of what is hidden."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest

from solicomm_build.builder.conferences import topicfeeds
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.reading import topicpages
from solicomm_build.post.store.redact import redact
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import mid

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


def _url(name: str) -> str:
    return f"/conferences/bar/t/{mid(name)}/feed.xml"


def _file(hub: Config, name: str) -> Path:
    return hub.public / _url(name).lstrip("/")


def _links(hub: Config, name: str) -> list[str]:
    found = feedparser.parse(_file(hub, name).read_bytes())
    assert not found.bozo
    return [entry.link for entry in found.entries]


def test_a_topic_page_leads_to_the_feed_of_its_posts(hub: Config, builder: Builder) -> None:
    with clock.fixed(hubs.START):
        posts = [hubs.post("a"), hubs.post("b", "a", minutes=1), hubs.post("x", minutes=2)]
        hubs.add(hub, "bar", posts)
        builder.build()
    page = hubs.page(hub, f"/conferences/bar/t/{mid('a')}/")
    assert 'type="application/atom+xml" title="Water" href="feed.xml"' in page
    place = f"http://hub.example/conferences/bar/t/{mid('a')}/"
    assert _links(hub, "a") == [f"{place}#{mid('b')}", f"{place}#{mid('a')}"]
    feed = ET.parse(_file(hub, "a")).getroot()
    assert feed.findtext(f"{ATOM}id") == place
    assert feed.findtext(f"{ATOM}subtitle") == "Bar"


def test_posts_are_called_as_in_the_conferences_feed(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "bar", [hubs.post("a")])
    builder.build()
    own = feedparser.parse(_file(hub, "a").read_bytes()).entries[0]
    all_ = feedparser.parse((hub.public / "conferences/bar/feed.xml").read_bytes()).entries[0]
    assert own == all_


def test_a_hidden_post_is_not_in_it(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "bar", [hubs.post("a"), hubs.post("b", "a", minutes=1, body="Not this.\n")])
    builder.build()
    redact(hub, "bar", mid("b"), reason="Spam", by="operator")
    builder.build()
    assert "Not this" not in _file(hub, "a").read_text()
    assert len(_links(hub, "a")) == 1


def test_it_has_the_newest_posts_wherever_they_are_read(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topicfeeds, "FEED_POSTS", 2)
    monkeypatch.setattr(topicpages, "PAGE_POSTS", 2)
    names = "bcd"
    answers = [hubs.post(name, "a", minutes=number) for number, name in enumerate(names, 1)]
    hubs.add(hub, "bar", [hubs.post("a"), *answers])
    builder.build()
    place = f"http://hub.example/conferences/bar/t/{mid('a')}/page/2/"
    assert _links(hub, "a") == [f"{place}#{mid('d')}", f"{place}#{mid('c')}"]


def test_an_answer_that_begins_a_page_writes_twelve_files_in_six_languages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The feed of a topic of several pages takes what an hour brought when the hour has ended.

    Not in a hub's first hour, which all front pages show at once.
    """
    monkeypatch.setattr(topicpages, "PAGE_POSTS", 2)
    hub = replace(smallhub.make(tmp_path / "six"), languages=("en", "fr", "es", "pt", "ar", "ru"))
    builder = Builder(hub, data.theme())
    start = hubs.START + timedelta(hours=2)
    with clock.fixed(start):
        hubs.add(hub, "bar", [hubs.post("a"), hubs.post("x"), hubs.post("y"), hubs.post("z")])
        builder.build()
        before, links = _counted(hub), _links(hub, "a")
    most = []
    for minutes, name in enumerate("bcde", 1):
        with clock.fixed(start + timedelta(minutes=minutes)):
            hubs.add(hub, "bar", [hubs.post(name, "a", minutes=120 + minutes)])
            builder.build()
        after = _counted(hub)
        most.append(len([path for path, at in after.items() if before.get(path) != at]))
        before = after
    assert max(most) == 12, "the page that ends, the one that begins, the first, and nine more"
    assert len(_links(hub, "a")) == len(links) + 1, "what is on the first page"
    with clock.fixed(start + timedelta(minutes=75)):
        builder.build()
        said = _links(hub, "a")
        assert [link.partition("#")[2] for link in said] == [mid(name) for name in "edcba"]
        hubs.build(hub, full=True)
        assert _links(hub, "a") == said
    builder.close()


def _counted(hub: Config) -> dict[Path, int]:
    files = (path for path in hub.public.rglob("*") if path.suffix not in {".br", ".gz"})
    return {path: path.stat().st_mtime_ns for path in files if path.is_file()}


def test_the_feed_of_what_is_no_topic_any_more_goes(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "bar", [hubs.post("b", "a", minutes=5)])
    builder.build()
    assert _file(hub, "a").is_file()
    made = hubs.post("b", "a", minutes=5)
    hubs.commit(
        hub.conference_repo("bar"), smallhub.Change(hubs.path_of(made), None), at=hubs.after(6)
    )
    builder.build()
    assert not _file(hub, "a").exists()
