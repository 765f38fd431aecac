"""What is read as one topic: its stored threads and its posts, as pages group them.

Programs cut References, or answer by the subject alone, so what people read as one topic is often
stored in several threads (builder/conferences/threads.py). Who moves a topic means all of it: a
part that stayed behind would be shown nowhere, and mailed to those who shall not read on.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.builder.conferences import grouping, threads
from solicomm_build.builder.conferences.threads import Node
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.post import post as posts
from solicomm_build.post.post import Post
from solicomm_build.post.store.conferencetopics import Topics

_FEW = 500  # posts that the builder may not have seen yet
_INDEXED = "SELECT mid, tid, time, receipt, base, seeks, parents FROM post WHERE conf=?"


@dataclass(frozen=True, slots=True)
class AsRead:
    """A topic as people read it: the stored threads in whose folders its events lie, and its
    posts."""

    threads: frozenset[TopicId]
    posts: tuple[PostId, ...]


def of(topics: Topics, tid: TopicId) -> AsRead:
    """What is read as one with the stored topic `tid`, or that a split began; without what went to
    another conference before. Blocking: reads the whole conference."""
    moves = topics.leaves((one.tid, one.event) for one in topics.events)
    gone = {tid: int(one.since.timestamp()) for tid, one in moves.items()}
    found = grouping.group(_nodes(topics, gone), topics.bonds)
    home = found.owner.get(tid, tid)
    owned = {TopicId(one) for one, owner in found.owner.items() if owner == home}
    before = set[TopicId]() if tid in gone else owned & gone.keys()
    own = (mid for mid, topic in found.topic.items() if topic == home)
    left = sorted(mid for mid in own if topics.posts[mid] not in before)
    return AsRead(frozenset({tid, *(owned - before), *topics.threads(tid)}), tuple(left))


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a post says of its place, which never changes: as the index of pages has it."""

    node: Node
    came: int
    base: str
    seeks: bool


def _nodes(topics: Topics, gone: Mapping[TopicId, int]) -> list[Node]:
    """All posts, as builder/conferences/index.py sees them."""
    facts = [*_facts(topics)]
    alike: dict[str, list[tuple[int, PostId, bool]]] = defaultdict(list)
    for one in facts:
        if one.base:
            alike[one.base].append((one.node.time, one.node.mid, one.seeks))
    left = {one.node.mid: gone[one.node.tid] for one in facts if one.node.tid in gone}
    came = {one.node.mid: one.came for one in facts}
    follows: dict[PostId, PostId | None] = {}
    for group in alike.values():
        if any(seeks for _, _, seeks in group):
            follows |= threads.follow_by_subject(sorted(group), left, came)
    return [
        replace(one.node, fallback=follows[one.node.mid]) if one.seeks and one.base else one.node
        for one in facts
    ]


def _facts(topics: Topics) -> Iterator[_Facts]:
    """Of every post: from the builder's index what that knows, the rest from the posts."""
    known = {one.node.mid: one for one in _indexed(topics)}
    left: dict[PostId, TopicId] = {}
    for mid, tid in topics.posts.items():
        one = known.get(mid)
        if one is not None and one.node.tid == tid:
            yield one
        else:
            left[mid] = tid
    came = _came(topics) if left and (not known or len(left) > _FEW) else {}
    paths = [posts.path(tid, mid) for mid, tid in left.items()]
    for (mid, tid), path, blob in zip(left.items(), paths, topics.blobs(paths), strict=True):
        yield _read(mid, tid, _decoded(blob), came.get(path) or clock.now())


def _indexed(topics: Topics) -> list[_Facts]:
    """What the builder knows; nothing where nothing was built yet, or it is made anew."""
    for folder in (topics.config.state, topics.config.members):
        path = folder / "pages.sqlite"
        with suppress(sqlite3.Error):
            uri = f"{path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=2)) as db:
                rows = db.execute(_INDEXED, (topics.conference,)).fetchall()
            if rows:
                return [_of_row(*row) for row in rows]
    return []


def _of_row(
    mid: str, tid: str, time: int, receipt: int, base: str, seeks: int, named: str
) -> _Facts:
    return _Facts(
        _node(PostId(mid), TopicId(tid), time, json.loads(named)), receipt, base, bool(seeks)
    )


def _node(mid: PostId, tid: TopicId, time: int, named: Iterable[str]) -> Node:
    parents = tuple(named)
    return Node(mid, tid, time, tuple(map(threads.number, parents)), None, parents)


def _read(mid: PostId, tid: TopicId, post: Post | None, receipt: datetime) -> _Facts:
    """The same of a post itself."""
    named = [post.in_reply_to] if post is not None and post.in_reply_to else []
    named += reversed(post.references) if post is not None else ()
    parents = [one for one in dict.fromkeys(map(post_id, named)) if one != mid]
    when = posts.effective_time(post.date if post is not None else None, receipt)
    subject = post.subject if post is not None else ""
    seeks = not parents and str(tid) == mid and threads.is_reply(subject)
    node = _node(mid, tid, int(when.timestamp()), parents)
    return _Facts(node, int(receipt.timestamp()), threads.base_subject(subject), seeks)


def _came(topics: Topics) -> dict[str, datetime]:
    """When each file came."""
    repo = open_repo(topics.config.conference_repo(topics.conference))
    tip, came = repo.ref(), dict[str, datetime]()
    for commit in log.commits(repo, None, tip) if tip is not None else ():
        for change in commit.changes:
            if change.status == "A":
                came.setdefault(change.path, commit.committed)
    return came


def _decoded(blob: bytes) -> Post | None:
    try:
        return posts.decode(blob)
    except SoliCommError:
        return None
