"""The files that events are kept in (rosterevents.py): which there are, and in which order.

The order is that of file names, whatever folder a file lies in: hubs of version 0.1 have a folder a
year, later ones a folder a day. A file that moves from one to the other is no new one
(docs/formats/roster.md, docs/adr/0043-events-by-day.md).
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from solicomm_build.foundation.types import Oid
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.steps import Changed
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people.rosterevents import FOLDER, name_of, place

_SUFFIX: Final = ".jsonl"
_MOVED_AT_ONCE: Final = 20_000
"""Files whose contents are in memory together while they move."""


def at(reader: Reader, commit: str) -> list[tuple[str, Oid]]:
    """Every file of events at a commit, with its object, in order. Raises StoreError."""
    found = reader.tree(commit, FOLDER[:-1], recursive=True)
    files = ((FOLDER + entry.path, entry.oid) for entry in found)
    return sorted(files, key=lambda file: name_of(file[0]))


class DisorderError(Exception):
    """A file of events does not lie where its name says."""


def by_folder(reader: Reader, commit: str) -> Iterator[tuple[str, Oid]]:
    """What `at` says, a day at a time, so that few names are in memory. Raises DisorderError when
    it turns out that the order would be another."""
    last = ""
    parts = (_of_none(reader, commit), _of_years(reader, commit), _of_days(reader, commit))
    for path, oid in heapq.merge(*parts, key=lambda file: name_of(file[0])):
        if (name := name_of(path)) < last:
            raise DisorderError
        last = name
        yield path, oid


def _of_none(reader: Reader, commit: str) -> Iterator[tuple[str, Oid]]:
    """The files that lie in no folder."""
    for entry in _sorted(reader, commit, FOLDER[:-1]):
        if entry.type == "blob":
            yield FOLDER + entry.path, entry.oid


def _of_years(reader: Reader, commit: str) -> Iterator[tuple[str, Oid]]:
    """The files that lie in folders of years, in order: of hubs of version 0.1."""
    for year in _sorted(reader, commit, FOLDER[:-1]):
        for entry in _sorted(reader, commit, f"{FOLDER}{year.path}"):
            if entry.type == "blob":
                yield f"{FOLDER}{year.path}/{entry.path}", entry.oid


def _of_days(reader: Reader, commit: str) -> Iterator[tuple[str, Oid]]:
    """The files that lie deeper, in the order of their folders."""
    for year in _sorted(reader, commit, FOLDER[:-1]):
        for month in _sorted(reader, commit, f"{FOLDER}{year.path}"):
            if month.type == "tree":
                folder = f"{FOLDER}{year.path}/{month.path}"
                for day in _sorted(reader, commit, folder):
                    if day.type == "blob":
                        yield f"{folder}/{day.path}", day.oid
                        continue
                    found = reader.tree(commit, f"{folder}/{day.path}", recursive=True)
                    for entry in sorted(found, key=lambda one: name_of(one.path)):
                        yield f"{folder}/{day.path}/{entry.path}", entry.oid


def _sorted(reader: Reader, commit: str, folder: str) -> list[Entry]:
    return sorted(reader.tree(commit, folder), key=lambda entry: entry.path)


def is_there(reader: Reader, path: str) -> bool:
    """Whether this file of events was added: here, or in the folder of its year or its day."""
    name = name_of(path)
    places = (path, _of_year(name), place(name))
    return any(oid is not None for oid in reader.oids_at(MAIN, places).values())


def read(reader: Reader, files: Sequence[tuple[str, Oid]]) -> Iterator[tuple[str, bytes]]:
    """Path and octets of each of these files. Raises StoreError."""
    blobs = reader.blobs(oid for _, oid in files)
    yield from zip((path for path, _ in files), blobs, strict=True)


def added(changes: Iterable[Changed]) -> list[tuple[str, Oid]]:
    """The files that these changes brought, with their objects, in order. One that only moved is
    not among them."""
    mine = [one for one in changes if one.path.startswith(FOLDER) and one.path.endswith(_SUFFIX)]
    before = {name_of(one.path) for one in mine if one.status == "D"}
    files = ((one.path, one.oid) for one in mine if one.oid and name_of(one.path) not in before)
    return sorted(files, key=lambda file: name_of(file[0]))


def only_added(changes: Iterable[Changed]) -> bool:
    """Whether these changes brought files, or moved them, and took or changed none."""
    names: dict[str, set[str]] = {"A": set(), "D": set()}
    for one in changes:
        if one.path.startswith(FOLDER):
            names.setdefault(one.status, set()).add(name_of(one.path))
    return names["D"] <= names["A"] and not names.keys() - {"A", "D"}


def after_all(reader: Reader, now: datetime) -> datetime:
    """`now`, or a moment after the newest events where these are later: what comes last must count
    last, and files are folded in the order of their names."""
    newest = _newest(reader, FOLDER[:-1])
    with contextlib.suppress(ValueError):
        stamp = datetime.strptime(newest.partition("-")[0], "%Y%m%dT%H%M%S.%fZ")
        return max(now, stamp.replace(tzinfo=UTC) + timedelta(microseconds=1))
    return now


def _newest(reader: Reader, folder: str) -> str:
    """The last file name in a folder and its last folder; names of folders are numbers."""
    names = [entry.path for entry in reader.tree(MAIN, folder)]
    newest = max((name for name in names if name.endswith(_SUFFIX)), default="")
    below = max((name for name in names if not name.endswith(_SUFFIX)), default="")
    return max(newest, _newest(reader, f"{folder}/{below}") if below else "")


# -- hubs of version 0.1 ----------------------------------------------------------------------


def lie_by_year(repo: Repo) -> bool:
    """Whether files of events lie in a folder a year, as version 0.1 put them."""
    with Reader(repo) as reader:
        return bool(_by_year(reader))


def put_by_day(repo: Repo, *, now: datetime) -> int:
    """Moves such files into folders of days; returns how many. Safe to kill, and to do again."""
    with Reader(repo) as reader:
        return _moved(repo, reader, _by_year, place, "Put events into folders by day", now)


def lie_by_day(repo: Repo) -> bool:
    """Whether files of events lie in a folder a day, where version 0.1 adds none."""
    with Reader(repo) as reader:
        return bool(_by_day(reader))


def put_by_year(repo: Repo, *, now: datetime) -> int:
    """Moves such files back into folders of years, for version 0.1; returns how many. What was
    added meanwhile goes along. Safe to kill, and to do again."""
    with Reader(repo) as reader:
        return _moved(repo, reader, _by_day, _of_year, "Put events into folders by year", now)


def _moved(
    repo: Repo,
    reader: Reader,
    found: Callable[[Reader], list[tuple[str, Oid]]],
    goes: Callable[[str], str],
    words: str,
    now: datetime,
) -> int:
    moved = 0
    # version 0.1 takes what a commit of anybody but the desk brings for news to tell people of
    message = compose(words, Source="desk")
    while files := found(reader)[:_MOVED_AT_ONCE]:
        changes: list[Change] = []
        for path, blob in read(reader, files):
            changes += (Change(path, None), Change(goes(name_of(path)), blob))
        write_once(repo, changes, message=message, when=now)
        moved += len(files)
    return moved


def _of_year(name: str) -> str:
    return f"{FOLDER}{name[:4]}/{name}"


def _by_day(reader: Reader) -> list[tuple[str, Oid]]:
    return [(path, oid) for path, oid in at(reader, MAIN) if path != _of_year(name_of(path))]


def _by_year(reader: Reader) -> list[tuple[str, Oid]]:
    years = [entry.path for entry in reader.tree(MAIN, FOLDER[:-1])]
    return [
        (f"{FOLDER}{year}/{entry.path}", entry.oid)
        for year in years
        for entry in reader.tree(MAIN, f"{FOLDER}{year}")
        if entry.path.endswith(_SUFFIX)
    ]
