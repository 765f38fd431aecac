"""Topics that moderators moved, joined or parted in the last days, and what takes that back.

Read from the events of conferences (docs/formats/topic-event.md). A conference is read once, and
then only when something new is in it; one in which nothing was written for so long is not read at
all. Looks only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from solicomm_build.builder.conferences import threads
from solicomm_build.features.topics.commands import Order
from solicomm_build.features.topics.knowntopics import KnownTopics
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import grants
from solicomm_build.people.grant import Grants
from solicomm_build.post import decision
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.post import Post
from solicomm_build.post.store import topicplaces
from solicomm_build.post.store.conferencetopics import Placed, Topics

_TYPES = frozenset({"move", "merge", "split"})
_Known = tuple[Oid, list[Placed]]


@dataclass(frozen=True, slots=True)
class PlacedLately:
    """What somebody did to the topic `tid` of a conference; `title` is what the topic is called
    that one reads now, `other` what it was joined with or made of, `at` the conference where that
    is. `back` takes it back, as a mail to the topic."""

    conference: str
    tid: TopicId
    event: TopicEvent
    title: str
    at: str
    back: Order
    other: str = ""

    @property
    def order(self) -> str:
        """The command that takes it back."""
        return f"{self.back.act} {self.back.about}"

    @property
    def url(self) -> str:
        """Where the topic is read now, from the root of the hub."""
        return f"/conferences/{self.at}/t/{self.tid}/"


class Lately:
    """Answers for one hub, so far back. Blocking; safe for several threads."""

    def __init__(
        self, config: Config, known: KnownTopics | None = None, back: timedelta = decision.UNDO
    ) -> None:
        self._config, self._back = config, back
        self._topics = known or KnownTopics(config)
        self._read: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def of(self, conferences: Iterable[str]) -> list[PlacedLately]:
        """What stands still of what was done in these conferences, the newest first. A topic that
        went to a conference which is none of these is left out: it cannot be called back."""
        names = sorted(set(conferences))
        found = {name: those for name in names if (those := self._events(name))}
        if not found:
            return []
        known = grants.read(self._config, settled=True)
        rows = [*self._moved(found, set(names), known)]
        for name, those in found.items():
            rows += self._bound(name, those, known)
        return sorted(rows, key=lambda one: one.event.order, reverse=True)

    # -- what there is ------------------------------------------------------------------------

    def _events(self, name: str) -> list[Placed]:
        """The events of these kinds in a conference since then, the oldest first."""
        path = self._config.conference_repo(name)
        if not path.exists():
            return []
        repo, since = open_repo(path), clock.now() - self._back
        tip = repo.ref()
        if tip is None:
            return []
        with self._lock:
            kept = self._read.get(name)
            if kept is None or kept[0] != tip:
                with Reader(repo) as reader:
                    is_quiet = _moment(reader.commit(tip) or b"") < since
                kept = (tip, [] if is_quiet else self._fresh(name, since))
                self._read[name] = kept
        return [one for one in kept[1] if one.event.since >= since]

    def _fresh(self, name: str, since: datetime) -> list[Placed]:
        known = grants.read(self._config, settled=True)
        with closing(self._topics.topics(name, known)) as topics:
            return [
                one
                for one in topics.events
                if one.event.type in _TYPES
                and one.event.since >= since
                and events.sound(one.event)
                and topics.may(one.event)
            ]

    # -- what stands --------------------------------------------------------------------------

    def _moved(
        self, found: Mapping[str, list[Placed]], names: set[str], known: Grants
    ) -> Iterator[PlacedLately]:
        """One for each topic that is elsewhere than at the beginning of these days; stored threads
        that are read as one went together."""
        together: dict[tuple[str, str], list[tuple[bool, PlacedLately]]] = {}
        for tid, way in _ways(found).items():
            last, to = way[-1][0], _to(way[-1][0])
            start = min(way[0][1] - {_to(way[0][0])}, default="")
            source = _to(way[-2][0]) if len(way) > 1 else start
            if to in ("", start) or source not in names or to not in names:
                continue
            if topicplaces.location(self._config, source, tid, known) != to:
                continue
            with closing(self._topics.topics(source, known)) as topics:
                if topics.home(tid) != tid:
                    continue  # a part of another that went
                title, leads = topics.title(tid), _leads(topics, tid)
            row = PlacedLately(source, tid, last, title, to, Order("move", source))
            together.setdefault((source, last.eid), []).append((leads, row))
        for rows in together.values():
            yield from [row for leads, row in rows if leads] or [rows[0][1]]

    def _bound(self, name: str, those: list[Placed], known: Grants) -> Iterator[PlacedLately]:
        """Those that were joined to others, or made of a part of others, and are still."""
        if not any(one.event.type != "move" for one in those):
            return
        with closing(self._topics.topics(name, known)) as topics:
            for one in those:
                kind, subject = one.event.type, one.event.subject
                if kind == "move" or topics.last(one.tid, kind, subject) != one.event:
                    continue
                home = TopicId(subject) if kind == "split" else topics.home(one.tid)
                if topicplaces.location(self._config, name, home, known) == name:
                    other = TopicId(subject) if kind == "merge" else topics.home(one.tid)
                    yield PlacedLately(
                        name,
                        home,
                        one.event,
                        topics.title(home),
                        name,
                        Order(f"un{kind}", subject),
                        topics.title(other),
                    )


_Step = tuple[TopicEvent, set[str]]
"""An event, and the conferences that have it: also where the topic was, and comes back to."""


def _ways(found: Mapping[str, list[Placed]]) -> dict[TopicId, list[_Step]]:
    """The moves of each topic, in order."""
    ways: dict[TopicId, dict[str, _Step]] = {}
    for name, those in found.items():
        for one in those:
            if one.event.type == "move":
                steps = ways.setdefault(one.tid, {})
                steps.setdefault(one.event.eid, (one.event, set()))[1].add(name)
    return {
        tid: sorted(steps.values(), key=lambda step: step[0].order) for tid, steps in ways.items()
    }


def _to(event: TopicEvent) -> str:
    to = event.data.get("to", "")
    return to if isinstance(to, str) else ""


def _moment(commit: bytes) -> datetime:
    """When a commit was made."""
    for line in commit.split(b"\n\n", 1)[0].splitlines():
        if line.startswith(b"committer "):
            return datetime.fromtimestamp(int(line.rsplit(b" ", 2)[1]), UTC)
    return datetime.min.replace(tzinfo=UTC)


def _leads(topics: Topics, tid: TopicId) -> bool:
    """Whether a stored thread begins what is read, and is no part of it that a program cut off: its
    first post is here, also of one that a moderator parted, and answers nothing."""
    mid = PostId(tid)
    blob = topics.at(posts.path(topics.posts.get(mid, tid), mid))
    try:
        return blob is not None and (mid in topics.splits or _begins(posts.decode(blob)))
    except SoliCommError:
        return False


def _begins(post: Post) -> bool:
    return not (post.in_reply_to or post.references or threads.is_reply(post.subject))
