"""The polls in a conference's repository, read."""

from __future__ import annotations

from functools import partial

from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.features.polls.values.pollfiles import PollFiles, assemble
from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN


def identifiers(reader: Reader, rev: str = MAIN) -> list[str]:
    """The ids of all polls there are files of."""
    return sorted(
        item.path for item in reader.tree(rev, "polls") if voteaddress.POLL_ID.fullmatch(item.path)
    )


def load(reader: Reader, poll: str, rev: str = MAIN, *, ballots: bool = True) -> PollFiles:
    """One poll with all its files, or without its ballots, which may be many. Raises ContentErrors
    when it has no sound poll.yaml."""
    at = polls.folder(poll)
    items = reader.tree(rev, at.rstrip("/"), recursive=True)
    if not ballots:
        items = [item for item in items if not item.path.startswith("ballots/")]
    blobs = reader.blobs(item.oid for item in items)
    return assemble(poll, {at + one.path: blob for one, blob in zip(items, blobs, strict=True)})


def running(reader: Reader, poll: str, tree: str) -> Poll | None:
    """A poll whose folder is the object `tree`, while it is open; None before and after. Quick when
    that object was asked for before, whatever else came into the conference."""
    if tree not in _running:
        at, has = polls.folder(poll), partial(reader.oid_at, MAIN)
        is_open = has(f"{at}open.yaml") is not None and has(f"{at}close.yaml") is None
        if len(_running) >= _MOST_KNOWN:
            _running.clear()
        try:
            _running[tree] = (
                polls.decode(reader.at(MAIN, f"{at}poll.yaml") or b"") if is_open else None
            )
        except ContentErrors:
            _running[tree] = None
    return _running[tree]


_running: dict[str, Poll | None] = {}
_MOST_KNOWN = 10_000


class Frames:
    """Polls without ballots and turnout, kept while their files are the same: of a poll with very
    many voters, reading the list is most of what a vote costs. Safe for several threads."""

    MOST = 32

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[tuple[Oid | None, ...], PollFiles]] = {}

    def of(self, reader: Reader, conference: str, poll: str) -> PollFiles:
        """One poll. Raises ContentErrors when it has no sound poll.yaml. Blocking."""
        paths = [f"{polls.folder(poll)}{name}.yaml" for name in _FRAME]
        oids = tuple(reader.oid_at(MAIN, path) for path in paths)
        known = self._kept.get((conference, poll))
        if known is not None and known[0] == oids:
            return known[1]
        there = [(path, oid) for path, oid in zip(paths, oids, strict=True) if oid is not None]
        blobs = reader.blobs(oid for _, oid in there)
        files = assemble(poll, {path: blob for (path, _), blob in zip(there, blobs, strict=True)})
        if len(self._kept) >= self.MOST:
            self._kept.clear()
        self._kept[conference, poll] = oids, files
        return files


_FRAME = ("poll", "voters", "open", "close")
