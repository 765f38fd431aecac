"""A voice note on its way, with everything real, ffmpeg and a browser too.

smtplib → bridge → ingest → files (ffmpeg, shut in) → builder → web → chromium plays it
                                     └→ courier → spool/sink.mbox
"""

from __future__ import annotations

import base64
import re
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.post import sounds
from solicomm_build.testing import browsing, recordings, served
from solicomm_build.testing.served import Served

pytestmark = pytest.mark.skipif(not recordings.is_possible(), reason=recordings.MISSING)
LIST = "organising@hub.example"


def spoken(name: str, kind: str, octets: bytes) -> bytes:
    text = base64.encodebytes(octets).decode()
    return (
        f"From: Ana Paz <ana@union.example>\nTo: {LIST}\nSubject: From the gate\n"
        f"Date: Tue, 24 Nov 2026 11:00:00 +0000\nMessage-ID: <{name}@union.example>\n"
        'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nListen.\n"
        f'--b\nContent-Type: audio/{kind}\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{text}\n--b--\n"
    ).encode()


def place(name: str) -> str:
    return f"/conferences/organising/t/{post_id(f'{name}@union.example')}/"


@pytest.fixture
def hub(built_hub: Config) -> Iterator[Served]:
    with served.serving(built_hub) as running:
        yield running


def test_a_voice_note_is_played_on_the_page(hub: Served) -> None:
    hub.send(spoken("gate.opus", "ogg", recordings.recording("opus")), LIST)
    hub.send(spoken("gate.amr", "amr", recordings.recording("amr")), LIST)
    page = hub.page(place("gate.opus"), "<audio", "0:06")
    assert 'preload="none"' in page
    sources = re.findall(r'<source src="([^"]+)" type="([^"]+)"', page)
    assert {kind for _, kind in sources} == {"audio/ogg", "audio/mp4"}
    assert "<audio" in hub.page(place("gate.amr"), "<audio", "sound.m4a")
    for where, kind in sources:
        there = urljoin(hub.url + place("gate.opus"), where)
        request = urllib.request.Request(there, headers={"Range": "bytes=0-1"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 206
            assert answer.headers["content-type"] == kind

    def both() -> str:
        feed = hub.get("/conferences/organising/podcast.xml")[1]
        return feed if feed.count("<enclosure") == 2 else ""

    feed = ElementTree.fromstring(hub.until(both, "feed with both"))
    enclosures = [one.attrib for one in feed.iter("enclosure")]
    for one in enclosures:
        with urllib.request.urlopen(hub.url + urlsplit(one["url"]).path) as answer:
            assert len(answer.read()) == int(one["length"])
            assert answer.headers["content-type"] == one["type"]
    with browsing.chromium() as browser, browsing.page(browser, hub.url, phone=True) as shown:
        shown.goto(hub.url + place("gate.amr"))
        length = shown.evaluate(
            "() => new Promise((done, gone) => { const a = document.querySelector('audio');"
            " a.onloadedmetadata = () => done(a.duration); a.onerror = gone;"
            " setTimeout(gone, 20000); a.preload = 'metadata'; a.load(); })"
        )
        assert 5 < length < 7


def test_nothing_on_the_page_says_who_recorded_it(hub: Served) -> None:
    hub.send(spoken("gate.m4a", "mp4", recordings.recording("m4a")), LIST)
    page = hub.page(place("gate.m4a"), "<audio", "sound.m4a")
    links = re.findall(r'(?:src|href)="([^"]*files/[^"]+)"', page)
    assert links
    for link in links:
        with urllib.request.urlopen(urljoin(hub.url + place("gate.m4a"), link)) as answer:
            octets = answer.read()
        assert recordings.PLANTED.encode() not in octets
        assert sounds.seconds(octets) == 6
