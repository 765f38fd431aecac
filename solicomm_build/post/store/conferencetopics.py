"""The topics of one conference: its posts and events, and what they are read as.

Looks only. Where an event lies: docs/formats/topic-event.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.msgid import references_of
from solicomm_build.message.values import Message
from solicomm_build.people.grant import Grants
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post import topicstate
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.store import knownids

_SHORTEST = 6
"""Characters of an id that name a post."""

_GROUPS = {
    act: {"close", "reopen"} if act in ("close", "reopen") else {name, f"un{name}"}
    for act in events.FORMS
    for name in [act.removeprefix("un")]
}
"""Acts that say something of the same thing."""

_WHOLE = frozenset({"pin", "unpin", "close", "reopen", "retitle", "label", "move", "merge"})
"""Acts on a topic as such: their events lie in its folder."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An event and the stored topic whose folder it lies in."""

    tid: TopicId
    event: TopicEvent

    @property
    def path(self) -> str:
        """Its file."""
        return events.path(self.tid, self.event)

    @property
    def text(self) -> str:
        """What is in it."""
        return events.encode(self.event).decode("utf-8")


@dataclass(frozen=True, slots=True)
class Known:
    """What a conference has, for who has read it before: files by their paths, posts with their
    stored topics, and events in the order in which they count."""

    files: Mapping[str, Oid]
    posts: Mapping[PostId, TopicId]
    events: Sequence[Placed]


