"""The sample's libraries before judges that others wrote: pandoc, feedparser, epubcheck, the Nu
Html Checker. cards ─build→ public/ ─HTTP→ what an e-reader, a search engine, a citer would see.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import feedparser
import pytest

from solicomm_build.features.library.catalogue import Catalogue
from solicomm_build.features.library.exchange import bibtex, csl, ris
from solicomm_build.features.library.exchange.published import Published, date_parts, name_parts
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import epubcheck, judges, webserver

ACQUISITION = "http://opds-spec.org/acquisition"


@pytest.fixture(scope="module")
def hub(built_sample: Path) -> Config:
    return hubyaml.load(built_sample)


@pytest.fixture(scope="module")
def cards(hub: Config) -> list[Published]:
    with Catalogue(hub) as catalogue:
        rows = [
            r for name in catalogue.libraries() for r in catalogue.index.rows(name, "published")
        ]
        found = [card for _, card in catalogue.cards(rows) if card is not None]
    assert len(found) > 20
    return found


class Site:
    """The built hub over HTTP, under the addresses that its pages name."""

    def __init__(self, hub: Config, address: tuple[str, int]) -> None:
        self._hub = hub.url
        self._origin = f"http://{address[0]}:{address[1]}"

    def get(self, url: str) -> bytes:
        assert url.startswith(f"{self._hub}/"), url
        with urllib.request.urlopen(self._origin + url[len(self._hub) :], timeout=30) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def site(hub: Config) -> Iterator[Site]:
    with webserver.running(hub) as address:
        yield Site(hub, address)


def said(card: Published, form: str) -> dict[str, Any]:
    """What pandoc shall have read, of what the form can say: RIS has years only for pandoc, and no
    organisations."""
    entry = card.entry
    authors = []
    for creator in entry.creators:
        parts = name_parts(creator)
        authors.append(" ".join(reversed(parts)) if parts else creator.name)
    date = date_parts(entry.date.issued)
    facts: dict[str, Any] = {
        "title": plain(card.title),
        "author": authors,
        "URL": card.url,
        "DOI": entry.identifiers.doi,
        "issued": date[:1] if form == "ris" else date,
        "abstract": plain(card.abstract),
    }
    if form != "ris":
        facts["ISBN"] = entry.identifiers.isbn
        facts["language"] = card.lang
        facts["keyword"] = ", ".join(card.keywords)
    if card.organisation:
        facts["publisher"] = card.organisation
    return facts


def heard(item: dict[str, Any], facts: dict[str, Any]) -> dict[str, Any]:
    """The same fields of the item that pandoc made."""
    found: dict[str, Any] = {name: plain(str(item.get(name, ""))) for name in facts}
    found["author"] = [
        plain(
            " ".join(
                filter(
                    None,
                    (
                        n.get("given"),
                        n.get("dropping-particle"),
                        n.get("non-dropping-particle"),
                        n.get("family"),
                        n.get("suffix"),
                        n.get("literal"),
                    ),
                )
            )
        )
        for n in item.get("author", [])
    ]
    dates = (item.get("issued") or {}).get("date-parts") or [[]]
    found["issued"] = [int(part) for part in dates[0]]
    return found


def plain(text: str) -> str:
    bare = re.sub(r"</?(span|i|b|sup|sub)[^>]*>", "", text)
    quotes = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "\u00a0": " "})
    bare = re.sub(r"\\([^\w\s])", r"\1", html.unescape(bare))
    return " ".join(bare.translate(quotes).split())


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc (Debian) is not installed")
@pytest.mark.parametrize(
    ("form", "encode"),
    [("biblatex", bibtex.encode), ("ris", ris.encode), ("csljson", csl.encode)],
)
def test_pandoc_hears_what_each_card_says(cards: list[Published], form: str, encode: Any) -> None:
    told = subprocess.run(
        ["pandoc", "-f", form, "-t", "csljson"],
        input=encode(cards),
        capture_output=True,
        check=True,
        timeout=120,
    )
    items = json.loads(told.stdout)
    assert len(items) == len(cards)
    by_url = {item["URL"]: item for item in items}
    for card in cards:
        facts = said(card, form)
        assert heard(by_url[card.url], facts) == facts


def test_an_e_reader_walks_from_the_root_to_every_open_file(
    site: Site, hub: Config, cards: list[Published]
) -> None:
    found: dict[str, str] = {}  # SHA-256 by address
    roots = {card.url.rsplit("/", 2)[0] + "/opds/root.xml" for card in cards}
    waiting, seen = list(roots), set(roots)
    while waiting:
        url = waiting.pop()
        feed = feedparser.parse(site.get(url))
        assert not feed.bozo, (url, feed.get("bozo_exception"))
        for link in [link for entry in feed.entries for link in entry.links] + feed.feed.links:
            target = urljoin(url, link.href)
            if link.rel.startswith(ACQUISITION):
                if target not in found:
                    found[target] = hashlib.sha256(site.get(target)).hexdigest()
            elif "opds-catalog" in link.type and target not in seen:
                seen.add(target)
                waiting.append(target)
    expected = {
        url: file.sha256
        for card in cards
        for file, url in card.readable
        if file.role not in ("cover", "text")
    }
    assert len(expected) > 10
    assert {url: found.get(url) for url in expected} == expected


def test_a_reader_of_opds_2_walks_to_every_open_file(site: Site, cards: list[Published]) -> None:
    found: dict[str, str] = {}
    roots = {card.url.rsplit("/", 2)[0] + "/opds/root.json" for card in cards}
    waiting, seen = list(roots), set(roots)
    while waiting:
        url = waiting.pop()
        feed = json.loads(site.get(url))
        assert feed["metadata"]["title"]
        for link in [*feed.get("navigation", []), *feed["links"]]:
            target = urljoin(url, link["href"])
            if link["type"] == "application/opds+json" and target not in seen:
                seen.add(target)
                waiting.append(target)
        for publication in feed.get("publications", []):
            for link in publication["links"]:
                if link.get("rel", "").startswith(ACQUISITION):
                    target = urljoin(url, link["href"])
                    if target not in found:
                        found[target] = hashlib.sha256(site.get(target)).hexdigest()
    expected = {
        url: file.sha256
        for card in cards
        for file, url in card.readable
        if file.role not in ("cover", "text")
    }
    assert {url: found.get(url) for url in expected} == expected


def test_json_ld_of_every_card_names_it(site: Site, cards: list[Published]) -> None:
    for card in cards:
        text = site.get(card.url).decode()
        [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
        data = json.loads(block)
        assert data["@context"] == "https://schema.org", card.url
        assert card.title in str(data["name"])
        assert data["url"] == card.url
        names = [author["name"] for author in data.get("author", [])]
        parts = [(creator, name_parts(creator)) for creator in card.entry.creators]
        usual = [" ".join(reversed(found)) if found else one.name for one, found in parts]
        assert names == usual


@pytest.mark.slow
def test_epubcheck_passes_every_book(hub: Config, tmp_path: Path) -> None:
    books = sorted((hub.public / "libraries").rglob("*.epub"))
    assert len(books) > 2
    for number, book in enumerate(books):
        verdict = epubcheck.of(shutil.copy(book, tmp_path / f"{number}.epub"))
        assert verdict.code == 0, f"{book}: {verdict.said}"


@pytest.mark.slow
def test_the_nu_checker_finds_no_error_in_libraries(hub: Config) -> None:
    pages = sorted((hub.public / "libraries").rglob("*.html"))
    assert len(pages) > 40
    assert judges.html_errors(pages) == ""
