"""Takes copies of a message out of what waits in the spools.

Each step is safe to repeat. The courier looks before each batch whether the file is still there, so
a message that is on its way out stops after the batch that is on the wire. It holds the file until
it has written down who got that batch; what is left is made of that (safeio.holding).
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells, quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.safeio import fsync_dir, holding, write_atomic
from solicomm_build.foundation.spool import (
    REASON,
    SUFFIX,
    Item,
    Spool,
    encode,
    next_name,
    share,
)
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.address import key
from solicomm_build.post.store import erasing
from solicomm_build.post.store.erasing import Bears

REST = ".rest"
"""What the name ends with of a file that is to go out in place of another: `<name>.rest`."""

_ON_THE_WIRE = 20.0
"""Seconds that a batch on the wire is waited for. One that takes longer may go out twice: what is
to go waits for no dead line."""


def from_spools(config: Config, bears: Bears) -> Iterator[tuple[str, int]]:
    """Takes messages out of every spool and the quarantine; yields (file, how many)."""
    _again(config, bears)
    others = [*cells.spools_out(config), config.spool_desk, config.spool_bounces]
    forwarded = config.root / "spool" / "forwarded"  # what a killed ingest left of a forward
    others += [forwarded] if forwarded.is_dir() else []
    for folder in cells.spools_out(config):
        settle(Spool(folder))
    for folder in (*cells.spools_in(config), *others):
        spool = Spool(folder)
        for path in spool.pending():
            yield from _from_file(config, spool, path, bears)
    for one in cells.every(config):
        if (objects := incoming.in_objects(one)) is not None:
            yield from _from_objects(objects, bears)
    quarantine = config.spool_quarantine
    for path in sorted(quarantine.glob("*.mail")) if quarantine.is_dir() else ():
        yield from _from_file(config, Spool(config.spool_in), path, bears)


def waiting(config: Config) -> Iterator[bytes]:
    """The messages that came and wait to be taken, and those that were set aside."""
    return (item.raw for item in waiting_items(config))


def waiting_items(config: Config) -> Iterator[Item]:
    """The same with their envelopes; what is damaged is passed over."""
    folders = (*cells.spools_in(config), config.spool_desk)
    for spool, path in [(one, path) for one in map(Spool, folders) for path in one.pending()]:
        with contextlib.suppress(StoreError, FileNotFoundError):
            yield from spool.read(path)
    yield from aside_items(config)


def aside_items(config: Config) -> Iterator[Item]:
    """Those that were set aside alone."""
    spool = Spool(config.spool_in)
    for path in sorted(config.spool_quarantine.glob("*.mail")):
        with contextlib.suppress(StoreError, FileNotFoundError):
            yield from spool.read(path)


def own_letters(config: Config) -> Iterator[Item]:
    """What the hub wrote itself and waits to go out; what is damaged is passed over."""
    for spool in map(Spool, cells.spools_out(config)):
        for path in spool.pending():
            with contextlib.suppress(StoreError, FileNotFoundError):
                yield from (item for item in spool.read(path) if item.envelope.ours)


def from_out(config: Config, bears: Bears) -> int:
    """Takes messages out of what waits to go out; returns how many."""
    _again(config, bears)
    for folder in cells.spools_out(config):
        settle(Spool(folder))
    return sum(from_folder(config, one, bears) for one in cells.spools_out(config))


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
    with holding(path, patience=_ON_THE_WIRE):
        _take_out(config, spool, path, items, found, bears)
    yield path.relative_to(config.root).as_posix(), sum(found)


def _take_out(
    config: Config,
    spool: Spool,
    path: Path,
    items: list[Item],
    found: list[bool],
    bears: Bears,
) -> None:
    """Takes the messages that are `found` out of a file."""
    left = [
        waiting
        for number, item in enumerate(items)
        if not found[number] and (waiting := _waiting(path, number, item)) is not None
    ]
    if not path.exists():  # it has just gone where it was to go, and its state may be gone with it
        return
    if path.parent in cells.spools_out(config):
        for number, item in enumerate(items):
            if found[number] and (waiting := _waiting(path, number, item)) is not None:
                for one in erasing.waiting():
                    one.remember(config, f"{path.stem}-{number}", waiting, bears)
    if left and path.parent == config.spool_quarantine:
        spool.quarantine(left[0], "left of a file that had an erased message")
        for item in left[1:]:
            spool.quarantine(item, "left of a file that had an erased message")
    elif path.parent in cells.spools_out(config):
        _replace(spool, path, left)
    elif left:
        spool.put(left)
    path.unlink(missing_ok=True)
    fsync_dir(path.parent)
    path.with_suffix(".state").unlink(missing_ok=True)
    path.with_name(path.name + REASON).unlink(missing_ok=True)


def _from_objects(spool: Incoming, bears: Bears) -> Iterator[tuple[str, int]]:
    """The same for what is in a store of objects; what cannot be opened is set aside, and looked at
    there."""
    for path in spool.pending():
        try:
            items = spool.read(path)
        except FileNotFoundError:
            continue
        except StoreError as error:
            spool.quarantine(path, error.public)
            continue
        found = [bears(item.raw) for item in items]
        if not any(found):
            continue
        if left := [item for item, is_wanted in zip(items, found, strict=True) if not is_wanted]:
            spool.put(left)
        spool.done(path)
        yield path.name, sum(found)


def _again(config: Config, bears: Bears) -> None:
    for one in erasing.waiting():
        one.from_notes(config, bears)


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
    return replace(item, envelope=only(item.envelope, left)) if left else None


def only(envelope: Envelope, places: Sequence[int]) -> Envelope:
    """The same for those of its recipients alone who stand in these places."""
    rcpt_tos = tuple(envelope.rcpt_tos[place] for place in places)
    members = tuple(envelope.members[place] for place in places) if envelope.members else ()
    return replace(envelope, rcpt_tos=rcpt_tos, members=members)


def plans_aside(config: Config, addresses: Collection[str]) -> int:
    """Deletes plans of the desk that were set aside, as it cannot carry them out, and name one of
    the addresses; returns how many. What is not set aside the desk sees to."""
    words = {one for address in addresses for one in (address, json.dumps(address)[1:-1])}
    sought, count = [one.lower().encode("utf-8", "replace") for one in words], 0
    for one in quarantine.aside(config.spool_quarantine):
        path = config.spool_desk / one.item
        if one.folder != "desk" or path.parent != config.spool_desk / "plans":
            continue
        with contextlib.suppress(FileNotFoundError):
            octets = path.read_bytes().lower()
            if any(word in octets for word in sought):
                path.unlink()
                fsync_dir(path.parent)
                quarantine.put_back(one)
                count += 1
    return count


def recipient(config: Config, address: str) -> int:
    """Has nothing that waits, or was set aside, go out to an address any more; returns how many
    copies that were."""
    wanted = key(address)
    count = sum(_not_to(Spool(one), wanted) for one in cells.spools_out(config))
    count += _none_aside_to(config, wanted)
    return count + sum(one.not_to(config, wanted) for one in erasing.waiting())


def _not_to(spool: Spool, wanted: str) -> int:
    settle(spool)
    count = 0
    for path in spool.pending():
        if _without(spool, path, wanted) is None:
            continue
        with holding(path, patience=_ON_THE_WIRE):
            found = _without(spool, path, wanted)
            if found is not None and path.exists():  # it has not gone out meanwhile
                left, gone = found
                count += gone
                _replace(spool, path, left)
    return count


def _replace(spool: Spool, path: Path, left: list[Item]) -> None:
    """Has what is left of a file go out under another name, which it gets when the file is gone: a
    kill in between loses nothing, and has nobody get it twice. Durable on return."""
    rest = path.with_suffix(REST)
    if left:
        write_atomic(rest, encode(left), mode=0o600)
    point("withdraw.after-rest")
    path.unlink(missing_ok=True)
    fsync_dir(path.parent)
    point("withdraw.after-gone")
    settle(spool)


def settle(spool: Spool) -> None:
    """Gives their names to files that were left of others, which are gone. Safe at any time;
    durable on return. Raises NotKeptError."""
    for rest in sorted(spool.folder.glob(f"*{REST}")):
        if rest.with_suffix(SUFFIX).exists():
            continue  # who makes it is not done, or was killed, and does it again
        rest.with_suffix(".state").unlink(missing_ok=True)  # of other places in it
        with contextlib.suppress(FileNotFoundError):  # somebody else has just done so
            rest.rename(spool.folder / next_name())
            fsync_dir(spool.folder)
            share(spool.folder)


def _none_aside_to(config: Config, wanted: str) -> int:
    """The same in the quarantine, where a file keeps its name and its reason."""
    count, spool = 0, Spool(config.spool_out)
    for path, _ in spool.quarantined():
        if (found := _without(spool, path, wanted)) is None:
            continue
        left, gone = found
        count += gone
        if left:
            write_atomic(path, encode(left), mode=0o600)
            continue
        path.unlink(missing_ok=True)
        path.with_name(path.name + REASON).unlink(missing_ok=True)
        fsync_dir(path.parent)
    return count


def _without(spool: Spool, path: Path, wanted: str) -> tuple[list[Item], int] | None:
    """What is left of a file without a recipient, and how many copies that were; None for a file
    that has no such recipient."""
    try:
        items = spool.read(path)
    except (StoreError, FileNotFoundError):
        return None
    if not any(key(one) == wanted for item in items for one in item.envelope.rcpt_tos):
        return None
    left, count = [], 0
    for number, item in enumerate(items):
        waiting = _waiting(path, number, item)
        if waiting is None:
            continue
        to = waiting.envelope.rcpt_tos
        places = [place for place, one in enumerate(to) if key(one) != wanted]
        count += len(to) - len(places)
        if places:
            left.append(replace(waiting, envelope=only(waiting.envelope, places)))
    return left, count
