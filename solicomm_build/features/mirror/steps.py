"""What a conference's log means to its readers: posts that come and posts that go.

A post comes when it is added, and again when a moderator shows it again; it goes when it is hidden,
changed (then it comes at once as it is now) or taken away. The steps are a function of the commits
alone, so whoever takes the same commits gets the same steps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.log import Changed, Commit
from solicomm_build.git.reader import Reader
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.post.store.poststore import topic_state


@dataclass(frozen=True, slots=True)
class Step:
    """A post that comes (`comes`) or goes; `blob` is its file, `when` the commit's time."""

    comes: bool
    tid: TopicId
    mid: PostId
    blob: Oid
    when: datetime


def steps(reader: Reader, commits: Iterable[Commit]) -> Iterator[Step]:
    """The steps of commits, in order. `reader` is that of their repository."""
    for commit in commits:
        changed = {one.path: one for one in commit.changes}
        yield from _posts(reader, commit, changed.values())
        topics = {found[0] for path in changed if (found := topic_event.parse_path(path))}
        for tid in sorted(topics):
            yield from _events(reader, commit, tid, changed)


def _posts(reader: Reader, commit: Commit, changes: Iterable[Changed]) -> Iterator[Step]:
    """Posts that the commit itself takes away, then those it brings."""
    found = [(ids, one) for one in changes if (ids := post_file.parse_path(one.path))]
    for (tid, mid), change in found:
        if change.status != "A" and mid not in _hidden(reader, f"{commit.oid}^", tid):
            blob = reader.oid_at(f"{commit.oid}^", change.path)
            if blob is not None:
                yield Step(False, tid, mid, blob, commit.committed)
    for (tid, mid), change in found:
        if change.oid and mid not in _hidden(reader, commit.oid, tid):
            yield Step(True, tid, mid, change.oid, commit.committed)


def _events(
    reader: Reader, commit: Commit, tid: TopicId, changed: dict[str, Changed]
) -> Iterator[Step]:
    """Posts of a topic that were there before, and are hidden or shown by the commit."""
    before = _hidden(reader, f"{commit.oid}^", tid)
    after = _hidden(reader, commit.oid, tid)
    for mid in sorted(before ^ after):
        path = post_file.path(tid, mid)
        blob = reader.oid_at(commit.oid, path)
        if blob is not None and path not in changed:
            yield Step(mid in before, tid, mid, blob, commit.committed)


def _hidden(reader: Reader, rev: str, tid: TopicId) -> frozenset[PostId]:
    return frozenset(topic_state(reader, tid, rev).hidden)
