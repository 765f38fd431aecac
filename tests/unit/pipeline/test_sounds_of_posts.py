"""Recordings of posts are played in the topic, with their length, in whatever a browser plays."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from solicomm_build.cleaning import speech
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git.writer import Change
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, recordings, smallhub

URL = f"/conferences/bar/t/{post_id('c@union.example')}/"
needs_ffmpeg = pytest.mark.skipif(not recordings.is_possible(), reason=recordings.MISSING)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))


def _shown(hub: Config, *changes: Change, row: posts.Attached) -> list[tuple[str, str]]:
    post = hubs.post("c", attachments=[row])
    hubs.commit(hub.conference_repo("bar"), hubs.change(post), *changes)
    hubs.build(hub)
    page = hubs.page(hub, URL)
    assert page.count("<audio") == page.count('preload="none"') == page.count("</audio>")
    return re.findall(r'<source src="([^"]*)" type="([^"]*)"', page)


def _file(hub: Config, address: str) -> bytes:
    return (hub.public / URL.strip("/") / unquote(address)).resolve().read_bytes()


@needs_ffmpeg
def test_the_smallest_is_played_first_and_the_other_where_it_cannot_be(hub: Config) -> None:
    octets = recordings.recording("mp3")
    row, large = hubs.attached(octets, "from the gate.mp3", "audio/mpeg")
    small = Change(posts.small_path(row.sha256), speech.spoken(octets))
    first, second = _shown(hub, large, small, row=row)
    assert (first[1], second[1]) == ("audio/mp4", "audio/mpeg")
    assert _file(hub, first[0]) == small.data
    assert _file(hub, second[0]) == octets
    page = hubs.page(hub, URL)
    assert '<bdi dir="ltr">0:06</bdi>' in page
    assert 'aria-label="Sound: from the gate.mp3"' in page
    assert hubs.differences(hub) == []


def test_without_a_small_one_the_file_itself_is_played(hub: Config) -> None:
    row, change = hubs.attached(b"OggS" + bytes(60), "gate.opus", "audio/ogg")
    ((address, kind),) = _shown(hub, change, row=row)
    assert kind == "audio/ogg"
    assert address.endswith("gate.opus")


@pytest.mark.parametrize("name", ["gate.amr", "gate.mp4", "notes.txt"])
def test_what_no_browser_plays_is_offered_only(hub: Config, name: str) -> None:
    row, change = hubs.attached(b"#!AMR\n" + bytes(60), name, "application/octet-stream")
    assert _shown(hub, change, row=row) == []
    assert name in hubs.page(hub, URL)


def test_a_recording_that_comes_later_is_played_then(hub: Config) -> None:
    row, change = hubs.attached(b"OggS" + bytes(60), "gate.opus", "audio/ogg")
    assert _shown(hub, row=row) == []
    hubs.commit(hub.conference_repo("bar"), change)
    hubs.build(hub)
    assert "<audio" in hubs.page(hub, URL)
    assert hubs.differences(hub) == []
