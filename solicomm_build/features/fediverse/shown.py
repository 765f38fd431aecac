"""What everybody may read of a conference, as others elsewhere are told it: what the pages show.

Read from what the builder knows (builder/conferences/state.py), so that names, hidden posts and
moved topics are here as they are there. Where nothing was built yet, nothing is there.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from solicomm_build.builder import tree
from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.parse import Texts
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import topicpages

A_PAGE = 20
"""Posts of one page of an outbox."""

_POST = (
    "SELECT p.mid, p.blob, p.topic, t.title, p.name, p.lang, p.time, p.parents, p.fallback"
    " FROM post p JOIN topic t ON t.conf=p.conf AND t.tid=p.topic WHERE p.conf=? AND p.hidden=0"
)


@dataclass(frozen=True, slots=True)
class File:
    """A file of a post that the pages offer."""

    name: str
    type: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as everybody reads it. `answers` is the mid of the post it answers, empty for the
    first of its topic, whose title is `title`. `url` is its place on the pages, `time` POSIX
    seconds, `html` clean."""

    mid: str
    title: str
    name: str
    lang: str
    time: int
    answers: str
    html: str
    url: str
    files: tuple[File, ...] = ()


def may_be_followed(config: Config, conference: Conference) -> bool:
    """Whether the hub offers a conference outwards: everybody may read it on pages, it is at home
    here, and the settings name it."""
    return (
        config.activitypub.has(conference.id)
        and conference.visibility == "public"
        and conference.has_pages
        and not conference.home
    )


def offered(config: Config, settings: Mapping[str, Conference]) -> dict[str, Conference]:
    """The conferences that people elsewhere may follow."""
    return {name: one for name, one in settings.items() if may_be_followed(config, one)}


@contextlib.contextmanager
def opened(config: Config) -> Iterator[sqlite3.Connection | None]:
    """What the builder knows of public pages, to be read; None where nothing was built."""
    place = tree.public(config)
    if not place.is_there:
        yield None
        return
    db: sqlite3.Connection | None = None
    with contextlib.suppress(sqlite3.Error):
        where = f"{place.database.absolute().as_uri()}?mode=ro"
        db = sqlite3.connect(where, uri=True, timeout=5)
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name='topic'").fetchone():
            db.close()
            db = None
    try:
        yield db
    finally:
        if db is not None:
            db.close()


def is_current(config: Config, db: sqlite3.Connection, conference: str) -> bool:
    """Whether the builder knows the conference as it is now, all of it."""
    tip = open_repo(config.conference_repo(conference)).ref()
    return tip is not None and state.reflected(db, f"conference:{conference}") == tip


def one(config: Config, db: sqlite3.Connection, conference: str, mid: str) -> Shown | None:
    """The post of a mid, if everybody may read it."""
    rows = db.execute(f"{_POST} AND p.mid=?", (conference, mid)).fetchall()
    return next(iter(_made(config, db, conference, rows)), None)


def count(db: sqlite3.Connection, conference: str) -> int:
    """How many posts everybody may read."""
    row = db.execute("SELECT COUNT(*) FROM post WHERE conf=? AND hidden=0", (conference,))
    return int(row.fetchone()[0])


def newest(config: Config, db: sqlite3.Connection, conference: str, page: int) -> list[Shown]:
    """The posts of page `page` (from 1), the newest first."""
    rows = db.execute(
        f"{_POST} ORDER BY p.time DESC, p.mid DESC LIMIT ? OFFSET ?",
        (conference, A_PAGE, (page - 1) * A_PAGE),
    ).fetchall()
    return _made(config, db, conference, rows)


def _made(
    config: Config, db: sqlite3.Connection, conference: str, rows: list[tuple[str, ...]]
) -> list[Shown]:
    if not rows:
        return []
    with Reader(open_repo(config.conference_repo(conference))) as reader:
        parsed = Texts(db, reader).many(row[1] for row in rows)
    found, orders = [], dict[str, dict[str, int]]()  # one topic may have thousands of posts
    for mid, blob, topic, title, name, lang, time, parents, fallback in rows:
        if topic not in orders:
            orders[topic] = _order(db, conference, topic)
        order = orders[topic]
        said = parsed[blob]
        found.append(
            Shown(
                mid,
                title,
                name,
                lang,
                int(time),
                _answered(db, conference, mid, order, json.loads(parents), fallback),
                said.html,
                f"{config.url}{_place(conference, topic, mid, order)}",
                tuple(_files(config, conference, said.attachments)),
            )
        )
    return found


def _order(db: sqlite3.Connection, conference: str, topic: str) -> dict[str, int]:
    """The weights of a topic's posts by mid, in the order they are read."""
    rows = db.execute(
        "SELECT mid, weight FROM post WHERE conf=? AND topic=? ORDER BY time, mid",
        (conference, topic),
    )
    return dict(rows.fetchall())


def _answered(
    db: sqlite3.Connection,
    conference: str,
    mid: str,
    order: Mapping[str, int],
    parents: list[str],
    fallback: str | None,
) -> str:
    """The mid of what a post answers within its topic: the nearest that is shown, else the first
    post. Empty for the first."""
    first = next(iter(order), mid)
    if mid == first:
        return ""
    for parent in (*parents, *([fallback] if fallback else [])):
        if parent in order and parent != mid:
            row = db.execute(
                "SELECT hidden FROM post WHERE conf=? AND mid=?", (conference, parent)
            ).fetchone()
            if row and not row[0]:
                return str(parent)
    return first


def _place(conference: str, topic: str, mid: str, order: Mapping[str, int]) -> str:
    """Where a post is read."""
    begins = topicpages.breaks(order.values())
    number = topicpages.page_at(begins, list(order).index(mid))
    place = f"/conferences/{conference}/t/{topic}/"
    return f"{topicpages.page_url(place, number)}#{mid}"


def offers(config: Config, db: sqlite3.Connection, conference: str, mid: str) -> int:
    """How many of a post's files the pages offer: they follow the post, once they are clean."""
    rows = db.execute("SELECT sha256 FROM attachment WHERE conf=? AND mid=?", (conference, mid))
    folder = config.public / "conferences" / conference / "files"
    return sum((folder / sha256).is_dir() for (sha256,) in rows)


def _files(
    config: Config, conference: str, attached: tuple[tuple[str, str, str, int], ...]
) -> Iterator[File]:
    """The files that the pages offer: a copy that is clean, under the address it has there."""
    for sha256, name, kind, _ in attached:
        path = f"conferences/{conference}/files/{sha256}/{name}"
        if (config.public / path).is_file():
            yield File(name, kind, f"{config.url}/{quote(path)}")
