"""The posts that can be found, from the same state and the same parse memo as the pages: what is
listed of each, and its text when it is indexed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.parse import HIDDEN, Texts
from solicomm_build.builder.conferences.threads import shown_subject
from solicomm_build.builder.contents import Contents, conference_facts
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search.engine.analyser import latin
from solicomm_build.features.search.engine.document import Document, Row, snippet
from solicomm_build.features.search.searchdocs import VERSION, watched
from solicomm_build.features.search.searchlisting import Listing, key_of
from solicomm_build.features.search.texts import searchtext
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.reading.topicpages import FIRST_PAGE, PAGE_POSTS

SHOWN = "public"
"""The visibility whose documents are found by everybody."""

AT_ONCE = 200
"""Posts that are asked for in one go."""

Mids = tuple[str, str]
"""A conference and the id of a post in it."""


class Post(NamedTuple):
    """A post before its text is read: times in seconds, `hidden` above 0 when nobody may read
    it."""

    receipt: int
    blob: str
    time: int
    subject: str
    name: str
    lang: str
    topic: str
    hidden: int


class Item(NamedTuple):
    """What is listed of a post: its place in the order of arrival (receipt in seconds, conference,
    id), what its source finds it by, and the rest as in a `Listing`."""

    order: tuple[int, str, str]
    name: str
    gone: bool
    key: bytes
    shown: bytes

    @property
    def id(self) -> bytes:
        """Which post it is."""
        _, conf, mid = self.order
        return key_of(f"{conf}\0{mid}")


class Posts:
    """The posts of the conferences that everybody may read; with `only`, of this one, whoever may
    read it."""

    def __init__(
        self, sources: Sources, config: Config, found: Contents, *, only: str = ""
    ) -> None:
        self._sources = sources
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

    @property
    def db(self) -> sqlite3.Connection:
        """The state they are read from."""
        return self._sources.db

    @property
    def frame(self) -> str:
        """A hash of what says the same of every post: with another one all are listed anew."""
        said = [(name, self._spoken(self._langs[name])) for name in self.conferences]
        return hashlib.blake2b(repr((VERSION, said)).encode(), digest_size=16).hexdigest()

    @property
    def conferences(self) -> list[str]:
        """The conferences they are in."""
        return sorted(place.removeprefix("conferences/") for place in self._repos)

    def in_order(self) -> Iterator[tuple[int, str, str]]:
        """All of them: (receipt, conference, id)."""
        marks = ",".join("?" * len(self._repos))
        return iter(
            self.db.execute(
                f"SELECT receipt, conf, mid FROM post WHERE conf IN ({marks})"  # noqa: S608 - marks only
                " ORDER BY receipt, conf, mid",
                self.conferences,
            )
        )

    def beyond(self) -> dict[Mids, int]:
        """The page of each post beyond the first page of its topic."""
        found: dict[Mids, int] = {}
        for conf in self.conferences:
            long = self.db.execute(
                "SELECT topic FROM post WHERE conf=? GROUP BY topic"
                " HAVING SUM(weight)>? OR COUNT(*)>?",
                (conf, FIRST_PAGE, PAGE_POSTS),
            ).fetchall()
            for (topic,) in long:
                pages = Lookup(self.db, conf).pages(topic)
                found |= {(conf, mid): page for mid, page in pages.items() if page > 1}
        return found

    def rows(self, conf: str, mids: Sequence[str]) -> dict[str, Post]:
        """These posts of a conference; some are not there."""
        if f"conferences/{conf}" not in self._repos:
            return {}
        found: dict[str, Post] = {}
        for low in range(0, len(mids), AT_ONCE):
            some = mids[low : low + AT_ONCE]
            rows = self.db.execute(
                "SELECT mid, receipt, blob, time, subject, name, lang, topic, hidden FROM post"  # noqa: S608 - marks only
                f" WHERE conf=? AND mid IN ({','.join('?' * len(some))})",
                (conf, *some),
            )
            found |= {mid: Post(*row) for mid, *row in rows}
        return found

    def pages(self, conf: str, topic: str) -> dict[str, int]:
        """The page of each post of a topic, in the order in which they are read."""
        return Lookup(self.db, conf).pages(topic)

    def item(self, conf: str, mid: str, post: Post, page: int) -> Item:
        """What is listed of a post that stands on this page of its topic."""
        name = f"{mid}/{page}" if page > 1 else mid
        spoken = self._spoken(post.lang or self._langs[conf])
        indexed = f"{VERSION}\0{conf}\0{mid}\0{post.blob}\0{post.time}\0{post.hidden}\0{spoken}"
        key = shown = key_of(indexed)
        if not post.hidden:
            url = _address(post.topic, name)
            shown = key_of(f"{indexed}\0{url}\0{post.subject}\0{post.name}\0{post.lang}")
        return Item((post.receipt, conf, mid), name, bool(post.hidden), key, shown)

    def documents(
        self, listing: Listing, numbers: Sequence[int] | None = None
    ) -> Iterator[Document | None]:
        """The texts of these, else of all, in this order; None for one that is gone."""
        wanted = range(len(listing)) if numbers is None else numbers
        for low in range(0, len(wanted), AT_ONCE):
            part = wanted[low : low + AT_ONCE]
            by_place: dict[str, list[str]] = {}
            for number in part:
                if not listing.gone(number):
                    mid = listing.name(number).partition("/")[0]
                    by_place.setdefault(listing.place(number), []).append(mid)
            posts = {
                place: self.rows(place.removeprefix("conferences/"), mids)
                for place, mids in by_place.items()
            }
            texts = {
                place: Texts(self.db, self._sources.reader(self._repos[place])).many(
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

    def _document(self, place: str, found: str, post: Post, html: str) -> Document:
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

    def _spoken(self, lang: str) -> str:
        if lang not in self._latins:
            self._latins[lang] = latin(lang)
        return f"{self._latins[lang]}\0{lang}"


def _address(topic: str, name: str) -> str:
    """Where a post is shown, below its conference: `name` is its id, and its page if that is not
    the topic's first."""
    mid, _, page = name.partition("/")
    folder = f"t/{topic}/page/{page}/" if page else f"t/{topic}/"
    return f"{folder}#" if topic == mid else f"{folder}#{mid}"
