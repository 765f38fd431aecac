"""The topics of conferences as they were seen last, for pages that come again and again: what is
new in the log is read, and nothing else. A process that begins reads a conference once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git import log as store_log
from solicomm_build.git.log import goes_on
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people.grant import Grants
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.store.conferencetopics import Known, Placed, Topics

_MOST = 50
"""Conferences that are kept in mind: ten thousand posts are some 5 MB."""


@dataclass
class _Seen:
    """A conference at a commit."""

    tip: Oid | None = None
    files: dict[str, Oid] = field(default_factory=dict)
    posts: dict[PostId, TopicId] = field(default_factory=dict)
    events: dict[str, Placed] = field(default_factory=dict)

    def take(self, path: str, oid: Oid, reader: Reader) -> None:
        """A file is there now; empty `oid`: it is there no more."""
        ids, event = posts.parse_path(path), events.parse_path(path)
        if not oid:
            self.files.pop(path, None)
            self.events.pop(path, None)
            if ids is not None:
                self.posts.pop(ids[1], None)
            return
        self.files[path] = oid
        if ids is not None:
            self.posts[ids[1]] = ids[0]
        if event is not None:
            try:
                made = events.decode(reader.blob(oid), eid=event[1], file=path)
            except SoliCommError:
                self.events.pop(path, None)
                return
            self.events[path] = Placed(event[0], made)


class KnownTopics:
    """Keeps them for one hub. Safe for several threads; blocking."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._lock = threading.Lock()

    def topics(self, conference: str, grants: Grants) -> Topics:
        """A conference's topics as they are now. Close them."""
        with self._lock:
            seen = self._now(conference)
            ordered = sorted(seen.events.values(), key=lambda one: one.event.order)
            known = Known(dict(seen.files), dict(seen.posts), ordered)
        return Topics(self._config, conference, grants, known)

    def _now(self, conference: str) -> _Seen:
        repo = open_repo(self._config.conference_repo(conference))
        tip, seen = repo.ref(), self._seen.pop(conference, None)
        with Reader(repo) as reader:
            if seen is None or seen.tip is None or tip is None:
                seen = _whole(reader)
            elif seen.tip != tip:
                if goes_on(repo, seen.tip, tip, reader=reader):
                    for commit in store_log.commits(repo, seen.tip, tip, reader=reader):
                        for change in commit.changes:
                            if change.path.startswith(("topics/", events.LOCAL)):
                                seen.take(change.path, change.oid, reader)
                else:  # an erasure wrote the history anew
                    seen = _whole(reader)
        seen.tip = tip
        self._seen[conference] = seen
        if len(self._seen) > _MOST:
            self._seen.popitem(last=False)
        return seen


def _whole(reader: Reader) -> _Seen:
    seen = _Seen()
    for folder in events.FOLDERS:
        for entry in reader.tree(MAIN, folder, recursive=True):
            seen.take(f"{folder}/{entry.path}", entry.oid, reader)
    return seen
