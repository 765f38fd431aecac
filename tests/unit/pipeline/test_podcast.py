"""A conference with recordings has a podcast that programs for podcasts can read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from solicomm_build.builder.published import Report
from solicomm_build.builder.render import Outcome
from solicomm_build.features.sound.planned import EPISODES
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import mid
from solicomm_build.web import mediatype

FEED = "/conferences/bar/podcast.xml"
FRONT = "/conferences/bar/"
OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(60)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))


def say(hub: Config, name: str, file: str = "gate.opus", *more: Change, **about: object) -> str:
    """A post with a recording; its SHA-256."""
    row, change = hubs.attached(OPUS + name.encode(), file, "audio/ogg")
    post = hubs.post(name, attachments=[row], **about)  # type: ignore[arg-type]
    repo = hub.conference_repo("bar")
    hubs.commit(repo, hubs.change(post), change, *more, at=post.date or hubs.START)
    return row.sha256


def feed(hub: Config) -> ElementTree.Element:
    return ElementTree.fromstring(hubs.page(hub, FEED))


def test_without_recordings_there_is_none(hub: Config) -> None:
    row, change = hubs.attached(b"%PDF-1.7", "a.pdf", "application/pdf")
    hubs.commit(hub.conference_repo("bar"), hubs.change(hubs.post("a", attachments=[row])), change)
    hubs.build(hub)
    assert not (hub.public / FEED.strip("/")).exists()
    assert "podcast.xml" not in hubs.page(hub, FRONT)


def test_a_recording_is_there_before_the_page_and_the_feed_that_lead_to_it(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who opens a page the moment it is there hears it, and finds nothing missing."""
    order, really = list[str](), Report.add

    def noted(self: Report, outcome: Outcome, gone: Sequence[str]) -> None:
        order.extend(outcome.written)
        really(self, outcome, gone)

    monkeypatch.setattr(Report, "add", noted)
    sha256 = say(hub, "a")
    hubs.build(hub)
    file = order.index(f"conferences/bar/files/{sha256}/gate.opus")
    assert file < order.index(f"conferences/bar/t/{mid('a')}/index.html")
    assert file < order.index(FEED.strip("/"))


def test_each_recording_is_an_episode(hub: Config) -> None:
    row, change = hubs.attached(b"OggS" + bytes(90), "from the gate.amr", "audio/amr")
    small = Change(posts.small_path(row.sha256), b"\0\0\0\x18ftypM4A " + bytes(80))
    post = hubs.post("a", attachments=[row], subject="Shifts & <breaks>")
    hubs.commit(hub.conference_repo("bar"), hubs.change(post), change, small)
    sha256 = say(hub, "b", minutes=5)
    hubs.build(hub)
    found = feed(hub)
    assert found.get("version") == "2.0"
    assert found.findtext("channel/link") == f"{hub.url}/conferences/bar/"
    assert found.findtext("channel/language") == "en"
    newer, older = found.findall("channel/item")
    enclosure = newer.find("enclosure")
    assert enclosure is not None
    assert enclosure.attrib == {
        "url": f"{hub.url}/conferences/bar/files/{sha256}/gate.opus",
        "length": str(len(OPUS) + 1),
        "type": "audio/ogg",
    }
    assert (older.findtext("title") or "").startswith("Shifts & <breaks>")
    assert older.findtext("link") == f"{hub.url}/conferences/bar/t/{mid('a')}/#{mid('a')}"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", older.findtext("pubDate") or "")
    enclosure = older.find("enclosure")
    assert enclosure is not None
    assert enclosure.get("url", "").endswith("/sound.m4a")
    assert enclosure.get("type") == "audio/mp4"
    for item in (newer, older):
        enclosure = item.find("enclosure")
        assert enclosure is not None
        path = hub.public / urlsplit(enclosure.get("url", "")).path.strip("/")
        assert path.stat().st_size == int(enclosure.get("length", ""))
    assert mediatype.of_page(FEED).startswith("application/rss+xml")
    assert 'href="podcast.xml"' in hubs.page(hub, FRONT)
    assert hubs.differences(hub) == []


def test_a_recording_that_comes_later_or_goes_is_followed(hub: Config) -> None:
    row, change = hubs.attached(OPUS, "gate.opus", "audio/ogg")
    hubs.commit(hub.conference_repo("bar"), hubs.change(hubs.post("a", attachments=[row])))
    hubs.build(hub)
    assert not (hub.public / FEED.strip("/")).exists()
    hubs.commit(hub.conference_repo("bar"), change)
    hubs.build(hub)
    assert len(feed(hub).findall("channel/item")) == 1
    assert hubs.differences(hub) == []
    gone = [Change(posts.path(*posts_place("a")), None), Change(change.path, None)]
    hubs.commit(hub.conference_repo("bar"), *gone)
    hubs.build(hub)
    assert not (hub.public / FEED.strip("/")).exists()
    assert "podcast.xml" not in hubs.page(hub, FRONT)
    assert hubs.differences(hub) == []


def posts_place(name: str) -> tuple[posts.TopicId, posts.PostId]:
    return posts.TopicId(mid(name)), posts.PostId(mid(name))


def test_what_a_moderator_hid_is_not_heard(hub: Config) -> None:
    say(hub, "a")
    say(hub, "b", minutes=5)
    hide = events.make(
        "hide", at=hubs.after(9), by="operator", data={"post": mid("b"), "reason": "x"}
    )
    place = events.path(posts.TopicId(mid("b")), hide)
    hubs.commit(hub.conference_repo("bar"), Change(place, events.encode(hide)))
    hubs.build(hub)
    (item,) = feed(hub).findall("channel/item")
    assert (item.findtext("link") or "").endswith(mid("a"))
    assert hubs.differences(hub) == []


def test_names_of_people_cannot_break_it(hub: Config) -> None:
    say(hub, "a", 'a "b" & <c>.opus', subject="]]></title><script>", author="<Ana> &amp;")
    hubs.build(hub)
    (item,) = feed(hub).findall("channel/item")
    assert "]]></title><script>" in (item.findtext("title") or "")


def test_it_holds_the_newest(hub: Config) -> None:
    for number in range(EPISODES + 2):
        say(hub, f"n{number}", minutes=number)
    hubs.build(hub)
    items = feed(hub).findall("channel/item")
    assert len(items) == EPISODES
    assert (items[0].findtext("link") or "").endswith(mid(f"n{EPISODES + 1}"))
