"""Atom feeds (RFC 4287) with threading (RFC 4685), written with the standard library."""

from __future__ import annotations

import datetime
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any

from solicomm_build.model.pages import ConferenceFacts, HubFacts, Page

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ATOM = "http://www.w3.org/2005/Atom"
_THREAD = "http://purl.org/syndication/thread/1.0"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"
_XML = "http://www.w3.org/XML/1998/namespace"
ET.register_namespace("", _ATOM)
ET.register_namespace("thr", _THREAD)


def conference_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest posts of a conference, newest first."""
    about: ConferenceFacts = page.facts["conference"]
    entries = page.facts["entries"]
    feed = _feed(hub, about.url, page.url, about.title, page.lang)
    updated = max((entry["date"] for entry in entries), default=None)
    _text(feed, "updated", _stamp(updated))
    for entry in entries:
        _post(feed, entry, hub, about)
    return _bytes(feed)


def topic_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest posts of a topic, newest first; entries are called as in the conference's feed, so
    a reader of both shows each post once."""
    about: ConferenceFacts = page.facts["conference"]
    entries = page.facts["entries"]
    feed = _feed(hub, page.facts["place"], page.url, page.title, page.lang)
    _text(feed, "subtitle", about.title)
    _text(feed, "updated", _stamp(max((entry["date"] for entry in entries), default=None)))
    for entry in entries:
        _post(feed, entry, hub, about)
    return _bytes(feed)


def news_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest news of a union."""
    union: Mapping[str, Any] = page.facts["union"]
    items = page.facts["items"]
    feed = _feed(hub, union["url"], page.url, union["title"], page.lang)
    _text(feed, "updated", _stamp(max((item["date"] for item in items), default=None)))
    for item in items:
        element = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _text(element, "id", hub.absolute(item["url"]))
        _text(element, "title", item["title"])
        _text(element, "updated", _stamp(item["date"]))
        _link(element, hub.absolute(item["url"]))
        _author(element, union["title"])
        if item["summary"]:
            _text(element, "summary", item["summary"])
        _html(element, item["html"], item["lang"], hub.absolute(item["url"]))
    return _bytes(feed)


def library_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest documents of a library."""
    library: Mapping[str, Any] = page.facts["library"]
    entries = page.facts["entries"]
    feed = _feed(hub, library["url"], page.url, library["title"], page.lang)
    _text(feed, "updated", _stamp(max((entry["date"] for entry in entries), default=None)))
    for entry in entries:
        element = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _text(element, "id", f"urn:solicomm:{entry['id']}")
        _text(element, "title", entry["title"])
        _text(element, "updated", _stamp(entry["date"]))
        _link(element, hub.url + entry["url"])
        for name in entry["creators"] or (library["title"],):
            _author(element, name)
        if entry["summary"]:
            _text(element, "summary", entry["summary"])
    return _bytes(feed)


def sitemap(page: Page, hub: HubFacts) -> bytes:
    """The addresses of a site (sitemaps.org 0.9), each with its versions in other languages."""
    ET.register_namespace("xhtml", _XHTML)
    root = ET.Element("urlset", {"xmlns": _SITEMAP})
    for versions in page.facts["groups"]:
        for _, url in versions:
            element = ET.SubElement(root, "url")
            ET.SubElement(element, "loc").text = hub.absolute(url)
            for lang, other in versions if len(versions) > 1 else ():
                attributes = {"rel": "alternate", "hreflang": lang, "href": hub.absolute(other)}
                ET.SubElement(element, f"{{{_XHTML}}}link", attributes)
    return _bytes(root)


def _feed(hub: HubFacts, url: str, own: str, title: str, lang: str) -> ET.Element:
    feed = ET.Element(f"{{{_ATOM}}}feed", {f"{{{_XML}}}lang": lang})
    _text(feed, "id", hub.absolute(url))
    _text(feed, "title", title or "–")
    _link(feed, hub.absolute(url))
    _link(feed, hub.absolute(own), rel="self", type="application/atom+xml")
    _text(feed, "generator", "SoliComm")
    return feed


def _post(
    feed: ET.Element, entry: Mapping[str, Any], hub: HubFacts, about: ConferenceFacts
) -> None:
    element = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(element, "id", f"{hub.url}{about.url}#{entry['mid']}")
    _text(element, "title", entry["title"] or "–")
    _text(element, "updated", _stamp(entry["date"]))
    _text(element, "published", _stamp(entry["date"]))
    _link(element, hub.url + entry["url"])
    _author(element, entry["name"])
    for parent in entry["parents"][:1]:
        reference = f"{hub.url}{about.url}#{parent}"
        ET.SubElement(element, f"{{{_THREAD}}}in-reply-to", {"ref": reference})
    _html(element, entry["html"], entry["lang"], hub.url + entry["url"])


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}").text = _allowed(text)


def _link(parent: ET.Element, href: str, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"href": href, **attributes})


def _author(parent: ET.Element, name: str) -> None:
    _text(ET.SubElement(parent, f"{{{_ATOM}}}author"), "name", name or "–")


def _html(parent: ET.Element, html: str, lang: str, base: str) -> None:
    """The page's HTML; its relative links are those of the page at `base` (RFC 4287 2)."""
    attributes = {"type": "html", f"{{{_XML}}}base": base} | (
        {f"{{{_XML}}}lang": lang} if lang else {}
    )
    ET.SubElement(parent, f"{{{_ATOM}}}content", attributes).text = _allowed(html)


def _allowed(text: str) -> str:
    """Only characters that XML 1.0 (2.2) allows."""
    return _FORBIDDEN.sub("", text)


def _stamp(moment: datetime.date | None) -> str:
    if moment is None:
        return "1970-01-01T00:00:00Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _bytes(feed: ET.Element) -> bytes:
    data: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return data + b"\n"
