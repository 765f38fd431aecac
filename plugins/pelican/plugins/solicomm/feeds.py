"""Atom feeds (RFC 4287) with threading (RFC 4685), and sitemaps.

A feed is put together as text: there is one for every topic, and a tree of elements would take
longer than all that is in it.
"""

from __future__ import annotations

import datetime
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Mapping
from typing import Any

from solicomm_build.post.pages import ConferenceFacts, HubFacts, Page

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEAD = "<?xml version='1.0' encoding='utf-8'?>\n"
_ATOM = 'xmlns="http://www.w3.org/2005/Atom"'
_THREAD = 'xmlns:thr="http://purl.org/syndication/thread/1.0"'
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML = "http://www.w3.org/1999/xhtml"


def conference_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest posts of a conference, newest first."""
    about: ConferenceFacts = page.facts["conference"]
    entries = page.facts["entries"]
    return _feed(
        hub,
        about.url,
        page,
        about.title,
        _text("updated", _stamp(max((entry["date"] for entry in entries), default=None))),
        (_post(entry, hub, about) for entry in entries),
    )


def topic_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest posts of a topic, newest first; entries are called as in the conference's feed, so
    a reader of both shows each post once."""
    about: ConferenceFacts = page.facts["conference"]
    entries = page.facts["entries"]
    updated = _stamp(max((entry["date"] for entry in entries), default=None))
    return _feed(
        hub,
        page.facts["place"],
        page,
        page.title,
        _text("subtitle", about.title) + _text("updated", updated),
        (_post(entry, hub, about) for entry in entries),
    )


def news_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest news of a union."""
    union: Mapping[str, Any] = page.facts["union"]
    items = page.facts["items"]
    return _feed(
        hub,
        union["url"],
        page,
        union["title"],
        _text("updated", _stamp(max((item["date"] for item in items), default=None))),
        (
            _entry(
                _text("id", hub.absolute(item["url"])),
                _text("title", item["title"]),
                _text("updated", _stamp(item["date"])),
                _link(hub.absolute(item["url"])),
                _author(union["title"]),
                _text("summary", item["summary"]) if item["summary"] else "",
                _html(item["html"], item["lang"], hub.absolute(item["url"])),
            )
            for item in items
        ),
    )


def library_feed(page: Page, hub: HubFacts) -> bytes:
    """The newest documents of a library."""
    library: Mapping[str, Any] = page.facts["library"]
    entries = page.facts["entries"]
    return _feed(
        hub,
        library["url"],
        page,
        library["title"],
        _text("updated", _stamp(max((entry["date"] for entry in entries), default=None))),
        (
            _entry(
                _text("id", f"urn:solicomm:{entry['id']}"),
                _text("title", entry["title"]),
                _text("updated", _stamp(entry["date"])),
                _link(hub.url + entry["url"]),
                *map(_author, entry["creators"] or (library["title"],)),
                _text("summary", entry["summary"]) if entry["summary"] else "",
            )
            for entry in entries
        ),
    )


def sitemap(page: Page, hub: HubFacts) -> bytes:
    """The addresses of a site (sitemaps.org 0.9), each with its last change, where that is
    known, and its versions in other languages."""
    ET.register_namespace("xhtml", _XHTML)
    root = ET.Element("urlset", {"xmlns": _SITEMAP})
    for versions in page.facts["groups"]:
        for _, url in versions:
            element = ET.SubElement(root, "url")
            ET.SubElement(element, "loc").text = hub.absolute(url)
            if changed := page.facts["changed"].get(url):
                ET.SubElement(element, "lastmod").text = changed
            for lang, other in versions if len(versions) > 1 else ():
                attributes = {"rel": "alternate", "hreflang": lang, "href": hub.absolute(other)}
                ET.SubElement(element, f"{{{_XHTML}}}link", attributes)
    data: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _feed(
    hub: HubFacts, url: str, page: Page, title: str, more: str, entries: Iterable[str]
) -> bytes:
    """The feed at `page` of what is read at `url`. Characters that XML 1.0 does not allow (2.2) are
    left out."""
    parts = [
        _text("id", hub.absolute(url)),
        _text("title", title or "–"),
        _link(hub.absolute(url)),
        _link(hub.absolute(page.url), ' rel="self" type="application/atom+xml"'),
        _text("generator", "SoliComm"),
        more,
        *entries,
    ]
    inner = "".join(parts)
    threaded = f" {_THREAD}" if "<thr:" in inner else ""
    feed = f'<feed {_ATOM}{threaded} xml:lang="{_quoted(page.lang)}">{inner}</feed>\n'
    return (_HEAD + _FORBIDDEN.sub("", feed)).encode()


def _post(entry: Mapping[str, Any], hub: HubFacts, about: ConferenceFacts) -> str:
    place, stamp = hub.url + about.url, _stamp(entry["date"])
    return _entry(
        _text("id", f"{place}#{entry['mid']}"),
        _text("title", entry["title"] or "–"),
        _text("updated", stamp),
        _text("published", stamp),
        _link(hub.url + entry["url"]),
        _author(entry["name"]),
        *(f'<thr:in-reply-to ref="{_quoted(f"{place}#{mid}")}" />' for mid in entry["parents"][:1]),
        _html(entry["html"], entry["lang"], hub.url + entry["url"]),
    )


def _entry(*parts: str) -> str:
    return f"<entry>{''.join(parts)}</entry>"


def _text(name: str, text: str) -> str:
    return f"<{name}>{_escaped(text)}</{name}>" if text else f"<{name} />"


def _link(href: str, more: str = "") -> str:
    return f'<link href="{_quoted(href)}"{more} />'


def _author(name: str) -> str:
    return f"<author>{_text('name', name or '–')}</author>"


def _html(html: str, lang: str, base: str) -> str:
    """The page's HTML; its relative links are those of the page at `base` (RFC 4287 2)."""
    spoken = f' xml:lang="{_quoted(lang)}"' if lang else ""
    head = f'content type="html" xml:base="{_quoted(base)}"{spoken}'
    return f"<{head}>{_escaped(html)}</content>" if html else f"<{head} />"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _quoted(text: str) -> str:
    """An attribute's value (XML 1.0, 3.3.3: white space as references, so that it stays)."""
    text = _escaped(text).replace('"', "&quot;").replace("\r", "&#13;")
    return text.replace("\n", "&#10;").replace("\t", "&#09;")


def _stamp(moment: datetime.date | None) -> str:
    if moment is None:
        return "1970-01-01T00:00:00Z"
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
