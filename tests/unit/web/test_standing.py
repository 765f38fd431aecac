"""What programs ask every site for: robots, sitemaps, the hub's feed, security.txt, the icon."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from PIL import Image

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, ask

_SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    hub = smallhub.make(
        tmp_path_factory.mktemp("standing") / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("hushed", {"en": "Hushed"}, posting="open", robots="noindex"),
        Conference("secret", {"en": "Secret"}, posting="open", visibility="members"),
    )
    for name in ("bar", "hushed", "secret"):
        made = (hubs.post(f"{name}{n}", subject=f"{name} & more {n}", minutes=n) for n in range(3))
        hubs.add(hub, name, made)
    hubs.build(hub)
    return hub


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def test_robots_name_the_sitemap_and_keep_out_of_forms(hub: Config, server: Address) -> None:
    answer = ask(server, "/robots.txt")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain")
    assert f"Sitemap: {hub.url}/sitemap.xml".encode() in answer.body
    assert b"Disallow: /login/" in answer.body


def _locs(server: Address, path: str) -> list[str]:
    answer = ask(server, path)
    assert answer.status == 200, path
    return [one.text or "" for one in ET.fromstring(answer.body).iter(f"{_SITEMAP}loc")]


def test_sitemaps_list_every_public_topic_and_nothing_else(hub: Config, server: Address) -> None:
    found = _locs(server, "/sitemap.xml")
    assert f"{hub.url}/sitemap-hub.xml" in found
    topics: list[str] = []
    for where in found:
        topics += _locs(server, where.removeprefix(hub.url))
    for path in hub.public.glob("conferences/bar/t/*/index.html"):
        assert f"{hub.url}/conferences/bar/t/{path.parent.name}/" in topics
    assert not [url for url in topics if "hushed" in url or "secret" in url]
    assert len(topics) == len(set(topics))
    for url in topics:
        assert ask(server, url.removeprefix(hub.url)).status == 200, url
    for path in ("hushed", "secret", "nothing"):
        assert ask(server, f"/conferences/{path}/sitemap.xml").status == 404
    assert ask(server, "/conferences/bar/sitemap.xml?page=2").status == 404
    assert ask(server, "/conferences/bar/sitemap.xml?page=x").status == 404


def test_when_something_was_last_said_is_told(hub: Config, server: Address) -> None:
    body = ask(server, "/conferences/bar/sitemap.xml").body.decode()
    assert re.findall(r"<lastmod>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ</lastmod>", body)


def test_the_hubs_feed_is_what_the_front_page_shows(hub: Config, server: Address) -> None:
    answer = ask(server, "/feed.xml")
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = feedparser.parse(answer.body)
    assert not feed.bozo
    assert feed.feed.title == hub.name
    assert {entry.title.split(" & ")[0] for entry in feed.entries} == {"bar", "hushed"}
    for entry in feed.entries:
        assert ask(server, entry.link.removeprefix(hub.url).partition("#")[0]).status == 200


def test_security_txt_is_good_for_months_and_names_nobodys_own_address(
    hub: Config, server: Address
) -> None:
    body = ask(server, "/.well-known/security.txt").body.decode()
    assert f"Contact: mailto:postmaster@{hub.domain}" in body
    until = datetime.fromisoformat(re.search(r"Expires: (\S+)", body)[1])  # type: ignore[index]
    assert timedelta(days=150) < until - datetime.now(UTC) < timedelta(days=365)


def test_the_icon_is_one(server: Address) -> None:
    answer = ask(server, "/favicon.ico")
    assert answer.status == 200
    with Image.open(io.BytesIO(answer.body)) as icon:
        assert icon.format == "ICO"
        assert {(16, 16), (32, 32)} <= set(icon.info["sizes"])


def test_before_the_first_build_there_is_an_empty_answer(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "fresh")
    hub.public.mkdir(exist_ok=True)
    with webserver.running(hub) as server:
        for path in ("/robots.txt", "/sitemap.xml", "/feed.xml", "/.well-known/security.txt"):
            assert ask(server, path).status == 200, path
