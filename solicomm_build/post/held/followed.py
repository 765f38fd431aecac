"""What waits for moderators in one mail.git, followed from look to look: of thousands those alone
are asked about, and read, of which something was held, decided, proved or told since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.post import decision
from solicomm_build.post.store.mailstore import Place, held_path, proof_path

T = TypeVar("T")

_TREES = ("held", "decisions", "proofs", "notices")
Trees = tuple[Oid | None, ...]


def trees(reader: Reader, tip: Oid) -> Trees:
    """What is another whenever something was held, decided, proved or told."""
    return tuple(reader.oid_at(tip, name) for name in _TREES)


def note_path(conference: str, mid: PostId) -> str:
    """Where it is noted who was told of a held message (features/moderation/moderation.py)."""
    return f"notices/{conference}/{mid}.json"


class Followed(Generic[T]):
    """The messages of one mail.git with neither a decision nor their author's yes, each as `make`
    makes it of the facts about it and of its note. Not for several threads."""

    def __init__(self, make: Callable[[Place, bytes, bytes | None], T]) -> None:
        self._make = make
        self._trees: Trees = ()
        self._made: dict[Place, tuple[tuple[Oid, Oid | None], T]] = {}

    def now(self, reader: Reader, tip: Oid) -> Iterator[T]:
        """All there are at a commit, in no order. Raises StoreError."""
        there = trees(reader, tip)
        places = self._changed(reader, there)
        if places is None:
            self._made.clear()
            places = _held(reader, tip)
        found = dict(_waiting(reader, tip, places))
        for gone in places - found.keys():
            self._made.pop(gone, None)
        known = {one: at for one, (at, _) in self._made.items()}
        fresh = {one: at for one, at in found.items() if known.get(one) != at}
        notes = [at for _, at in fresh.values() if at is not None]
        said = dict(zip(notes, reader.blobs(notes), strict=True))
        facts = reader.blobs(at for at, _ in fresh.values())
        for (one, at), blob in zip(fresh.items(), facts, strict=True):
            note = None if at[1] is None else said[at[1]]
            self._made[one] = at, self._make(one, blob, note)
        self._trees = there
        return (made for _, made in self._made.values())

    def _changed(self, reader: Reader, there: Trees) -> set[Place] | None:
        """Of which messages something may be otherwise; None: of any."""
        found = set[Place]()
        if not self._trees:
            return None
        for before, now in zip(self._trees, there, strict=True):
            if now is None and before is not None:
                return None
            if now is None or now == before:
                continue
            try:
                changed = log.diff(reader.repo, before, now, reader=reader)
            except StoreError:  # erased since
                return None
            found |= {place for one in changed if (place := _place(one.path)) is not None}
        return found


def _held(reader: Reader, tip: Oid) -> set[Place]:
    entries = reader.tree(tip, "held", recursive=True)
    return {place for one in entries if (place := _place(one.path)) is not None}


def _place(path: str) -> Place | None:
    """What a file in one of the folders is about."""
    conference, _, name = path.partition("/")
    mid = name.partition(".")[0]
    return (conference, PostId(mid)) if mid and "/" not in name else None


def _waiting(
    reader: Reader, tip: Oid, places: Iterable[Place]
) -> Iterator[tuple[Place, tuple[Oid, Oid | None]]]:
    """Those of these that wait: where the facts about each are, and its note."""
    paths = {
        one: (held_path(*one, "json"), note_path(*one), decision.path(*one), proof_path(*one))
        for one in places
    }
    oids = reader.oids_at(tip, [path for some in paths.values() for path in some])
    for one, some in paths.items():
        held, note, *ends = (oids[path] for path in some)
        if held is not None and not any(ends):
            yield one, (held, note)
