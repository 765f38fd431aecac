"""OPDS feeds as an Atom reader and as a reader of OPDS 2.0 see them."""

from __future__ import annotations

import json

import feedparser

from solicomm_build.model.exchange import opds
from tests.unit.model.exchange.cards import WHEN, full, plain

ROOT = "https://hub.example.org/libraries/agreements/opds/root.xml"
ALL = "https://hub.example.org/libraries/agreements/opds/all-1.xml"
FEED = opds.Feed(
    "Agreements", ALL, ROOT, WHEN, "en", up=ROOT, next=ALL.replace("1", "2"), total=300,
    per_page=100,
)  # fmt: skip


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
        "en": "Pay & <hours> at 100% {Lakeside_Depot} #7", "sw": "Mkataba wa pamoja",
    }  # fmt: skip
    assert bare["metadata"]["title"] == "اتفاق"
    assert [link["type"] for link in rich["links"]] == ["text/html", "application/pdf"]
    assert data["metadata"]["numberOfItems"] == 300
    assert {link["rel"] for link in data["links"]} == {"self", "start", "up", "next"}
