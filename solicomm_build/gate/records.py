"""A conference is a record: what is there stays as it is, and each post has one place.

Every commit of a push is looked at, not only the last: who follows the log sees each, so what one
commit replaces and the next brings back would be replaced all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.types import Oid
from solicomm_build.gate import conferencefiles
from solicomm_build.gate.ranks import lacks
from solicomm_build.git.quarantine import Difference
from solicomm_build.git.reader import Reader
from solicomm_build.post import post as post_file
from solicomm_build.post.store import postplaces

_ANEW = "Make one commit of all: git reset --soft origin/main, then git commit, and push again"


def overruled(
    reader: Reader,
    old: Oid | None,
    changed: Collection[tuple[str, Oid]],
    rank: str,
    restricted: bool,
) -> Iterator[ContentError]:
    """A fault for each file that a commit on the way changed without the rank for it. `changed` are
    paths and what they became (empty: gone), `old` the commit before the push."""
    paths = {path for path, _ in changed}
    before = reader.oids_at(old, paths) if old else dict.fromkeys(paths)
    for path, oid in sorted(changed):
        if (was := before[path]) == (oid or None):
            continue
        kind = conferencefiles.place(path)
        needed = conferencefiles.rank_for(kind, adds=was is None, restricted=restricted)
        fault = lacks(rank, needed, path)
        if fault is not None and needed == "operator":
            yield ContentError("a commit on the way changes what is there", file=path, remedy=_ANEW)
        elif fault is not None:
            yield fault


def doubled(
    reader: Reader,
    old: Oid | None,
    changes: Iterable[Difference],
    changed: Collection[tuple[str, Oid]],
    rank: str,
) -> Iterator[ContentError]:
    """A fault for each post whose id names another post: one that was there, or one that comes with
    it. `changes` are those of the whole push, `changed` those of all its commits. The operator may
    carry a post to another place."""
    gone = {change.path for change in changes if not change.mode}
    new = [change.path for change in changes if change.mode]
    if rank != "operator":
        passing = {path for path, oid in changed if oid} - {*new}
        yield from _doubled(reader, old, sorted(passing), set(), among=False)
    yield from _doubled(reader, old, new, gone, among=True)


def _doubled(
    reader: Reader, old: Oid | None, paths: Iterable[str], gone: Collection[str], *, among: bool
) -> Iterator[ContentError]:
    """The faults of posts at `paths` against what lies elsewhere and is not `gone`, and with
    `among` against each other."""
    new = [(path, ids[1]) for path in paths if (ids := post_file.parse_path(path))]
    if not new:
        return
    wanted = {mid for _, mid in new}
    there = postplaces.places(reader.repo, old, wanted) if old else {}
    for path, mid in new:
        others = [other for other in there.get(mid, ()) if other != path and other not in gone]
        if others:
            yield _taken(path, others[0])
        elif among:
            there.setdefault(mid, []).append(path)


def _taken(path: str, other: str) -> ContentError:
    remedy = "Words that are there stay as they are. Answer with a post that has an id of its own"
    return ContentError(f"this post is there already, at {other}", file=path, remedy=remedy)
