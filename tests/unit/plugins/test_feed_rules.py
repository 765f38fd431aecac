"""Every feed of the golden hub against the rules that feed validators apply: RFC 4287, RFC 4685."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

EXPECTED = Path(__file__).parents[2] / "golden" / "expected"
FEEDS = sorted(path.relative_to(EXPECTED).as_posix() for path in EXPECTED.rglob("feed.xml"))
ATOM = "{http://www.w3.org/2005/Atom}"
THREAD = "{http://purl.org/syndication/thread/1.0}"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MARKUP = re.compile(r"[<>]|&(?:[a-z]+|#\d+);")

# RFC 4287 4.1.1 and 4.1.2: how often each element may stand there, (at least, at most)
_FEED = {
    "author": (0, 99),
    "category": (0, 99),
    "contributor": (0, 99),
    "generator": (0, 1),
    "icon": (0, 1),
    "id": (1, 1),
    "link": (1, 99),
    "logo": (0, 1),
    "rights": (0, 1),
    "subtitle": (0, 1),
    "title": (1, 1),
    "updated": (1, 1),
    "entry": (0, 999),
}
_ENTRY = {
    "author": (1, 99),
    "category": (0, 99),
    "content": (0, 1),
    "contributor": (0, 99),
    "id": (1, 1),
    "link": (1, 99),
    "published": (0, 1),
    "rights": (0, 1),
    "source": (0, 1),
    "summary": (0, 1),
    "title": (1, 1),
    "updated": (1, 1),
}


def _count(element: ET.Element, rules: dict[str, tuple[int, int]]) -> None:
    names = Counter(child.tag.removeprefix(ATOM) for child in element)
    for name, (least, most) in rules.items():
        assert least <= names.pop(name, 0) <= most, name
    assert set(names) <= {f"{THREAD}in-reply-to"}, "nothing that Atom does not know"


def _iri(text: str | None) -> None:
    """An absolute IRI without white space (4.2.6, 4.2.7)."""
    assert text
    parts = urlsplit(text)
    assert parts.scheme in ("http", "https", "urn")
    assert not re.search(r"\s", text)


def _links(element: ET.Element) -> None:
    """4.2.7: one alternate of a type and language; what is named can be fetched."""
    seen: Counter[tuple[str | None, str | None]] = Counter()
    for link in element.findall(f"{ATOM}link"):
        _iri(link.get("href"))
        assert not list(link)
        if link.get("rel", "alternate") == "alternate":
            seen[link.get("type"), link.get("hreflang")] += 1
    assert max(seen.values()) == 1


def _texts(element: ET.Element) -> None:
    """4.2.14, 4.2.15, 3.1, 3.2, 3.3: titles are texts, moments RFC 3339, people have names."""
    for name in ("title", "subtitle", "summary"):
        for text in element.findall(f"{ATOM}{name}"):
            assert text.get("type", "text") == "text"
            assert (text.text or "").strip(), f"{name} is blank"
            assert not list(text)
    for name in ("updated", "published"):
        for moment in element.findall(f"{ATOM}{name}"):
            assert _RFC_3339.fullmatch(moment.text or "")
    for person in element.findall(f"{ATOM}author"):
        assert (person.findtext(f"{ATOM}name") or "").strip()
        assert len(list(person)) == 1, "no address of a person"


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_keeps_the_rules(name: str) -> None:
    feed = ET.fromstring((EXPECTED / name).read_bytes())
    assert feed.tag == f"{ATOM}feed"
    _count(feed, _FEED)
    _iri(feed.findtext(f"{ATOM}id"))
    _links(feed)
    _texts(feed)
    own = [link for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert len(own) == 1
    assert (own[0].get("href") or "").endswith(f"/{name}")
    assert own[0].get("type") == "application/atom+xml"
    entries = feed.findall(f"{ATOM}entry")
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids)), "4.1.1: an entry is in a feed once"
    stamps = [entry.findtext(f"{ATOM}updated") or "" for entry in entries]
    assert stamps == sorted(stamps, reverse=True)
    assert feed.findtext(f"{ATOM}updated") == max(stamps, default="1970-01-01T00:00:00Z")
    for entry in entries:
        _entry(entry)


def _entry(entry: ET.Element) -> None:
    _count(entry, _ENTRY)
    _iri(entry.findtext(f"{ATOM}id"))
    _links(entry)
    _texts(entry)
    content = entry.find(f"{ATOM}content")
    if content is not None:  # 4.1.3.3: HTML is text here, and says so
        assert content.get("type") == "html"
        assert not list(content)
        assert _MARKUP.search(content.text or "")
        assert "<script" not in (content.text or "")
    for reply in entry.findall(f"{THREAD}in-reply-to"):  # RFC 4685 3
        _iri(reply.get("ref"))
        assert reply.get("ref") != entry.findtext(f"{ATOM}id")
        assert not list(reply)


def test_there_are_feeds_of_every_kind() -> None:
    kinds = {re.sub(r"[a-z2-7]{32}", "T", name) for name in FEEDS}
    assert {"conferences/water/feed.xml", "conferences/water/t/T/feed.xml"} <= kinds
    assert any(kind.startswith("libraries/") for kind in kinds)
    assert any(kind.startswith("unions/") for kind in kinds)


def test_answers_name_entries_of_the_same_feed() -> None:
    """RFC 4685: `ref` is the id of what is answered, as that entry has it."""
    feed = ET.fromstring((EXPECTED / "conferences/water/feed.xml").read_bytes())
    ids = {entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")}
    named = {reply.get("ref") for reply in feed.iter(f"{THREAD}in-reply-to")}
    assert named
    assert named <= ids
