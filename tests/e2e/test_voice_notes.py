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

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import Sessions
from solicomm_build.post import sounds
from solicomm_build.testing import browsing, recordings, served, smallhub
from solicomm_build.testing.member import Browser
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
    """The sample, and Bea is a member."""
    consent = Consent("owner", "test")
    bea = rosterevents.member(1, "bea@union.example", at=clock.now(), consent=consent, name="Bea")
    on = rosterevents.subscribe("organising", 1, at=clock.now(), consent=consent)
    smallhub.add_events(built_hub, [bea, on])
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


KINDS = (("m4a", "mp4"), ("mp3", "mpeg"), ("ogg", "ogg"), ("opus", "ogg"))


def test_each_kind_from_mail_and_from_the_box_is_played_without_its_maker(hub: Served) -> None:
    """The box is sent by who is signed in; the mail by who is not known."""
    for name, kind in KINDS:
        hub.send(spoken(f"gate.{name}", kind, recordings.recording(name)), LIST)
    browser = _signed_in(hub)
    pages = {f"mail, {name}": place(f"gate.{name}") for name, _ in KINDS}
    for name, _ in KINDS:
        fields = {"subject": f"Spoken here, {name}", "text": "Listen."}
        sent = browser.upload(
            "/conferences/organising/", fields, (f"hall.{name}", recordings.recording(name))
        )
        assert sent.status in (200, 303), "the latter when its page is there at once"
        front = hub.page("/conferences/organising/", fields["subject"])
        found = re.search(rf'href="([^"]+)"[^>]*>(?:<[^>]+>)*{fields["subject"]}', front)
        assert found
        pages[f"box, {name}"] = urlsplit(urljoin("/conferences/organising/", found[1])).path
    for how, where in pages.items():
        page = hub.page(where, "<audio", "sound.m4a")
        links = re.findall(r'(?:src|href)="([^"]*files/[^"]+)"', page)
        assert len({*links}) == 2, f"{how}: the recording, and the small one"
        for link in links:
            with urllib.request.urlopen(urljoin(hub.url + where, link)) as answer:
                octets = answer.read()
            assert recordings.PLANTED.encode() not in octets, how
            if octets[4:8] == b"ftyp" or octets.startswith(b"OggS"):
                assert sounds.seconds(octets) == 6, how


def _signed_in(hub: Served) -> Browser:
    sessions, browser = Sessions(hub.config), Browser(hub.http)
    browser.send(f"/login/{sessions.link(1, '', clock.now())}")
    sessions.close()
    return browser
