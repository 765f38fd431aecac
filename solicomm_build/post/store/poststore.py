"""A conference's repository as a set of posts: is one there, add one, make them durable.

Posts lie at `topics/<tt>/<tid>/posts/<mid>.md` (post/post.py), the octets of attachments under
`files/`. A message whose author does not want it archived leaves only its mid, as an empty file
`unarchived/<mm>/<mid>`, so that it goes out once. One post is one commit. When mail.git is written
too, its lock comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.commitmessage import compose, trailers
from solicomm_build.git.known import KnownNames
from solicomm_build.git.lookups import Lookups
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import event as topic_event
from solicomm_build.post.store import postplaces
from solicomm_build.post.topicstate import TopicState, fold


@dataclass(frozen=True, slots=True)
class Addition:
    """One post to add. `when` is the receipt (committer date), `source` the trailer's value."""

    mid: PostId
    path: str
    blob: bytes
    files: tuple[Change, ...]
    author_name: str
    author_when: datetime
    when: datetime
    subject: str
    source: str


def unarchived_path(mid: PostId) -> str:
    """Where the mark of a message lies that was sent on and not kept."""
    return f"unarchived/{mid[:2]}/{mid}"


def topic_state(reader: Reader, tid: TopicId, rev: str = MAIN) -> TopicState:
    """What moderators made of a topic, by its events in a revision."""
    return fold(topic_events(reader, tid, rev))


def event_folders(tid: TopicId) -> list[str]:
    """Where a topic's events lie."""
    return [f"{top}/{tid[:2]}/{tid}/events" for top in topic_event.FOLDERS]


def topic_events(reader: Reader, tid: TopicId, rev: str = MAIN) -> list[topic_event.TopicEvent]:
    """A topic's events in a revision; those that cannot be read say nothing."""
    events = []
    for folder in event_folders(tid):
        for entry in reader.tree(rev, folder):
            found = topic_event.parse_path(f"{folder}/{entry.path}")
            if found is None:
                continue
            try:
                events.append(topic_event.decode(reader.blob(entry.oid), eid=found[1]))
            except SoliCommError:
                continue
    return events


class PostStore:
    """Reads and writes one conference. Not for several threads. Close it."""

    def __init__(self, repo: Repo, *, all_names: bool = False) -> None:
        self.repo = repo
        self._reader = Reader(repo)
        self._writer = Writer(repo, reader=self._reader)
        self._lookups = Lookups(self._reader)
        self._all_names = all_names
        self._known = KnownNames(repo, "topics", self._reader)
        self._is_synced = False  # with what is there since we have the lock
        self._pending: set[str] = set()

    def begin(self) -> None:
        """Takes the lock: what is read from now on stays true until the checkpoint. Blocking."""
        self._writer.begin()
        if self._all_names:
            self._sync()

    def ask(self, posts: Iterable[tuple[str, PostId]]) -> None:
        """Looks up together what `has` will be asked about posts, each a path and a mid, and about
        their `unarchived_path`. Takes the lock; the answers hold until the checkpoint."""
        paths: list[str] = []
        for path, mid in posts:
            paths += (path, unarchived_path(mid))
        self._lookups.ask(self._writer.begin(), paths)

    def has(self, path: str, mid: PostId) -> bool:
        """True when there is a post at this path, one waiting for the checkpoint included."""
        if path in self._pending:
            return True
        if self._all_names and mid not in self._known:
            return False
        return self._lookups.oid_at(path) is not None

    def knows(self, mid: PostId) -> bool:
        """True when a post of this mid is in any topic. Takes the lock."""
        self._sync()
        return mid in self._known

    def learn(self) -> None:
        """Reads what `knows` needs, if it is not known yet: the names of all posts, which takes
        seconds at a million. Takes the lock."""
        self._sync()

    def place(self, mid: PostId) -> str | None:
        """The path of the post of this mid, in whatever topic. Takes the lock; quick when there is
        none."""
        if not self.knows(mid):
            return None
        waiting = [path for path in self._pending if path.endswith(f"/posts/{mid}.md")]
        tip = self._writer.begin()
        there = postplaces.places(self.repo, tip, {mid}) if tip and not waiting else {}
        return next(iter(waiting or there.get(mid, [])), None)

    def source(self, path: str) -> str:
        """How the file at a path came, as the trailer of its commit says (`push` without one).
        Walks the log: for rare questions only."""
        told = self.repo.git(
            "log", "-1", "--diff-filter=A", "--format=%B", "--end-of-options", MAIN, "--", path
        )
        return trailers(told.decode("utf-8", "replace")).get("Source", "push")

    def at(self, path: str) -> bytes | None:
        """The file at a path as of the last checkpoint, or None."""
        return self._reader.at(MAIN, path)

    def state(self, tid: TopicId) -> TopicState:
        """What moderators made of a topic, as of the last checkpoint."""
        return topic_state(self._reader, tid)

    def events(self, tid: TopicId) -> list[topic_event.TopicEvent]:
        """What was done to a stored topic, as of the last checkpoint."""
        return topic_events(self._reader, tid)

    def tip(self) -> Oid | None:
        """The branch's commit now."""
        return self._writer.tip()

    def add(self, post: Addition) -> None:
        """Commits one post; durable and visible after the next checkpoint."""
        self._commit(post, (Change(post.path, post.blob), *post.files))
        self._pending.add(post.path)
        self._known.add(post.mid)

    def mark_unarchived(self, post: Addition) -> None:
        """Commits that a message goes out and is not kept: no word of it but its mid."""
        self._commit(post, (Change(unarchived_path(post.mid), b""),), subject="Not archived")
        self._pending.add(unarchived_path(post.mid))

    def checkpoint(self) -> Oid | None:
        """Makes the posts durable and visible, and gives the lock back."""
        tip = self._writer.checkpoint()
        self._pending.clear()
        self._lookups.forget()
        if self._is_synced:
            self._known.moved(tip)
        self._is_synced = False
        return tip

    def abort(self) -> None:
        """Forgets what waits and gives the lock back."""
        self._pending.clear()
        self._lookups.forget()
        self._writer.abort()
        self._known, self._is_synced = KnownNames(self.repo, "topics", self._reader), False

    def rest(self) -> None:
        """Lets go of what the writer only keeps to be quicker."""
        self._writer.rest()

    def close(self) -> None:
        """Ends the reading process. What was not checkpointed is not kept."""
        self.abort()
        self._writer.close()
        self._reader.close()

    def _sync(self) -> None:
        if not self._is_synced:
            self._known.sync(self._writer.begin())
            self._is_synced = True

    def _commit(self, post: Addition, changes: Iterable[Change], subject: str = "") -> None:
        self._writer.commit(
            changes,
            author_name="" if subject else post.author_name,
            when=post.when,
            author_when=post.author_when,
            message=compose(subject or post.subject, Source=post.source, Message=post.mid),
        )
