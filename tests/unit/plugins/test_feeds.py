"""The Atom feeds (RFC 4287, RFC 4685), from the facts that pages bring."""

from __future__ import annotations

import datetime
import xml.etree.ElementTree as ET
from typing import Any

import pytest
from pelican.plugins.solicomm import feeds

from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page
from solicomm_build.testing.hubs import after, mid

ATOM = "{http://www.w3.org/2005/Atom}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
XML = "{http://www.w3.org/XML/1998/namespace}"
HUB = HubFacts("Hub", "hub.example", "https://hub.example", ("en",))
BAR = ConferenceFacts(
    "bar",
    "Bar & <friends>",
    "",
    "conference",
    "bar@hub.example",
    "en",
    "open",
    "",
    "/conferences/bar/",
)


def entry(own: str = "b", **more: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "mid": mid(own),
        "url": f"/conferences/bar/t/{mid('a')}/#{mid(own)}",
        "title": "Water",
        "name": "Ana",
        "date": after(5),
        "lang": "",
        "html": "<p>Hi</p>",
        "parents": (mid("a"),),
    }
    return plain | more


def conference_feed(*entries: dict[str, Any]) -> ET.Element:
    facts = {"conference": BAR, "entries": list(entries)}
    page = Page(BAR.feed, "feed", "conference:bar", "en", BAR.title, "k", facts)
    return ET.fromstring(feeds.conference_feed(page, HUB))


def check_atom(feed: ET.Element) -> None:
    """What RFC 4287 (4.1.1, 4.1.2) asks of every feed and entry."""
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        stamp = element.findtext(f"{ATOM}updated") or ""
        assert datetime.datetime.fromisoformat(stamp).tzinfo is not None
        assert (element.findtext(f"{ATOM}id") or "").startswith("https://hub.example/")
    for element in feed.iter(f"{ATOM}entry"):
        assert element.find(f"{ATOM}author/{ATOM}name") is not None
        assert element.find(f"{ATOM}link[@href]") is not None
    own = feed.findall(f"{ATOM}link[@rel='self']")
    assert [link.get("href") for link in own] == ["https://hub.example/conferences/bar/feed.xml"]
    ids = [element.text for element in feed.iter(f"{ATOM}id")]
    assert len(ids) == len(set(ids))


def test_a_feed_of_posts() -> None:
    feed = conference_feed(entry("c", date=after(9)), entry("b"))
    check_atom(feed)
    assert feed.findtext(f"{ATOM}title") == "Bar & <friends>"
    assert feed.findtext(f"{ATOM}updated") == "2026-03-01T08:09:00Z"
    first = feed.find(f"{ATOM}entry")
    assert first is not None
    content = first.find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("html", "<p>Hi</p>")
    link = first.find(f"{ATOM}link")
    assert link is not None
    assert link.get("href") == f"https://hub.example/conferences/bar/t/{mid('a')}/#{mid('c')}"


def test_an_answer_names_the_id_of_its_parent() -> None:
    feed = conference_feed(entry("b"), entry("a", parents=()))
    one, other = feed.findall(f"{ATOM}entry")
    reply = one.find(f"{THREAD}in-reply-to")
    assert reply is not None
    assert reply.get("ref") == other.findtext(f"{ATOM}id")
    assert other.find(f"{THREAD}in-reply-to") is None


def test_an_empty_feed_is_valid() -> None:
    feed = conference_feed()
    check_atom(feed)
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


def test_a_post_without_subject_or_name_is_valid() -> None:
    feed = conference_feed(entry(title="", name=""))
    check_atom(feed)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title")


@pytest.mark.parametrize("bad", ["\0", "\x07", "\x1b", "\x1f", "\ufffe", "\uffff", "\ud800"])
def test_characters_that_xml_forbids_are_left_out(bad: str) -> None:
    """XML 1.0 (2.2)."""
    feed = conference_feed(entry(title=f"a{bad}b", name=f"A{bad}na", html=f"<p>{bad}x</p>"))
    check_atom(feed)
    assert feed.findtext(f"{ATOM}entry/{ATOM}title") == "ab"
    assert feed.findtext(f"{ATOM}entry/{ATOM}content") == "<p>x</p>"


def test_characters_that_xml_allows_stay() -> None:
    text = "tab\tline\nẞ 水 \U0001f6b0 ]]> & <"
    feed = conference_feed(entry(html=text))
    assert feed.findtext(f"{ATOM}entry/{ATOM}content") == text


def test_the_language_of_a_post_is_marked() -> None:
    feed = conference_feed(entry(lang="ar"))
    assert feed.get(f"{XML}lang") == "en"
    content = feed.find(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert content.get(f"{XML}lang") == "ar"


def test_relative_links_are_those_of_the_page() -> None:
    content = conference_feed(entry()).find(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    base = content.get(f"{XML}base") or ""
    assert base.startswith(f"https://hub.example/conferences/bar/t/{mid('a')}/")


def test_the_news_of_a_union() -> None:
    item = {
        "title": "Won",
        "url": "/unions/docks/news/won/",
        "date": datetime.date(2026, 3, 1),
        "summary": "We won.",
        "lang": "en",
        "html": "<p>Yes</p>",
    }
    union = {"id": "docks", "title": "Dock workers", "url": "/unions/docks/"}
    page = Page(
        "/unions/docks/feed.xml",
        "union_feed",
        "union:docks",
        "en",
        "Dock workers",
        "k",
        {"union": union, "items": [item, item | {"url": "/unions/docks/news/b/", "summary": ""}]},
    )
    feed = ET.fromstring(feeds.news_feed(page, HUB))
    assert feed.findtext(f"{ATOM}updated") == "2026-03-01T00:00:00Z"
    assert feed.findtext(f"{ATOM}entry/{ATOM}summary") == "We won."
    assert len(feed.findall(f"{ATOM}entry/{ATOM}summary")) == 1
    content = feed.find(f"{ATOM}entry/{ATOM}content")
    assert content is not None
    assert content.get(f"{XML}base") == "https://hub.example/unions/docks/news/won/"
    assert feed.findtext(f"{ATOM}entry/{ATOM}id") == "https://hub.example/unions/docks/news/won/"
