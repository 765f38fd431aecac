"""Where topics are read that moderators moved into other conferences, and who may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
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
from solicomm_build.post.store.conferencetopics import Placed
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


def shut_away(config: Config, conference: str, tids: Collection[TopicId]) -> frozenset[TopicId]:
    """Those of the stored topics of a conference that moderators moved to another, where members
    alone read: what is not sent yet goes to nobody here. Quick for no topics."""
    known = read(config, settled=True) if tids else Grants()
    to = {tid: location(config, conference, tid, known) for tid in tids}
    closed = {
        name
        for name in {*to.values()} - {conference}
        if _OPEN.get(visibility(config, name) or "", 0) > 1
    }
    return frozenset(tid for tid, name in to.items() if name in closed)


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
    do not say."""
    path = config.conference_repo(conference)
    if not path.exists():
        return ""
    with Reader(open_repo(path)) as reader:
        to = moved(reader, conference, tid, grants)
    to = formernames.current(config.private, config.conferences, to)
    return "" if to == path.stem else to
