"""What phones that keep something are told: lists, scripts, the manifest, and the key of a text."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import pytest

from solicomm_build.features.offline import keepable, scripts
from solicomm_build.features.writing import showing, waiting
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, member, smallhub, webserver
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import Address

ANA = "ana@union.example"
OLD = hubs.post("m0", subject="Wages")
NEW = hubs.post("m1", subject="Hours", minutes=60 * 24 * 40)
PAGE = f"/conferences/bar/t/{hubs.tid_of(OLD)}/"
KEY = "0123456789abcdef" * 2


class Hub(NamedTuple):
    """A hub with a web server, and who is signed in there: an address gets few links an hour."""

    config: Config
    address: Address
    ana: Browser


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    made = smallhub.make(
        tmp_path_factory.mktemp("hub"),
        Conference("bar", {"en": "Bar & Co"}, posting="open"),
        Conference("board", {"en": "Board"}, posting="open", visibility="members"),
    )
    config = replace(made, languages=("en", "fr"))
    consent = Consent("owner")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=smallhub.BEGUN, consent=consent, name="Ana"),
            rosterevents.subscribe("bar", 1, at=smallhub.BEGUN, consent=consent),
            rosterevents.subscribe("board", 1, at=smallhub.BEGUN, consent=consent),
        ],
    )
    hubs.add(config, "bar", [OLD, NEW])
    hubs.add(config, "board", [OLD])
    hubs.build(config)
    with webserver.running(config) as address:
        yield Hub(config, address, member.signed_in(config, address, ANA))


def listed(hub: Hub, place: str) -> list[list[str]]:
    seen = Browser(hub.address).get(f"/offline/list?place={place}&lang=fr")
    assert seen.status == 200
    found: list[list[str]] = json.loads(seen.text)["files"]
    return found


def test_a_list_names_pages_that_are_there_the_newest_topic_first(
    hub: Hub,
) -> None:
    files = listed(hub, "/conferences/bar/")
    urls = [one[0] for one in files]
    assert urls[:2] == ["/conferences/bar/", "/fr/conferences/bar/"]
    newer, older = (f"/conferences/bar/t/{hubs.tid_of(one)}/" for one in (NEW, OLD))
    assert urls.index(newer) < urls.index(older)
    for url, octets, *_ in files:
        path = hub.config.public / url.strip("/")
        assert int(octets) == (path / "index.html" if url.endswith("/") else path).stat().st_size


def test_a_list_names_no_more_than_has_room(hub: Hub) -> None:
    """A list of 18,000 topics is two megabytes, which nobody wants on a thin line."""
    path = "/offline/list?place=/conferences/bar/&lang=fr"
    every = json.loads(Browser(hub.address).get(path).text)["files"]
    most = every[0][1] + every[1][1]
    some = json.loads(Browser(hub.address).get(f"{path}&most={most}").text)["files"]
    assert some == every[:2]
    odd = json.loads(Browser(hub.address).get(f"{path}&most=-1").text)["files"]
    assert odd == every
    packed = Browser(hub.address).get(path, accept_encoding="gzip")
    assert packed["content-encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.body))["files"] == every


@pytest.mark.parametrize(
    "place",
    [
        "/conferences/board/",
        "/conferences/none/",
        "/members/",
        "/conferences/../board/",
        "/conferences/bar/t/",
        "//conferences/bar/",
        "/" + "a" * 200,
        "",
    ],
)
def test_what_not_everybody_may_read_has_no_list(hub: Hub, place: str) -> None:
    """Nor has it one for a member, who is given the same as strangers are."""
    for browser in (Browser(hub.address), hub.ana):
        seen = browser.get(f"/offline/list?place={place}")
        assert (seen.status, seen.text) == (404, "{}")
        page = browser.get(f"/offline/?keep={place}")
        assert page.status == 200
        assert "data-place" not in page.text


def test_the_shell_brings_what_every_page_needs(hub: Hub) -> None:
    urls = [one[0] for one in listed(hub, keepable.SHELL)]
    front = (hub.config.public / "index.html").read_text("utf-8")
    style = front.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "/" + style.lstrip("./") in urls
    assert {"/", "/fr/", "/404.html", "/offline/?lang=fr", scripts.PAGE} <= set(urls)
    assert not [one for one in urls if one.endswith((".br", ".gz"))]


def test_files_come_last_and_large_pictures_are_files(tmp_path: Path) -> None:
    place = tmp_path / "libraries" / "books"
    for name, size in (
        ("index.html", 50),
        ("a/index.html", 10),
        ("a/small.webp", 100),
        ("a/files/big.jpg", keepable._SMALL_PICTURE + 1),
        ("a/files/Größe 1.pdf", 9),
        ("opds/root.xml", 9),
        ("a/index.html.br", 9),
    ):
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes("<title>Books &amp; more · Hub</title>".encode().ljust(size))
        os.utime(path, (1, 1))
    found = keepable.listing(tmp_path, "/libraries/books/", "en")
    assert found is not None
    assert found.title == "Books & more"
    assert [(one.url.removeprefix("/libraries/books/"), one.kind) for one in found.files] == [
        ("", "page"),
        ("a/", "page"),
        ("a/small.webp", "picture"),
        ("a/files/Gr%C3%B6%C3%9Fe%201.pdf", "file"),
        ("a/files/big.jpg", "file"),
    ]


def test_the_worker_may_ask_this_hub_and_run_nothing_else(hub: Hub) -> None:
    seen = Browser(hub.address).get("/sw.js")
    assert seen.status == 200
    assert seen["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert seen["cache-control"] == "no-cache"
    assert seen["content-type"].startswith("text/javascript")
    assert "importScripts" not in seen.text
    assert len(seen.text) < 16_000
    again = Browser(hub.address).get("/sw.js", if_none_match=seen["etag"])
    assert again.status == 304


def test_the_manifest_names_the_hub_and_an_icon_that_is_there(
    hub: Hub,
) -> None:
    browser = Browser(hub.address)
    seen = browser.get("/manifest.webmanifest")
    assert seen["content-type"] == "application/manifest+json"
    said = json.loads(seen.text)
    assert (said["name"], said["start_url"], said["scope"]) == ("Test", "/", "/")
    (icon,) = said["icons"]
    assert browser.get(icon["src"]).status == 200


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No page waits for other stages, which do not work here."""
    monkeypatch.setattr(showing, "BOUND", 0.05)


