"""What a conference's log means to its readers: posts that come and posts that go.

A post comes when it is added, and again when a moderator shows it again, or brings its topic back;
it goes when it is hidden, its topic moves to another conference, or it is changed (then it comes at
once as it is now) or taken away. The steps are a function of the commits alone, so whoever takes
the same commits gets the same steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
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


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of a topic is shown: nothing of one that is read in another conference (`gone`)."""

    gone: bool
    hidden: frozenset[PostId]

    def has(self, mid: PostId) -> bool:
        """Whether a post is."""
        return not self.gone and mid not in self.hidden


IsHere = Callable[[str], bool]
"""Whether a conference that an event names is the one that is read."""


def steps(reader: Reader, commits: Iterable[Commit], is_here: IsHere) -> Iterator[Step]:
    """The steps of commits, in order. `reader` is that of their repository."""
    for commit in commits:
        changed = {one.path: one for one in commit.changes}
        yield from _posts(reader, commit, changed.values(), is_here)
        topics = {found[0] for path in changed if (found := topic_event.parse_path(path))}
        for tid in sorted(topics):
            yield from _events(reader, commit, tid, changed, is_here)


def _posts(
    reader: Reader, commit: Commit, changes: Iterable[Changed], is_here: IsHere
) -> Iterator[Step]:
    """Posts that the commit itself takes away, then those it brings."""
    found = [(ids, one) for one in changes if (ids := post_file.parse_path(one.path))]
    for (tid, mid), change in found:
        if change.status != "A" and _shown(reader, f"{commit.oid}^", tid, is_here).has(mid):
            blob = reader.oid_at(f"{commit.oid}^", change.path)
            if blob is not None:
                yield Step(False, tid, mid, blob, commit.committed)
    for (tid, mid), change in found:
        if change.oid and _shown(reader, commit.oid, tid, is_here).has(mid):
            yield Step(True, tid, mid, change.oid, commit.committed)


def _events(
    reader: Reader, commit: Commit, tid: TopicId, changed: dict[str, Changed], is_here: IsHere
) -> Iterator[Step]:
    """Posts of a topic that were there before, and are hidden or shown by the commit, or go to
    another conference or come back with it."""
    before = _shown(reader, f"{commit.oid}^", tid, is_here)
    after = _shown(reader, commit.oid, tid, is_here)
    mids = set(before.hidden ^ after.hidden)
    if before.gone != after.gone:
        folder = f"topics/{tid[:2]}/{tid}/posts"
        paths = (f"{folder}/{one.path}" for one in reader.tree(commit.oid, folder))
        mids |= {ids[1] for path in paths if (ids := post_file.parse_path(path))}
    for mid in sorted(mids):
        path = post_file.path(tid, mid)
        blob = reader.oid_at(commit.oid, path)
        if before.has(mid) != after.has(mid) and blob is not None and path not in changed:
            yield Step(after.has(mid), tid, mid, blob, commit.committed)


def _shown(reader: Reader, rev: str, tid: TopicId, is_here: IsHere) -> _Shown:
    state = topic_state(reader, tid, rev)
    gone = bool(state.moved) and not is_here(state.moved)
    return _Shown(gone, frozenset(state.hidden))
