"""OPDS feeds as an Atom reader and as a reader of OPDS 2.0 see them."""

from __future__ import annotations

import json
import re

import feedparser

from solicomm_build.features.library.cards.entry import Dates
from solicomm_build.features.library.exchange import opds
from tests.unit.model.exchange.cards import WHEN, full, plain, with_cover

ROOT = "https://hub.example.org/libraries/agreements/opds/root.xml"
ALL = "https://hub.example.org/libraries/agreements/opds/all-1.xml"
FEED = opds.Feed(
    "Agreements",
    ALL,
    ROOT,
    WHEN,
    "en",
    up=ROOT,
    next=ALL.replace("1", "2"),
    total=300,
    per_page=100,
)


def test_navigation_leads_to_shelves() -> None:
    shelves = [opds.Shelf("All", ALL, WHEN, 300), opds.Shelf("Wages & more", ALL + "?", WHEN)]
    read = feedparser.parse(opds.navigation_atom(opds.Feed("A", ROOT, ROOT, WHEN, "en"), shelves))
    assert not read.bozo
    assert [entry.title for entry in read.entries] == ["All", "Wages & more"]
    assert read.entries[0].links[0].type == opds.ACQUISITION
    assert read.entries[0].links[0].rel == "subsection"
    data = json.loads(opds.navigation_json(FEED, shelves))
    assert data["navigation"][1]["title"] == "Wages & more"
    assert data["navigation"][0]["properties"]["numberOfItems"] == 300


def test_acquisition_leads_to_open_files_only() -> None:
    read = feedparser.parse(opds.acquisition_atom(FEED, [full(), plain()]))
    assert not read.bozo
    rich, bare = read.entries
    files = [
        link for link in rich.links if link.rel == "http://opds-spec.org/acquisition/open-access"
    ]
    assert [(link.title, link.type) for link in files] == [("cba-2025.pdf", "application/pdf")]
    assert rich.title == "Pay & <hours> at 100% {Lakeside_Depot} #7"
    assert rich.authors[0].name == "Otieno, Grace"
    assert bare.title == "اتفاق"
    assert {link.rel for link in read.feed.links} == {"self", "start", "up", "next"}


def test_publications_of_opds_2() -> None:
    data = json.loads(opds.acquisition_json(FEED, [full(), plain()]))
    rich, bare = data["publications"]
    assert rich["metadata"]["title"] == {
        "en": "Pay & <hours> at 100% {Lakeside_Depot} #7",
        "sw": "Mkataba wa pamoja",
    }
    assert bare["metadata"]["title"] == "اتفاق"
    assert [link["type"] for link in rich["links"]] == ["text/html", "application/pdf"]
    assert data["metadata"]["numberOfItems"] == 300
    assert {link["rel"] for link in data["links"]} == {"self", "start", "up", "next"}


IMAGE = "http://opds-spec.org/image"
OPEN = "http://opds-spec.org/acquisition/open-access"


def test_a_cover_is_a_picture_and_no_book_and_its_words_are_no_second_book() -> None:
    [entry] = feedparser.parse(opds.acquisition_atom(FEED, [with_cover()])).entries
    links = [(link.rel, link.href.rpartition("/")[2], link.type) for link in entry.links]
    assert [one[1:] for one in links if one[0] == IMAGE] == [
        ("cover.jpg", "image/jpeg"),
        ("cover.webp", "image/webp"),
    ], "the first is shown by every e-reader"
    assert [name for rel, name, _ in links if rel == OPEN] == ["cba.pdf"]
    [said] = json.loads(opds.acquisition_json(FEED, [with_cover()]))["publications"]
    assert [image["href"].rpartition("/")[2] for image in said["images"]] == [
        "cover.jpg",
        "cover.webp",
    ]
    assert [link["title"] for link in said["links"] if link["rel"] == OPEN] == ["cba.pdf"]


def test_a_text_that_is_the_whole_document_can_be_had() -> None:
    card = with_cover()
    alone = full(files=tuple(file for file in card.entry.files if file.role == "text"))
    found = type(card)(alone.entry, card.url, WHEN, "", "", card.files)
    assert [file.name for file, _ in found.documents] == ["cba.txt"]


def test_published_is_a_whole_date_or_is_not_said() -> None:
    cards = [full(date=Dates(issued)) for issued in ("2025", "2025-11", "2025-11-03", "")]
    said = json.loads(opds.acquisition_json(FEED, cards))["publications"]
    assert [one["metadata"].get("published") for one in said] == [None, None, "2025-11-03", None]


def test_every_entry_has_content_or_leads_to_a_page() -> None:
    feed = feedparser.parse(opds.navigation_atom(FEED, [opds.Shelf("Wages", ALL, WHEN)]))
    assert [entry.content[0].value for entry in feed.entries] == ["Wages"]


def test_schemes_of_subjects_are_uris() -> None:
    [entry] = feedparser.parse(opds.acquisition_atom(FEED, [full()])).entries
    schemes = [tag.scheme for tag in entry.tags]
    [said] = json.loads(opds.acquisition_json(FEED, [full()]))["publications"]
    schemes += [subject["scheme"] for subject in said["metadata"]["subject"]]
    assert len(schemes) == 4
    for scheme in schemes:  # RFC 8141 2: urn:NID:NSS
        assert re.fullmatch(r"urn:[a-z0-9][a-z0-9-]{1,30}:[a-z0-9-]+:[a-z0-9-]+", scheme), scheme