class Topics:
    """The topics of one conference, looked at once. Close it. Not for several threads. With what is
    `known` of it nothing is read but the files that are asked for."""

    def __init__(
        self, config: Config, conference: str, grants: Grants, known: Known | None = None
    ) -> None:
        self.config, self.conference, self.grants = config, conference, grants
        self._known = known
        self._reader = Reader(open_repo(config.conference_repo(conference)))

    def close(self) -> None:
        """Ends the reading process."""
        self._reader.close()

    @cached_property
    def _files(self) -> Sequence[Entry]:
        return [
            replace(entry, path=f"{folder}/{entry.path}")
            for folder in events.FOLDERS
            for entry in self._reader.tree(MAIN, folder, recursive=True)
        ]

    @cached_property
    def posts(self) -> Mapping[PostId, TopicId]:
        """Every post with the stored topic it lies in."""
        if self._known is not None:
            return self._known.posts
        found = (posts.parse_path(entry.path) for entry in self._files)
        return {ids[1]: ids[0] for ids in found if ids is not None}

    @cached_property
    def events(self) -> Sequence[Placed]:
        """Every event that can be read, in the order in which they count."""
        if self._known is not None:
            return self._known.events
        named = [(events.parse_path(entry.path), entry) for entry in self._files]
        those = [(ids, entry) for ids, entry in named if ids is not None]
        found: list[Placed] = []
        blobs = self._reader.blobs(entry.oid for _, entry in those)
        for (ids, entry), blob in zip(those, blobs, strict=True):
            try:
                found.append(Placed(ids[0], events.decode(blob, eid=ids[1], file=entry.path)))
            except SoliCommError:
                continue
        return sorted(found, key=lambda one: one.event.order)

    @cached_property
    def bonds(self) -> topicstate.Bonds:
        """What moderators who might said about which stored threads are one topic."""
        return topicstate.bonds(((one.tid, one.event) for one in self.events), self.may)

    @property
    def splits(self) -> frozenset[PostId]:
        """The posts that begin topics of their own by a moderator's word."""
        return self.bonds.splits

    def may(self, event: TopicEvent) -> bool:
        """Whether the author of an event had the role for it."""
        return self.grants.may(event.by, self.conference, event.since)

    def called(self, conference: str) -> str:
        """What a conference of this hub is called today."""
        return formernames.current(self.config.private, self.config.conferences, conference)

    def leaves(
        self, events: Iterable[tuple[TopicId, TopicEvent]]
    ) -> dict[TopicId, topicstate.Leave]:
        """What moderators who might moved out of this conference, by events each with the topic it
        is about."""
        return topicstate.leaves(
            events, lambda name: self.called(name) == self.conference, self.may
        )

    def home(self, tid: str, chain: Iterable[str] = ()) -> TopicId:
        """The topic that readers see: of a stored one, or of a post that answers `chain` (mids, the
        nearest last): after a split, and where it was merged into another."""
        found = TopicId(tid)
        for mid in reversed(list(chain)):
            if PostId(mid) in self.bonds.splits:
                found = TopicId(mid)
                break
        for _ in range(len(self.bonds.merged)):
            found = self.bonds.merged.get(found, found)
        return found

    def threads(self, home: TopicId) -> set[TopicId]:
        """The stored topics that are read as one."""
        return {home} | {tid for tid in self.bonds.merged if self.home(tid) == home}

    def exists(self, tid: str) -> bool:
        """Whether there is such a topic: a stored one, or one that a split began."""
        return TopicId(tid) in self.posts.values() or PostId(tid) in self.bonds.splits

    def title(self, home: TopicId) -> str:
        """What a topic is called now."""
        last = self.last(home, "retitle", "")
        if last is not None:
            return str(last.data.get("title", ""))
        path = posts.path(self.posts.get(PostId(home), home), PostId(home))
        blob = self._reader.at(MAIN, path)
        if blob is None:  # its first post is not here: the earliest one that is
            first = min((m for m, t in self.posts.items() if t in self.threads(home)), default=None)
            blob = self._reader.at(MAIN, posts.path(self.posts[first], first)) if first else None
        try:
            return posts.decode(blob).subject if blob else ""
        except SoliCommError:
            return ""

    def place(self, word: str) -> tuple[PostId | None, str]:
        """The post that a word names: an id, its beginning, or a Message-ID; else why not."""
        start = str(post_id(word)) if "@" in word else word.lower()
        if PostId(start) in self.posts:
            return PostId(start), ""
        found = [mid for mid in self.posts if mid.startswith(start)]
        if len(start) < _SHORTEST or not found:
            return None, "no-post"
        return (found[0], "") if len(found) == 1 else (None, "many-posts")

    def answered(self, message: Message) -> list[PostId]:
        """The posts that a message answers, the nearest last: their ids here, where they are."""
        found = []
        for one in references_of(message):
            mids = knownids.mids(self.config, one)
            found.append(next((mid for mid in mids if mid in self.posts), mids[0]))
        return found

    def belongings(self, home: TopicId) -> list[PostId]:
        """The posts that readers see in a topic."""
        folders = self.threads(home) | {self.posts.get(PostId(home), home)}
        own = [(mid, tid) for mid, tid in self.posts.items() if tid in folders]
        blobs = self.blobs(posts.path(tid, mid) for mid, tid in own)
        parents: dict[PostId, PostId] = {}
        for (mid, _), blob in zip(own, blobs, strict=True):
            try:
                above = posts.decode(blob).in_reply_to
            except SoliCommError:
                above = None
            if above:
                parents[mid] = post_id(above)
        return [mid for mid, tid in own if self.home(tid, _chain(mid, parents)) == home]

    def blobs(self, paths: Iterable[str]) -> Iterator[bytes]:
        """The octets of files that are there."""
        known = self._known
        by_path = known.files if known else {entry.path: entry.oid for entry in self._files}
        return self._reader.blobs(by_path[path] for path in paths)

    def at(self, path: str) -> bytes | None:
        """Any file of the conference."""
        return self._reader.at(MAIN, path)

    def last(self, tid: TopicId, act: str, subject: str) -> TopicEvent | None:
        """What was last said of the same thing by somebody who might."""
        group = _GROUPS[act]
        threads, last = self.threads(tid), None
        for one in self.events:
            event = one.event
            if event.type not in group or (act in _WHOLE and one.tid not in threads):
                continue
            about = event.subject
            if act in ("answer", "unanswer"):
                if one.tid not in threads and about != subject:
                    continue
            elif subject and about != subject:
                continue
            if events.sound(event) and self.may(event):
                last = event
        return last


def _chain(mid: PostId, parents: Mapping[PostId, PostId]) -> list[PostId]:
    """A post and those that it answers, the post itself last."""
    chain = [mid]
    while (above := parents.get(chain[-1])) is not None and above not in chain:
        chain.append(above)
    return chain[::-1]
