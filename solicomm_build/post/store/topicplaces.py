"""Where topics are read that moderators moved into other conferences, and who may see them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people.grant import Grants
from solicomm_build.people.grants import read
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post import topicstate
from solicomm_build.post.store import localevents
from solicomm_build.post.store.conferencetopics import Placed, Topics
from solicomm_build.post.store.poststore import topic_events

_OPEN = {"public": 0, "unlisted": 1, "members": 2, "encrypted": 3}
_SHORTEST = 6
"""Characters of an id that name a post."""


def location(config: Config, conference: str, tid: TopicId, grants: Grants) -> str:
    """The conference where a topic of this one is read now."""
    at, seen = conference, {conference}
    while True:
        to = moved_to(config, at, tid, grants)
        if to in ("", *seen) or visibility(config, to) is None:
            return at
        seen.add(to)
        at = to


def visibility(config: Config, conference: str) -> str | None:
    """Who may read a conference; None when there is none of that name."""
    path = config.conference_repo(conference)
    if not path.exists():
        return None
    with Reader(open_repo(path)) as reader:
        blob = reader.at(MAIN, settings.FILE)
    try:
        return settings.decode(blob).visibility if blob else None
    except SoliCommError:
        return None


def places(config: Config, conference: str, tid: TopicId, grants: Grants) -> list[str]:
    """The conferences that a stored topic was moved through, the one that is asked about first, by
    their names of today."""
    called = partial(formernames.current, config.private, config.conferences)
    ways: dict[str, set[str]] = {}
    for path in sorted(config.conferences.glob("*.git")):
        with Reader(open_repo(path)) as reader:
            for event in topic_events(reader, tid):
                to = event.data.get("to")
                if event.type != "move" or not isinstance(to, str) or called(to) == path.stem:
                    continue
                if not localevents.is_meant(config, path.stem, called(to), [tid]):
                    continue
                if grants.may(event.by, path.stem, event.since):
                    ways.setdefault(path.stem, set()).add(called(to))
                    ways.setdefault(called(to), set()).add(path.stem)
    found = [called(conference)]
    todo = list(ways.get(found[0], ()))
    while todo:
        one = todo.pop()
        if one not in found and config.conference_repo(one).exists():
            found.append(one)
            todo += ways.get(one, ())
    return found


def elsewhere(
    config: Config, conference: str, placed: Placed, post: PostId, grants: Grants
) -> Iterator[tuple[str, Placed]]:
    """The same said of the copies of a post in the conferences that its topic was moved through; in
    the hub's name where its author is nobody."""
    for place in places(config, conference, placed.tid, grants)[1:]:
        with Reader(open_repo(config.conference_repo(place))) as reader:
            there = reader.oid_at(MAIN, posts.path(placed.tid, post)) is not None
        event = placed.event
        if there and not grants.may(event.by, place, event.since):
            event = events.make(event.type, at=event.at, by="hub", data=event.data)
        if there:
            yield place, replace(placed, event=event)


def reveals(config: Config, source: str, to: str) -> bool:
    """Whether a topic that moves from `source` into `to` would be seen by people who were not to
    see it. What cannot be read is taken for what it should not be."""
    here, there = visibility(config, source), visibility(config, to)
    if here is None or there is None:
        return True
    return _OPEN[here] > 1 and _OPEN[there] < _OPEN[here]


@dataclass(frozen=True, slots=True)
class Away:
    """What of a conference is read in others now: stored topics, and single posts where a moderator
    parted topics."""

    topics: frozenset[TopicId] = frozenset()
    posts: frozenset[PostId] = frozenset()

    def has(self, tid: TopicId | None, mid: PostId) -> bool:
        """Whether a post is read elsewhere; one that is kept in no topic is not."""
        return tid is not None and (tid in self.topics or mid in self.posts)


def away(config: Config, conference: str, grants: Grants, *, closed: bool = False) -> Away:
    """What moderators moved out of a conference, with what they joined to it and without what they
    parted from it; where `closed`, only what is read by members alone now. Blocking: lists the
    whole conference."""
    if not _has_events(config, conference):
        return Away()
    with contextlib.closing(Topics(config, conference, grants)) as topics:
        moves = ((topics.home(one.tid), one.event) for one in topics.events)
        gone = {
            home
            for home, one in topics.leaves(moves).items()
            if (to := topics.called(one.to))
            if (
                _is_shut(topics, to, home)
                if closed
                else config.conference_repo(to).exists() and _is_meant(topics, to, home)
            )
        }
        if not gone:
            return Away()
        homes = {tid: topics.home(tid) for tid in {*topics.posts.values()}}
        parted = {topics.home(topics.posts[mid]) for mid in topics.splits if mid in topics.posts}
        mixed = gone & (parted | {topics.home(mid) for mid in topics.splits})
        mids = frozenset(mid for home in mixed for mid in topics.belongings(home))
        return Away(frozenset(tid for tid, home in homes.items() if home in gone - mixed), mids)


def _has_events(config: Config, conference: str) -> bool:
    """Whether a moderator ever did anything in a conference: mostly nobody did, and listing the
    names alone takes a tenth of a second for 100,000 posts."""
    repo = open_repo(config.conference_repo(conference))
    if repo.ref() is None:
        return False
    folders = (f"{folder}/" for folder in events.FOLDERS)
    words = ("ls-tree", "-r", "-z", "--name-only", "--end-of-options", MAIN, "--", *folders)
    return b"/events/" in repo.git(*words)


def shut_away(config: Config, conference: str) -> Away:
    """What moderators moved from a conference to where members alone read: what of it is not sent
    yet goes to nobody here."""
    return away(config, conference, read(config, settled=True), closed=True)


def _is_shut(topics: Topics, to: str, home: TopicId) -> bool:
    """Whether members alone read a topic that was moved `to` another conference, and maybe on; one
    that this hub does not have, or cannot read, is taken for such."""
    config, grants = topics.config, topics.grants
    if not _is_meant(topics, to, home):
        return True
    ends = {location(config, to, tid, grants) for tid in topics.threads(home)}
    said = [visibility(config, name) for name in ends - {topics.conference}]
    return any(one is None or _OPEN[one] > 1 for one in said)


def _is_meant(topics: Topics, to: str, home: TopicId) -> bool:
    threads = topics.threads(home) | {topics.posts.get(PostId(home), home)}
    return localevents.is_meant(topics.config, topics.conference, to, threads)


def moved(reader: Reader, conference: str, tid: TopicId, grants: Grants) -> str:
    """The conference that moderators of this one moved a stored topic to; empty when it is here.
    Costs one look at a folder when nobody ever did anything to the topic."""
    those = topic_events(reader, tid)
    if not those:
        return ""
    state = topicstate.fold(those, lambda event: grants.may(event.by, conference, event.since))
    return "" if state.moved == conference else state.moved


def moved_to(config: Config, conference: str, tid: TopicId, grants: Grants) -> str:
    """Where the events of a stored topic say that it is now, by its name of today; empty when they
    do not say, or mean a conference that is not here."""
    path = config.conference_repo(conference)
    if not path.exists():
        return ""
    with Reader(open_repo(path)) as reader:
        to = moved(reader, conference, tid, grants)
    to = formernames.current(config.private, config.conferences, to)
    is_there = to != path.stem and localevents.is_meant(config, conference, to, [tid])
    return to if is_there else ""
