"""The documents of the search, from the same state and the same parse memo as the pages.

Posts come in the order of their arrival, which only ever grows at its end while nothing is
erased. Library cards, union pages and the hub's own are read from the pages as published, so the
search finds what a reader sees there and nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from solicomm_build.config import Config
from solicomm_build.pipeline import searchtext
from solicomm_build.pipeline.contents import Contents, conference_facts
from solicomm_build.pipeline.lookup import POSTS_A_PAGE
from solicomm_build.pipeline.parse import HIDDEN, PARSER_VERSION, Texts
from solicomm_build.pipeline.sources import Sources
from solicomm_build.pipeline.threads import shown_subject
from solicomm_build.search.analyser import latin
from solicomm_build.search.document import Document, PlaceName, Row, snippet

VERSION = f"5 {PARSER_VERSION}"
"""Raised when the same post or page would be indexed otherwise."""

SHOWN = "public"
"""The visibility whose documents are found by everybody."""

_AT_ONCE = 200


class Item(NamedTuple):
    """A document before its text is read. `key` (8 octets) changes with all that is indexed of it,
    `shown` with all that a result shows; `gone` keeps the number of one that is hidden. A named
    tuple because a hundred thousand are made for every new post."""

    id: bytes
    key: bytes
    shown: bytes
    place: str
    url: str
    time: int
    gone: bool
    source: str  # the post's blob, or the page's file
    lang: str
    title: str = ""
    author: str = ""


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

    def listing(self) -> list[Item]:
        """All of them, in the order of arrival: (receipt, conference, mid)."""
        db = self._sources.db
        pages = dict(self._pages())
        rows = db.execute(
            "SELECT conf, mid, blob, time, subject, name, lang, topic, hidden FROM post"
            " WHERE conf=? OR ?='' ORDER BY receipt, conf, mid",
            (self._only, self._only),
        )
        latins = {lang: latin(lang) for lang in self._langs.values()}
        items = []
        for conf, mid, blob, time, subject, name, lang, topic, hidden in rows:
            place = f"conferences/{conf}"
            if place not in self._repos:
                continue
            number = pages.get((conf, mid), 1) if pages else 1
            url = f"t/{topic}/" if number == 1 else f"t/{topic}/page/{number}/"
            url += "#" if topic == mid else f"#{mid}"
            spoken = lang or self._langs[conf]
            if spoken not in latins:
                latins[spoken] = latin(spoken)
            indexed = f"{VERSION}\0{conf}\0{mid}\0{blob}\0{time}\0{hidden}\0{latins[spoken]}"
            key = shown = _key(indexed)
            if not hidden:
                shown = _key(f"{indexed}\0{url}\0{subject}\0{name}\0{lang}")
            items.append(
                Item(
                    _key(f"{conf}\0{mid}"), key, shown, place, url, time, bool(hidden), blob,
                    spoken, subject, name,
                )
            )  # fmt: skip
        return items

    def _pages(self) -> Iterator[tuple[tuple[str, str], int]]:
        """((conference, mid), page) of posts beyond the first page of their topic."""
        long = self._sources.db.execute(
            "SELECT conf, tid FROM topic WHERE posts>?", (POSTS_A_PAGE,)
        ).fetchall()
        for conf, tid in long:
            rows = self._sources.db.execute(
                "SELECT mid FROM post WHERE conf=? AND topic=? ORDER BY time, mid", (conf, tid)
            )
            for number, (mid,) in enumerate(rows):
                if number >= POSTS_A_PAGE:
                    yield (conf, mid), number // POSTS_A_PAGE + 1

    def documents(self, items: Sequence[Item]) -> Iterator[Document | None]:
        """Their texts, in order; None for one that is gone."""
        for low in range(0, len(items), _AT_ONCE):
            part = items[low : low + _AT_ONCE]
            by_place: dict[str, list[str]] = {}
            for item in part:
                if not item.gone:
                    by_place.setdefault(item.place, []).append(item.source)
            parsed = {
                place: Texts(self._sources.db, self._sources.reader(self._repos[place])).many(blobs)
                for place, blobs in by_place.items()
            }
            for item in part:
                if item.gone:
                    yield None
                    continue
                html = parsed[item.place].get(item.source, HIDDEN).html
                text = searchtext.of_post(html)
                row = Row(
                    shown_subject(item.title), item.author, item.time, item.url, item.place,
                    item.lang, snippet(text),
                )  # fmt: skip
                yield Document(row, text, latin(item.lang))


class Pages:
    """Library cards, pages of unions and the hub's own, as they are published."""

    def __init__(self, sources: Sources, config: Config, found: Contents) -> None:
        self._sources = sources
        self._public = config.public
        self._passed = {"index.html", "search/index.html"} | {
            f"{lang}/{path}"
            for lang in config.languages
            for path in ("index.html", "search/index.html")
        }
        self._shown = (
            {f"library:{name}" for name, place in found.libraries.items()
             if place.settings.visibility == SHOWN}
            | {f"union:{name}" for name in found.unions} | {"hub"}
        )  # fmt: skip

    def cards(self) -> list[Item]:
        """The cards of the public libraries, in the order in which they came."""
        outputs = dict(
            self._sources.db.execute(
                "SELECT path, sha256 FROM output WHERE section GLOB 'library:*'"
            )
        )
        found = []
        for section in sorted(self._shown):
            kind, _, name = section.partition(":")
            for row in self._sources.cards.lines(name) if kind == "library" else ():
                path = f"libraries/{name}/{row.key}/index.html"
                if path in outputs:
                    found.append((row.added, path, outputs[path], f"libraries/{name}", row.key))
        return [
            Item(_key(path), key, key, place, f"{name}/", 0, False, path, "")
            for _, path, sha256, place, name in sorted(found)
            for key in (_key(f"{VERSION}\0{path}\0{sha256}"),)
        ]

    def listing(self) -> list[Item]:
        """The pages of unions and the hub's own, in the order of their addresses."""
        rows = self._sources.db.execute(
            "SELECT path, section, sha256 FROM output WHERE section NOT GLOB 'conference:*'"
            " AND section NOT GLOB 'library:*' ORDER BY path"
        )
        items = []
        for path, section, sha256 in rows:
            if section not in self._shown or not path.endswith("index.html"):
                continue
            if path in self._passed:  # the hub's front pages: lists of what is found itself
                continue
            kind, _, name = section.partition(":")
            place = f"unions/{name}" if kind == "union" else ""
            url = path.removesuffix("index.html").removeprefix(f"{place}/" if place else "")
            key = _key(f"{VERSION}\0{path}\0{sha256}")
            items.append(Item(_key(path), key, key, place, url, 0, False, path, ""))
        return items

    def documents(self, items: Sequence[Item]) -> Iterator[Document | None]:
        """Their texts, in order; None for one that asks not to be found."""
        for item in items:
            try:
                html = (self._public / item.source).read_text("utf-8", "replace")
            except OSError:
                yield None
                continue
            page = searchtext.of_page(html)
            if page is None:
                yield None
                continue
            row = Row(
                page.title, "", page.time, item.url, item.place, page.lang, snippet(page.text)
            )
            yield Document(row, page.text, latin(page.lang))


def places(config: Config, found: Contents) -> Mapping[str, PlaceName]:
    """What is shown of the places that documents are in."""
    named = {"": PlaceName("hub", {config.languages[0]: config.name})}
    for name, conference in found.conferences.items():
        kind = "list" if conference.settings.is_list else "conference"
        named[f"conferences/{name}"] = PlaceName(kind, dict(conference.settings.title))
    for name, library in found.libraries.items():
        named[f"libraries/{name}"] = PlaceName("library", dict(library.settings.title))
    for name, union in found.unions.items():
        named[f"unions/{name}"] = PlaceName("union", dict(union.settings.title))
    return named


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