def _texts(config: Config) -> list[str]:
    ingest(config, once=True, log=maillog.to_nobody())
    files = smallhub.files(config.conference_repo("bar"))
    found = (posts.decode(blob) for path, blob in files.items() if posts.parse_path(path))
    return [post.body.strip() for post in found]


@pytest.mark.usefixtures("quick")
def test_a_text_with_a_key_comes_once_whenever_it_is_sent_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hours later as well, and when the note of what became of it is gone: its Message-ID is the
    same."""
    config, now = hub.config, clock.now()
    said = {"text": "From a tunnel", "key": KEY}
    answers = []
    for hours in (0, 0, 3, 9):
        monkeypatch.setattr(clock, "now", lambda hours=hours: now + timedelta(hours=hours))
        if hours == 9:
            hubs.build(config)
            for note in (config.private / waiting.PENDING.folder).rglob("*.json"):
                note.unlink()
        answers.append(hub.ana.send(PAGE, said).status)
        assert _texts(config).count("From a tunnel") == 1
    assert answers == [200, 200, 200, 303]


@pytest.mark.usefixtures("quick")
def test_a_key_is_one_persons_and_a_strange_one_counts_for_nothing(
    hub: Hub,
) -> None:
    config = hub.config
    for text, key in (("One", "a" * 32), ("Two", "b" * 32), ("Three", "A" * 32), ("Four", "x")):
        assert hub.ana.send(PAGE, {"text": text, "key": key}).status == 200
    stranger = {"text": "One", "key": "a" * 32, "name": "Bo", "email": "bo@web.example"}
    assert Browser(hub.address).send(PAGE, stranger).status == 200
    assert waiting.of(config, "bo@web.example")
    assert {"One", "Two", "Three", "Four"} <= set(_texts(config))


def test_before_the_first_build_there_is_the_page_alone(tmp_path: Path) -> None:
    """Who asked got 500, with a trace in the log."""
    found = keepable.listing(tmp_path, keepable.SHELL, "en")
    assert found is not None
    assert [one.url for one in found.files] == ["/offline/?lang=en", scripts.PAGE]
    assert keepable.listing(tmp_path, keepable.SEARCH, "en") is None
