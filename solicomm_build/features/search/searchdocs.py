"""The documents of the search, from the same state and the same parse memo as the pages.

Posts come in the order of their arrival, which only ever grows at its end while nothing is
erased. The pages of other sections and the hub's own are read as published, so the search finds
what a reader sees there and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from solicomm_build.builder import hooks
from solicomm_build.builder.apart import watching
from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.parse import HIDDEN, PARSER_VERSION, Texts
from solicomm_build.builder.conferences.threads import shown_subject
from solicomm_build.builder.contents import Contents, conference_facts
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search.engine.analyser import latin
from solicomm_build.features.search.engine.document import Document, PlaceName, Row, snippet
from solicomm_build.features.search.searchlisting import KEY, Listing
from solicomm_build.features.search.texts import searchtext
from solicomm_build.features.search.texts.searchfiles import DocumentTexts, Part, card_of, part_of
from solicomm_build.features.search.texts.searchtext import PageText
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.reading.topicpages import FIRST_PAGE, PAGE_POSTS

VERSION = f"7 {PARSER_VERSION}"
"""Raised when the same post or page would be indexed otherwise."""

SHOWN = "public"
"""The visibility whose documents are found by everybody."""

_AT_ONCE = 200


class _Post(NamedTuple):
    """A post before its text is read."""

    blob: str
    time: int
    subject: str
    name: str
    lang: str
    topic: str


class Posts:
    """The posts of the conferences that everybody may read; with `only`, of this one, whoever may
    read it."""

    def __init__(
        self, sources: Sources, config: Config, found: Contents, *, only: str = ""
    ) -> None:
        self._sources, self._only = sources, only
        self._repos = {
            f"conferences/{name}": place.repo
            for name, place in found.conferences.items()
            if name == only or (not only and place.settings.visibility == SHOWN)
        }
        self._langs = {
            name: conference_facts(config, name, place.settings).lang
            for name, place in found.conferences.items()
        }
        self._latins: dict[str, str] = {}

    def listing(self) -> Listing:
        """All of them, in the order of arrival: (receipt, conference, mid)."""
        pages = dict(self._pages())
        rows = self._sources.db.execute(
            "SELECT conf, mid, blob, time, subject, name, lang, topic, hidden FROM post"
            " WHERE conf=? OR ?='' ORDER BY receipt, conf, mid",
            (self._only, self._only),
        )
        listing = Listing()
        for conf, mid, blob, time, subject, name, lang, topic, hidden in rows:
            place = f"conferences/{conf}"
            if place not in self._repos:
                continue
            found = f"{mid}/{pages[conf, mid]}" if (conf, mid) in pages else mid
            tongue = lang or self._langs[conf]
            spoken = f"{self._latin(tongue)}\0{tongue}"
            indexed = f"{VERSION}\0{conf}\0{mid}\0{blob}\0{time}\0{hidden}\0{spoken}"
            key = shown = _key(indexed)
            if not hidden:
                url = _address(topic, found)
                shown = _key(f"{indexed}\0{url}\0{subject}\0{name}\0{lang}")
            listing.add(_key(f"{conf}\0{mid}"), key, shown, place, found, gone=bool(hidden))
        return listing

    def _latin(self, lang: str) -> str:
        if lang not in self._latins:
            self._latins[lang] = latin(lang)
        return self._latins[lang]

    def _pages(self) -> Iterator[tuple[tuple[str, str], int]]:
        """((conference, mid), page) of posts beyond the first page of their topic."""
        long = self._sources.db.execute(
            "SELECT conf, topic FROM post GROUP BY conf, topic HAVING SUM(weight)>? OR COUNT(*)>?",
            (FIRST_PAGE, PAGE_POSTS),
        ).fetchall()
        for conf, topic in long:
            for mid, page in Lookup(self._sources.db, conf).pages(topic).items():
                if page > 1:
                    yield (conf, mid), page

    def documents(
        self, listing: Listing, numbers: Sequence[int] | None = None
    ) -> Iterator[Document | None]:
        """The texts of these, else of all, in this order; None for one that is gone."""
        wanted = range(len(listing)) if numbers is None else numbers
        for low in range(0, len(wanted), _AT_ONCE):
            part = wanted[low : low + _AT_ONCE]
            by_place: dict[str, list[str]] = {}
            for number in part:
                if not listing.gone(number):
                    mid = listing.name(number).partition("/")[0]
                    by_place.setdefault(listing.place(number), []).append(mid)
            posts = {place: self._posts(place, mids) for place, mids in by_place.items()}
            texts = {
                place: Texts(self._sources.db, self._sources.reader(self._repos[place])).many(
                    [post.blob for post in of_place.values()]
                )
                for place, of_place in posts.items()
            }
            for number in part:
                place, found = listing.place(number), listing.name(number)
                post = posts.get(place, {}).get(found.partition("/")[0])
                if listing.gone(number) or post is None:
                    yield None
                    continue
                html = texts[place].get(post.blob, HIDDEN).html
                yield watched(listing, number, partial(self._document, place, found, post, html))

    def _document(self, place: str, found: str, post: _Post, html: str) -> Document:
        lang = post.lang or self._langs[place.removeprefix("conferences/")]
        text = searchtext.of_post(html)
        row = Row(
            shown_subject(post.subject),
            post.name,
            post.time,
            _address(post.topic, found),
            place,
            lang,
            snippet(text),
        )
        return Document(row, text, latin(lang))

    def _posts(self, place: str, mids: Sequence[str]) -> dict[str, _Post]:
        rows = self._sources.db.execute(
            "SELECT mid, blob, time, subject, name, lang, topic FROM post"  # noqa: S608 - marks only
            f" WHERE conf=? AND mid IN ({','.join('?' * len(mids))})",
            (place.removeprefix("conferences/"), *mids),
        )
        return {mid: _Post(*row) for mid, *row in rows}


class Pages:
    """Pages of the hub's sections and its own, as they are published."""

    def __init__(self, sources: Sources, config: Config, found: Contents) -> None:
        self._sources = sources
        self._public = config.public
        self._fronts = {"index.html", *(f"{lang}/index.html" for lang in config.languages)}
        self._shown = [one for one in hooks.findable(found) if one.is_public]
        self._texts = DocumentTexts(config.public, config.state)
        self._read: tuple[str, PageText | None] = ("", None)

    def cards(self) -> Listing:
        """The documents of sections that grow at their end, in the order in which they came: the
        page of each, and the pages of its texts."""
        found: list[tuple[int, str, int, str, str]] = []
        for one in self._shown:
            if one.arrivals is None:
                continue
            outputs = dict(
                self._sources.db.execute(
                    "SELECT path, sha256 FROM output WHERE section=?", (one.section,)
                )
            )
            texts = self._texts.beside(outputs)
            for added, path in one.arrivals(self._sources):
                if path not in outputs:
                    continue
                found.append((added, path, 0, outputs[path], one.place))
                for text in texts.get(path, ()):
                    both = f"{outputs[path]}{outputs[text]}"
                    parts = self._texts.parts(text, outputs[text])
                    found += [
                        (added, part.path, part.number + 1, both, one.place) for part in parts
                    ]
        self._texts.keep()
        listing = Listing()
        for _, path, page, sha256, place in sorted(found):
            name = Part(path, page - 1).name if page else path
            key = _key(f"{VERSION}\0{name}\0{sha256}")
            listing.add(_key(name), key, key, place, name)
        return listing

    def listing(self) -> Listing:
        """The other pages, in the order of their addresses."""
        places = {one.section: one.place for one in self._shown if one.arrivals is None}
        places["hub"] = ""
        growing = {one.section.partition(":")[0] for one in self._shown if one.arrivals}
        but = " AND ".join("section NOT GLOB ?" for _ in ("conference", *growing))
        rows = self._sources.db.execute(
            f"SELECT path, section, sha256 FROM output WHERE {but} ORDER BY path",  # noqa: S608 - marks only
            [f"{kind}:*" for kind in ("conference", *growing)],
        )
        listing = Listing()
        for path, section, sha256 in rows:
            if section not in places or not path.endswith("index.html"):
                continue
            if path in self._fronts:  # lists of what is found itself
                continue
            key = _key(f"{VERSION}\0{path}\0{sha256}")
            listing.add(_key(path), key, key, places[section], path)
        return listing

    def documents(
        self, listing: Listing, numbers: Sequence[int] | None = None
    ) -> Iterator[Document | None]:
        """The texts of these, else of all, in this order; None for one that asks not to be
        found."""
        for number in range(len(listing)) if numbers is None else numbers:
            name, place = listing.name(number), listing.place(number)
            yield watched(listing, number, partial(self._of, name, place))

    def _of(self, name: str, place: str) -> Document | None:
        part = part_of(name)
        card = self._page(card_of(part.path) if part else name)
        if card is None:
            return None
        path, page = self._texts.read(part, card) if part else (name, card)
        url = path.removesuffix("index.html").removeprefix(f"{place}/" if place else "")
        row = Row(page.title, "", page.time, url, place, page.lang, snippet(page.text))
        return Document(row, page.text, latin(page.lang))

    def _page(self, path: str) -> PageText | None:
        """What a published page says; the last one is at hand."""
        if self._read[0] != path:
            try:
                html = (self._public / path).read_text("utf-8", "replace")
            except OSError:
                html = ""
            self._read = (path, searchtext.of_page(html))
        return self._read[1]


