"""A podcast as RSS 2.0, with the fields that programs for podcasts read. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape, quoteattr

from solicomm_build.foundation import characters
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import ConferenceFacts

_NO_XML = characters.any_of(
    characters.TEXT_CONTROLS, characters.SURROGATES, characters.NO_CHARACTERS
)
"""What an XML 1.0 document must not hold."""
_SPACES = (
    ' xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


@dataclass(frozen=True, slots=True)
class Episode:
    """A recording: `page` is its post's address, `sound` where the octets are, `time` in seconds
    since 1970, `length` as `2:05` or empty."""

    title: str
    author: str
    page: str
    time: int
    sound: str
    kind: str
    octets: int
    length: str
    file: str


def feed(about: ConferenceFacts, own: str, hub: str, episodes: Iterable[Episode]) -> bytes:
    """The feed of a conference at the address `own`, newest first, in UTF-8."""
    title = gettext(about.lang, "%(conference)s: recordings", conference=about.title)
    link = f"{hub}{about.url}"
    head = [
        _element("title", title),
        _element("link", link),
        _element("description", about.description or about.title),
        _element("language", about.lang),
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(own)}/>',
        _element("itunes:author", about.title),
        "<itunes:explicit>false</itunes:explicit>",
    ]
    items = "".join(_item(one, about.lang) for one in episodes)
    body = "\n".join(head) + f"\n{items}"
    text = (
        f'<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"{_SPACES}>\n'
        f"<channel>\n{body}</channel>\n</rss>\n"
    )
    return text.encode("utf-8")


def _item(one: Episode, lang: str) -> str:
    title = one.title or gettext(lang, "(no subject)")
    rows = [
        _element("title", f"{title} ({one.author})" if one.author else title),
        _element("link", one.page),
        f'<guid isPermaLink="false">{_text(one.sound)}</guid>',
        _element("pubDate", format_datetime(datetime.fromtimestamp(one.time, UTC), usegmt=True)),
        _element("dc:creator", one.author) if one.author else "",
        _element("description", one.file),
        f"<enclosure url={quoteattr(_clean(one.sound))} length={quoteattr(str(one.octets))}"
        f" type={quoteattr(_clean(one.kind))}/>",
        _element("itunes:duration", one.length) if one.length else "",
    ]
    return "<item>\n" + "\n".join(filter(None, rows)) + "\n</item>\n"


def _element(name: str, text: str) -> str:
    return f"<{name}>{_text(text)}</{name}>"


def _text(text: str) -> str:
    return escape(_clean(text))


def _clean(text: str) -> str:
    return _NO_XML.sub(" ", text)
