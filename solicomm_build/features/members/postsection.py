"""What a member wrote in conferences and lists, in My hub: the newest posts with their links.

A post is the member's when the mail behind it, in `mail.git`, names as its author an address that
was the member's then; a name alone says nothing. Only the page of the section looks, at the newest
posts and at no more than `MOST_POSTS` and `MOST_OCTETS` of them. What lies further back, `mydata`
has.
"""

from __future__ import annotations

import contextlib
import heapq
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from solicomm_build.features.members import built
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people.moved import along
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import mailstore, ownmail
from solicomm_build.web.mine.forms import text, way
from solicomm_build.web.mine.section import HOME, Section, Visit
from solicomm_build.web.mine.topicrow import TopicRow, listed

SHOWN = 20
"""Posts on the page."""
MOST_POSTS = 3000
"""Posts, whoever wrote them, that are looked at for one page."""
MOST_OCTETS = 64 * 1024 * 1024
"""Octets of mail that are read for one page; the message in which they end counts."""
_TOGETHER = 500
_NEWEST = (
    "SELECT time, conf, mid, topic, subject FROM post WHERE conf = ? AND hidden = 0"
    " ORDER BY time DESC, mid DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class _Post:
    """A post that can be read; `at` is in seconds since 1970."""

    at: int
    conference: str
    mid: str
    topic: str
    subject: str


@dataclass(slots=True)
class _Found:
    """The member's posts, and whether older ones were left out."""

    posts: list[_Post] = field(default_factory=list)
    is_cut: bool = False


class Posts(Section):
    """What the member wrote."""

    name, rank = "posts", 33

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My posts")

    def short(self, visit: Visit) -> str:
        """What its page has; nothing is looked for here."""
        return text(gettext(visit.lang, "The newest that you wrote in conferences and lists."))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The posts, the newest first, and the way to all."""
        if rest:
            return None
        found, lang = self._found(visit), visit.lang
        inside = listed(lang, (self._row(visit, one) for one in found.posts))
        if not inside and not found.is_cut:
            inside = text(gettext(lang, "There is nothing that you wrote from this address."))
        elif found.is_cut and len(found.posts) < SHOWN:
            inside += text(gettext(lang, "Only the newest posts of all were looked at."))
        more = gettext(lang, "More: have all that you wrote sent to you")
        return self.title(visit), inside + way(f"{HOME}data/", more)

    def _row(self, visit: Visit, one: _Post) -> TopicRow:
        place = visit.settings[one.conference].title_in(visit.lang)
        return TopicRow(one.conference, one.topic, one.subject, place, at=one.at, post=one.mid)

    def _found(self, visit: Visit) -> _Found:
        candidates = self._newest(visit)
        found = _Found(is_cut=len(candidates) > MOST_POSTS)
        with self.readers.looking() as roster:
            had = along.had_when(roster, visit.number)
        octets = 0
        with ExitStack() as readers:
            for one, raw in _mails(self.config, readers, candidates[:MOST_POSTS]):
                if octets > MOST_OCTETS or len(found.posts) == SHOWN:
                    found.is_cut = True
                    break
                octets += len(raw)
                then = frozenset(it for it, after, until in had if after < one.at <= until)
                if then and ownmail.is_of(raw, then):
                    found.posts.append(one)
        return found

    def _newest(self, visit: Visit) -> list[_Post]:
        """The newest posts that the member may read, and one more than are looked at."""
        found: list[_Post] = []
        for one, names in built.places(self.config, visit, visit.settings):
            with built.opened(one) as db, contextlib.suppress(sqlite3.Error):
                if db:
                    found += _merged(db, names)
        return heapq.nlargest(MOST_POSTS + 1, found, key=lambda one: (one.at, one.mid))


def _merged(db: sqlite3.Connection, names: Iterable[str]) -> list[_Post]:
    """The newest posts of conferences together. Each is read as far as it is needed."""
    rows = (db.execute(_NEWEST, (name, MOST_POSTS + 1)) for name in names)
    newest = heapq.merge(*rows, key=lambda row: (row[0], row[2]), reverse=True)
    return [_Post(*row) for row in islice(newest, MOST_POSTS + 1)]


def _mails(
    config: Config, readers: ExitStack, candidates: Iterable[_Post]
) -> Iterator[tuple[_Post, bytes]]:
    """Each post with the octets of its mail; those without a mail are left out."""
    opened: dict[Path, Reader] = {}
    rest = iter(candidates)
    while some := list(islice(rest, _TOGETHER)):
        by_repo: dict[Path, list[_Post]] = {}
        for one in some:
            by_repo.setdefault(hubmail.repo_of(config, one.conference).path, []).append(one)
        raws: dict[_Post, bytes] = {}
        for path, posts in by_repo.items():
            if path not in opened:
                opened[path] = readers.enter_context(Reader(open_repo(path)))
            raws |= _raws(opened[path], posts)
        yield from ((one, raws[one]) for one in some if one in raws)


def _raws(reader: Reader, posts: Iterable[_Post]) -> dict[_Post, bytes]:
    names = {one: _paths(one) for one in posts}
    oids = reader.oids_at(MAIN, [path for both in names.values() for path in both])
    known = [
        (one, oid)
        for one, both in names.items()
        if (oid := next(filter(None, map(oids.__getitem__, both)), None))
    ]
    raws = reader.blobs(oid for _, oid in known)
    return {one: raw for (one, _), raw in zip(known, raws, strict=True)}


def _paths(one: _Post) -> tuple[str, str]:
    """Where its mail lies: its conference's own version first."""
    mid = PostId(one.mid)
    return mailstore.path(mailstore.variant(mid, one.conference)), mailstore.path(one.mid)