def mark_of(listing: Listing, number: int) -> str:
    """What the search calls a document that it is at."""
    return f"search:{listing.place(number)}/{listing.name(number)}"


def watched(listing: Listing, number: int, work: Callable[[], Document | None]) -> Document | None:
    """What `work` makes of a document; None for one that held the search and is set aside."""
    watch, mark = watching.here(), mark_of(listing, number)
    if watch.is_aside(mark):
        return None
    with watch.item(mark):
        hold("search", mark.encode())
        return work()


def places(config: Config, found: Contents) -> Mapping[str, PlaceName]:
    """What is shown of the places that documents are in."""
    named = {"": PlaceName("hub", {config.languages[0]: config.name})}
    for name, conference in found.conferences.items():
        kind = "list" if conference.settings.is_list else "conference"
        named[f"conferences/{name}"] = PlaceName(kind, dict(conference.settings.title))
    for one in hooks.findable(found):
        named[one.place] = PlaceName(one.kind, dict(one.title))
    return named


def _address(topic: str, found: str) -> str:
    """Where a post is shown, below its conference: `found` is its id, and its page if that is not
    the topic's first."""
    mid, _, page = found.partition("/")
    folder = f"t/{topic}/page/{page}/" if page else f"t/{topic}/"
    return f"{folder}#" if topic == mid else f"{folder}#{mid}"


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY).digest()
