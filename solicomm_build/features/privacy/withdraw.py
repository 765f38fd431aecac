"""Takes copies of a message out of what waits in the spools and lies in mailboxes and logs.

Each step is safe to repeat. The courier looks before each batch whether the file is still there, so
a message that is on its way out stops after the batch that is on the wire.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from solicomm_build.features.digests import withdrawn
from solicomm_build.features.digests.withdrawn import Note
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, locked, write_atomic
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.people.address import fold

Bears = Callable[[bytes], bool]


def from_spools(config: Config, bears: Bears) -> Iterator[tuple[str, int]]:
    """Takes messages out of every spool and the quarantine; yields (file, how many)."""
    _from_notes(config, bears)
    for folder in (config.spool_in, config.spool_out, config.spool_desk, config.spool_bounces):
        spool = Spool(folder)
        for path in spool.pending():
            yield from _from_file(config, spool, path, bears)
    quarantine = config.spool_quarantine
    for path in sorted(quarantine.glob("*.mail")) if quarantine.is_dir() else ():
        yield from _from_file(config, Spool(config.spool_in), path, bears)


def from_out(config: Config, bears: Bears) -> int:
    """Takes messages out of what waits to go out; returns how many."""
    _from_notes(config, bears)
    return from_folder(config, config.spool_out, bears)


def from_folder(config: Config, folder: Path, bears: Bears) -> int:
    """Takes messages out of the spool files of another folder; returns how many."""
    spool = Spool(folder)
    return sum(
        count for path in spool.pending() for _, count in _from_file(config, spool, path, bears)
    )


def _from_file(config: Config, spool: Spool, path: Path, bears: Bears) -> Iterator[tuple[str, int]]:
    try:
        items = spool.read(path)
    except FileNotFoundError:
        return
    except StoreError:  # damaged: it cannot be taken apart
        with contextlib.suppress(FileNotFoundError):
            if bears(path.read_bytes()):
                path.unlink()
                yield path.relative_to(config.root).as_posix(), 1
        return
    found = [bears(item.raw) for item in items]
    if not any(found):
        return
    left = [
        waiting
        for number, item in enumerate(items)
        if not found[number] and (waiting := _waiting(path, number, item)) is not None
    ]
    if path.parent == config.spool_out:
        for number, item in enumerate(items):
            if found[number] and (waiting := _waiting(path, number, item)) is not None:
                _remember(config, f"{path.stem}-{number}", waiting, bears)
    if left and path.parent == config.spool_quarantine:
        spool.quarantine(left[0], "left of a file that had an erased message")
        for item in left[1:]:
            spool.quarantine(item, "left of a file that had an erased message")
    elif left:
        spool.put(left)
    path.unlink(missing_ok=True)
    fsync_dir(path.parent)
    path.with_suffix(".state").unlink(missing_ok=True)
    path.with_name(path.name + ".reason.txt").unlink(missing_ok=True)
    yield path.relative_to(config.root).as_posix(), sum(found)


def _remember(config: Config, name: str, item: Item, bears: Bears) -> None:
    """Has a digest made anew without the posts that go (withdrawn.py)."""
    note = withdrawn.note_of(item)
    posts = _without(note, bears) if note else ()
    if note and posts:
        withdrawn.leave(config.spool_out, name, replace(note, posts=posts))


def _without(note: Note, bears: Bears) -> tuple[str, ...]:
    return tuple(
        mid
        for mid in note.posts
        if not bears(f"X-SoliComm-Post: {note.list_id}/{mid}\r\n\r\n".encode("ascii", "replace"))
    )


def _from_notes(config: Config, bears: Bears) -> None:
    """Takes posts out of digests that are to be made anew."""
    for path, note in withdrawn.notes(config.spool_out):
        posts = _without(note, bears)
        if not posts:
            withdrawn.done(path)
        elif posts != note.posts:
            withdrawn.leave(config.spool_out, path.stem, replace(note, posts=posts))


def _waiting(path: Path, number: int, item: Item) -> Item | None:
    """The message for those who have not had it, as the state beside the file says; else None."""
    gone: set[int] = set()
    with contextlib.suppress(FileNotFoundError):
        for line in path.with_suffix(".state").read_bytes().splitlines():
            with contextlib.suppress(ValueError, KeyError, TypeError):
                entry = json.loads(line)
                if entry["item"] == number:
                    gone |= {*entry["sent"], *map(int, entry.get("failed", {}))}
    if not gone:
        return item
    left = [place for place in range(len(item.envelope.rcpt_tos)) if place not in gone]
    return replace(item, envelope=_only(item.envelope, left)) if left else None


def _only(envelope: Envelope, places: list[int]) -> Envelope:
    rcpt_tos = tuple(envelope.rcpt_tos[place] for place in places)
    members = tuple(envelope.members[place] for place in places) if envelope.members else ()
    return replace(envelope, rcpt_tos=rcpt_tos, members=members)


def recipient(config: Config, address: str) -> int:
    """Has nothing that waits go out to an address any more; returns how many copies that were."""
    spool, wanted, count = Spool(config.spool_out), fold(address), 0
    for path in spool.pending():
        try:
            items = spool.read(path)
        except (StoreError, FileNotFoundError):
            continue
        if not any(fold(one) == wanted for item in items for one in item.envelope.rcpt_tos):
            continue
        left = []
        for number, item in enumerate(items):
            waiting = _waiting(path, number, item)
            if waiting is None:
                continue
            to = waiting.envelope.rcpt_tos
            places = [place for place, one in enumerate(to) if fold(one) != wanted]
            count += len(to) - len(places)
            if places:
                left.append(replace(waiting, envelope=_only(waiting.envelope, places)))
        if left:
            spool.put(left)
        path.unlink(missing_ok=True)
        fsync_dir(path.parent)
        path.with_suffix(".state").unlink(missing_ok=True)
    return count + sum(_not_to(config, path, note, wanted) for path, note in _notes(config))


def _notes(config: Config) -> list[tuple[Path, Note]]:
    return list(withdrawn.notes(config.spool_out))


def _not_to(config: Config, path: Path, note: Note, wanted: str) -> int:
    """Takes an address out of the recipients of a digest that is to be made anew."""
    places = [place for place, one in enumerate(note.rcpt_tos) if fold(one) != wanted]
    gone = len(note.rcpt_tos) - len(places)
    if not places:
        withdrawn.done(path)
    elif gone:
        left = tuple(note.rcpt_tos[place] for place in places)
        members = tuple(note.members[place] for place in places) if note.members else ()
        withdrawn.leave(config.spool_out, path.stem, replace(note, rcpt_tos=left, members=members))
    return gone


def from_sink(config: Config, bears: Bears) -> int:
    """Takes messages out of `spool/sink.mbox`; returns how many."""
    if not config.sink.exists():
        return 0
    with locked(config.sink.with_name(".sink.lock")):
        entries = split_mbox(config.sink.read_bytes())
        left = [entry for entry in entries if not bears(entry)]
        if len(left) < len(entries):
            write_atomic(config.sink, b"".join(left), mode=0o600)
        return len(entries) - len(left)


def split_mbox(octets: bytes) -> list[bytes]:
    """The entries of an mbox as we write it: each begins with a `From ` line after an empty one."""
    entries, start = [], 0
    while octets[start:]:
        end = octets.find(b"\n\nFrom ", start)
        stop = len(octets) if end < 0 else end + 2
        entries.append(octets[start:stop])
        start = stop
    return entries


def from_maildirs(folder: Path, bears: Bears) -> int:
    """Takes messages out of all Maildirs below a folder, and what Dovecot has noted of header
    fields there, which it makes again; returns how many."""
    count = 0
    for place, _, names in os.walk(folder):
        if os.path.basename(place) not in ("new", "cur", "tmp"):
            continue
        for name in names:
            path = Path(place, name)
            with contextlib.suppress(FileNotFoundError):
                if bears(path.read_bytes()):
                    path.unlink()
                    path.parent.with_name("dovecot.index.cache").unlink(missing_ok=True)
                    count += 1
    return count


def from_mirrors(config: Config, conferences: Iterable[str], bears: Bears) -> Iterator[str]:
    """Takes messages out of the members' Maildirs of conferences, and whole inboxes of those that
    lost something: the mirror stage builds them anew. Yields the places."""
    with locked(config.mirrors / ".lock"):
        if from_maildirs(config.mirrors / "imap", bears):
            yield "mirrors/imap"
        for name in conferences:
            folder = config.mirrors / "public-inbox" / name
            if folder.exists():
                folder.with_name(f".{name}.at").unlink(missing_ok=True)
                shutil.rmtree(folder)
                fsync_dir(folder.parent)
                yield f"mirrors/public-inbox/{name}"


def from_log(path: Path, words: tuple[bytes, ...]) -> int:
    """Takes the lines that have one of the words out of the mail log and those set aside; returns
    how many. Who writes the log sees at the next line that the file is another."""
    count = 0
    with locked(path.with_name(f".{path.name}.lock")):
        for file in (*sorted(path.parent.glob(f"{path.stem}-*.log")), path):
            with contextlib.suppress(FileNotFoundError):
                lines = file.read_bytes().splitlines(keepends=True)
                left = [line for line in lines if not any(word in line for word in words)]
                if len(left) < len(lines):
                    write_atomic(file, b"".join(left), mode=0o600)
                    count += len(lines) - len(left)
    return count
