"""A card that is there is changed: only as somebody saw it, in one commit of the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.foundation.errors import ConflictError, SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer

MOST_VERSIONS = 100
"""Changes of a card that its history shows."""


class CardChangedError(ConflictError):
    """The card is not any more as it was seen."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A card as it is now, and the id of its file, which says what was seen."""

    entry: Entry
    blob: Oid


@dataclass(frozen=True, slots=True)
class Version:
    """A card as it was from a moment on (UTC); `source` is how the change came in, `by` who made
    it (`member:7`), "" where nobody said."""

    entry: Entry | None
    blob: Oid
    at: datetime
    source: str
    by: str


def seen(repo: Repo, key: str) -> Seen | None:
    """The card as it is now; None when there is none. Raises ContentErrors when nobody can read
    it."""
    path = entries.path(key)
    with Reader(repo) as reader:
        blob = reader.oid_at(MAIN, path)
        return Seen(entryfile.decode(reader.blob(blob), path), blob) if blob else None


def change(
    repo: Repo,
    key: str,
    was: str,
    make: Callable[[Entry], Entry],
    message: str,
    *,
    when: datetime,
    source: str,
    by: str,
) -> bool:
    """Makes the card another; False when it is the same. Durable on return. Blocking.

    Raises CardChangedError when its file is not `was` any more; nothing is written then. Commits to
    other cards meanwhile do no harm.
    """
    path = entries.path(key)
    with Writer(repo) as writer, Reader(repo) as reader:
        tip = writer.begin()  # nobody else writes until the checkpoint
        blob = reader.oid_at(tip, path) if tip else None
        if blob is None or blob != was:
            raise CardChangedError(f"{path}: somebody else changed this card meanwhile")
        entry = entryfile.decode(reader.blob(blob), path)
        new = entryfile.encode(make(entry))
        if new == entryfile.encode(entry):
            return False
        entryfile.decode(new, path)  # what we write, we can read
        text = compose(message, Source=source, By=by)
        writer.commit([Change(path, new)], author_name="SoliComm", when=when, message=text)
        writer.checkpoint()
    return True


def versions(repo: Repo, key: str) -> list[Version]:
    """How the card was, the newest first, at most MOST_VERSIONS. Blocking."""
    path, found = entries.path(key), []
    with Reader(repo) as reader:
        tip = repo.ref(MAIN)
        for commit in log.commits_of(repo, tip, path, MOST_VERSIONS) if tip else ():
            for changed in commit.changes:
                found.append(
                    Version(
                        _read(reader, changed.oid, path),
                        changed.oid,
                        commit.committed,
                        commit.trailer("Source") or "",
                        commit.trailer("By") or "",
                    )
                )
    return found


def as_before(entry: Entry, before: Entry) -> Entry:
    """The card as it was, with the files and the origin that it has now: those that were taken away
    or cleaned since do not come back."""
    return replace(before, id=entry.id, files=entry.files, provenance=entry.provenance)


def withdrawn(entry: Entry, reason: str) -> Entry:
    """The card as a tombstone that says why."""
    body = f"{entry.body.rstrip()}\n\n{reason}\n".lstrip() if reason else entry.body
    return replace(entry, status="withdrawn", body=body)


def _read(reader: Reader, blob: Oid, path: str) -> Entry | None:
    """A card of before; None when it was taken away, or nobody could read it then."""
    try:
        return entryfile.decode(reader.blob(blob), path) if blob else None
    except SoliCommError:
        return None
