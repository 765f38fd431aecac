"""Copies a topic from one conference into another: posts, attachments, events, raw messages.

    source ─→ mail.git (the same message under the new conference's name)
           ─→ target: the same paths and octets, commits `Source: move`, dated as they came

A post whose mid the target has in another thread is not copied, nor what was done to it: the words
that the target shows under a mid stay. Nothing is taken away: a `move` event in
the source, which whoever calls this writes afterwards, leads readers on. `Source: move` is mailed
to nobody (courier/fanout.py); mirrors take it. Each step is safe to do again: what is there already
is passed over.

Events count in the target by who may there. What a moderator of the source decided stays decided:
it is said again in the hub's name where its author is nobody in the target, so that a hidden post
stays hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.features.topics import asread
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.people.grant import Grants
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import localevents, mailstore, postplaces
from solicomm_build.post.store.conferencetopics import Topics

HUB = "hub"
_NOT_COPIED = frozenset({"move"})


@dataclass(frozen=True, slots=True)
class _Came:
    """When a file came into the source, and who wrote what came with it."""

    when: datetime
    author: str
    author_when: datetime


def copy(config: Config, moving: Moving, grants: Grants) -> int:
    """Copies a topic; returns how many posts are new in the target. Durable on return. Blocking."""
    topics = Topics(config, moving.source, grants)
    try:
        seen = asread.of(topics, TopicId(moving.tid))
        mids = _placeable(config, topics, list(seen.posts), moving)
        mids = _findable(config, mids, moving)
        point("move.after-mail")
        files = list(_files(topics, mids, moving, grants, seen.threads))
    finally:
        topics.close()
    source = open_repo(config.conference_repo(moving.source))
    came = _received(source, [path for path, _ in files])
    target = open_repo(config.conference_repo(moving.to))
    there = [(localevents.place(target, path), blob) for path, blob in files]
    came |= {localevents.place(target, path): one for path, one in came.items()}
    return _write(config, moving.to, there, came)


def _placeable(config: Config, topics: Topics, mids: list[PostId], moving: Moving) -> list[PostId]:
    """The posts that the target does not have in another thread."""
    target = open_repo(config.conference_repo(moving.to))
    there = postplaces.places(target, MAIN, set(mids))
    paths = {mid: [posts.path(topics.posts[mid], mid)] for mid in mids}
    return [mid for mid in mids if there.get(mid, paths[mid]) == paths[mid]]


def _findable(config: Config, mids: Iterable[PostId], moving: Moving) -> list[PostId]:
    """Gives the target its own name for messages of which the source has a version of its own;
    returns the posts that were not erased."""
    with hubmail.reading(config, moving.source) as source:
        kept = [mid for mid in mids if not source.is_erased(mid)]
        there = {mid: name for mid in kept if (name := source.find(mid, moving.source))}
        with hubmail.writing(config, moving.to) as mail:
            is_one = mail.repo.path == source.repo.path
            for mid, name in there.items():
                own = name == mailstore.variant(mid, moving.source)
                known = mail.find(mid, moving.to)
                if known not in (None, mid) or (is_one and not own) or (known and not own):
                    continue
                raw = source.raw(name)
                if raw is not None:
                    mail.add(mailstore.variant(mid, moving.to) if own or known else mid, raw)
            mail.checkpoint("Move", when=clock.now(), Source="move", Conference=moving.to)
    return kept


def _files(
    topics: Topics,
    mids: Iterable[PostId],
    moving: Moving,
    grants: Grants,
    threads: Collection[TopicId],
) -> Iterator[tuple[str, bytes]]:
    """Everything that belongs to the topic, by its path in both conferences."""
    wanted = set(mids)
    paths = [posts.path(topics.posts[mid], mid) for mid in sorted(wanted)]
    seen: set[str] = set()
    for path, blob in zip(paths, topics.blobs(paths), strict=True):
        yield path, blob
        for sha256 in _attached(blob):
            for file in (posts.attachment_path(sha256), posts.small_path(sha256)):
                octets = topics.at(file) if file not in seen else None
                seen.add(file)
                if octets is not None:
                    yield file, octets
    for placed in topics.events:
        event = placed.event
        about_post = "post" in event.data and event.subject in topics.posts
        belongs = event.subject in wanted if about_post else placed.tid in threads
        sound = events.sound(event) and event.type not in _NOT_COPIED
        if not (belongs and sound and topics.may(event)):
            continue
        if not grants.may(event.by, moving.to, event.since):
            event = events.make(event.type, at=event.at, by=HUB, data=event.data)
        yield events.path(placed.tid, event), events.encode(event)


def _attached(blob: bytes) -> list[str]:
    try:
        return [item.sha256 for item in posts.decode(blob).attachments]
    except SoliCommError:
        return []


def _received(repo: Repo, paths: Iterable[str]) -> dict[str, _Came]:
    """When files came, so that the order of posts on a page stays what it was."""
    folders = sorted({path.rpartition("/")[0] for path in paths if path.startswith("topics/")})
    told = repo.git(
        "log",
        "--reverse",
        "--diff-filter=A",
        "--name-only",
        "-z",
        "--format=%x02%ct%x01%at%x01%an",
        "--end-of-options",
        MAIN,
        "--",
        *folders,
    )
    came: dict[str, _Came] = {}
    now: _Came | None = None
    for token in told.decode("utf-8", "replace").split("\0"):
        word = token.strip("\n")
        if word.startswith("\x02"):
            when, author_when, author = word[1:].split("\x01", 2)
            now = _Came(log.moment(when), author, log.moment(author_when))
        elif word and now is not None:
            came.setdefault(word, now)
    return came


def _write(
    config: Config, target: str, files: list[tuple[str, bytes]], came: dict[str, _Came]
) -> int:
    """What is not there yet, a commit for each moment at which something came."""
    repo = open_repo(config.conference_repo(target))
    with Writer(repo) as writer:
        writer.begin()
        with Reader(repo) as reader:
            new = [(path, blob) for path, blob in files if reader.oid_at(MAIN, path) is None]
        groups: dict[_Came, list[Change]] = {}
        last = _Came(clock.now(), "SoliComm", clock.now())
        for path, blob in new:
            last = came.get(path, last)  # an attachment comes with its post
            groups.setdefault(last, []).append(Change(path, blob))
        for moment in sorted(groups, key=lambda one: one.when):
            changes = groups[moment]
            writer.commit(
                changes,
                author_name=moment.author,
                when=moment.when,
                author_when=moment.author_when,
                message=compose("Move a topic here", Source="move"),
            )
        writer.checkpoint()
    return sum(posts.parse_path(path) is not None for path, _ in new)
