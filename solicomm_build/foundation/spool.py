"""A folder of messages that are kept until somebody has dealt with them.

The stages meet here: the bridge puts what it has answered 250 for, ingest takes it; the courier's
outgoing copies wait in another spool. One file holds one or more messages, so that many SMTP
connections can share one fsync. A file is never changed after it has its name.

Format (version 1), octets:

    solicomm-spool 1 LF
    then for each message:
        "item" SP octets-of-envelope SP octets-of-message SP crc32-of-both (8 hex digits) LF
        envelope as one JSON object LF
        the message as received LF
        or "gone" LF for one that was set aside: the others keep their numbers
    "end" SP number-of-messages LF

Names: `<microseconds>-<process>-<sequence>.mail`, so that the order of names is the order of
arrival. Names that start with a dot are being written (or are the doorbell) and nobody else's
business. No lock is needed: a file appears and goes in one step each; one consumer per folder.

What cannot be handled moves to the sibling folder `quarantine`, as `<folder>-<name>`, with its
reason in `<folder>-<name>.reason.txt` beside it; `in-3`, that of a cell, counts as `in` there.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import json
import os
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.foundation import clock
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.types import Envelope

_MAGIC = b"solicomm-spool 1\n"
_GONE = b"gone\n"
_MARKS = "ours", "lmtp", "proved", "carried"
"""What an envelope may be besides; written where it is."""
SUFFIX = ".mail"
"""What the name of a file with messages ends with."""
REASON = ".reason.txt"
"""What stands after the name of a quarantined file in that of the note why."""
_sequence = itertools.count()


class Sharing(Protocol):
    """What has other machines of a hub keep what is in its spools (git/replica/machine.py)."""

    def keep(self, folder: Path) -> None:
        """Returns when they have what was changed in a spool. Blocking. Raises NotKeptError."""

    def pass_on(self, folder: Path, items: Iterable[Item], key: str) -> Path | None:
        """Keeps items where the machine takes them whose spool it is, and says where; None when
        they go into the folder as ever. Raises OSError or ObjectsError."""


_sharing: list[Sharing] = []


def share_by(sharing: Sharing | None) -> None:
    """Has other machines keep, too, what this process and those forked from here put into spools.
    None as ever: this machine alone."""
    _sharing[:] = [sharing] if sharing is not None else []


def share(folder: Path, new: Iterable[Path] = ()) -> None:
    """Has other machines keep what was changed in a spool, where a hub has some. Blocking. Raises
    NotKeptError; then the `new` files are gone from there."""
    try:
        for one in _sharing:
            one.keep(folder)
    except BaseException:
        for path in new:
            path.unlink(missing_ok=True)
        raise


@dataclass(frozen=True, slots=True)
class Item:
    """One message on its way: what SMTP said about it and the octets as received. `name` says in
    the log which one it is, `<file>.<number>`; a message that was not read from a spool has none.
    """

    envelope: Envelope
    raw: bytes
    name: str = field(default="", compare=False)


class Spool:
    """The durable queue in `folder`; makes it, and the quarantine beside it, when missing. `bell`
    is its doorbell, for who waits in the consumer's place."""

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder).absolute()
        self.aside = self.folder.parent / "quarantine"
        self._kind = self.folder.name.partition("-")[0]  # `in-3` is that of a cell
        for place in (self.folder, self.aside):
            place.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.bell = Bell(self.folder / ".bell")
        self._listening = False
        self._waiting: list[Path] = []

    def put(self, items: Iterable[Item], *, key: str = "", waits: bool = False) -> Path:
        """Keeps the items in one file: durable on return, on other machines, too, where the hub has
        some; the path that it has, or will have on the machine whose spool this is. `key` says what
        it is, when a machine that took over may put it again. What `waits` is durable with the next
        `share`, and not before. Blocking. Raises OSError when the disk does not take it,
        NotKeptError when too few machines do; then nothing was kept.
        """
        for one in _sharing:
            if (passed := one.pass_on(self.folder, items, key)) is not None:
                if waits and passed.exists():  # in a cell that this machine has
                    self._waiting.append(passed)
                return passed
        path = self.folder / next_name()
        write_atomic(path, encode(items), mode=0o600, durable_name=not waits)
        if waits:
            self._waiting.append(path)
        else:
            share(self.folder, [path])
        return path

    def share(self) -> None:
        """Makes what waits for it durable, all at once. For who put it; blocking. Raises
        NotKeptError; then none of it was kept."""
        if waiting := self._waiting:
            self._waiting = []
            fsync_dir(self.folder)
            share(self.folder, waiting)

    def pending(self, most: int | None = None) -> list[Path]:
        """The files that wait, oldest first; `most` so many of them."""
        return [self.folder / name for name in sorted(self.names())[:most]]

    def names(self) -> list[str]:
        """Their names, in no order: for who looks again and again where very many wait."""
        return [one for one in os.listdir(self.folder) if one.endswith(SUFFIX) and one[0] != "."]

    def length(self) -> int:
        """About how many files wait. Quick."""
        return sum(1 for _ in os.scandir(self.folder))

    def read(self, path: Path) -> list[Item]:
        """The messages of one file. Raises StoreError when the file is damaged: quarantine it."""
        return [item for item in self.whole(path) if item is not None]

    def whole(self, path: Path) -> list[Item | None]:
        """The same with None for those that are gone."""
        return decode(path.read_bytes(), path.name)

    def done(self, path: Path) -> None:
        """Forgets a file whose messages are all safe elsewhere. Safe to call twice.

        Not durable: after a power cut the file may be there again, so consumers are idempotent.
        """
        path.unlink(missing_ok=True)

    def quarantine(self, what: Path | Item, reason: str) -> Path:
        """Sets a file, or one message of a file, aside with the reason; durable on return.

        The same message set aside twice is one file. Returns the path in the quarantine.
        """
        name = what.name if isinstance(what, Path) else name_of(what)
        target = self.aside / f"{self._kind}-{name}"
        note = reason.strip().encode("utf-8", "backslashreplace") + b"\n"
        write_atomic(target.with_name(target.name + REASON), note, mode=0o600)
        if isinstance(what, Path):
            os.replace(what, target)
            fsync_dir(self.aside)
            fsync_dir(self.folder)
        else:
            write_atomic(target, encode([what]), mode=0o600)
        return target

    def set_aside(self, name: str, reason: str) -> Path | None:
        """Sets the message called `name` (`Item.name`) aside with the reason; the others of its
        file stay. Durable on return, safe to call twice. Returns the path in the quarantine, or
        None when no such message waits."""
        path = self.folder / f"{name.rpartition('.')[0]}{SUFFIX}"

        def keep(rest: list[Item | None]) -> None:
            write_atomic(path, encode(rest), mode=0o600)

        return set_one_aside(self, path, name, reason, keep)

    def is_aside(self, item: Item) -> bool:
        """Whether this message was set aside from this spool, alone, and is there still."""
        return (self.aside / f"{self._kind}-{name_of(item)}").exists()

    def quarantined(self) -> list[tuple[Path, str]]:
        """What was set aside from this spool, oldest name first, each with its reason."""
        found = sorted(self.aside.glob(f"{self._kind}-*{SUFFIX}"))
        return [(path, _reason_of(path)) for path in found]

    def retry(self, path: Path) -> Path:
        """Puts a file from the quarantine back in line and rings; returns its new path."""
        back = self.folder / path.name.removeprefix(f"{self._kind}-")
        os.replace(path, back)
        path.with_name(path.name + REASON).unlink(missing_ok=True)
        fsync_dir(self.folder)
        fsync_dir(self.aside)
        self.ring()
        return back

    def sweep(self, older_than: float = 3600.0) -> int:
        """Removes what a killed writer left half-written `older_than` seconds ago or more.

        Nobody got a 250 for those. Returns how many were removed. Ages are the file system's, so
        the machine's own time counts, not the replaceable clock.
        """
        limit, removed = time.time() - older_than, 0
        for path in self.folder.glob(".*.tmp"):
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed += 1
        return removed

    def ring(self) -> None:
        """Wakes the consumer, if one waits. Never blocks, never fails."""
        self.bell.ring()

    def wait(self, timeout: float) -> bool:
        """Waits until the bell rings, at most `timeout` seconds; whether it is worth looking. True,
        too, when something waits at the first call: it may have come before anybody listened."""
        if not self._listening:
            self.bell.listen()
            self._listening = True
            if self.pending():
                return True
        return self.bell.wait(timeout)

    def rang(self) -> bool:
        """Whether the bell rang since it was last asked or waited for. Does not wait; whoever asks
        once is heard from then on."""
        return self.bell.wait(0)

    def close(self) -> None:
        """Stops listening. The folder and its files stay."""
        self.bell.close()
        self._listening = False


class Holds(Protocol):
    """What holds files of messages: this spool, or the one in a store of objects."""

    def whole(self, path: Path) -> list[Item | None]: ...
    def quarantine(self, what: Path | Item, reason: str) -> Path: ...


def set_one_aside(
    spool: Holds, path: Path, name: str, reason: str, keep: Callable[[list[Item | None]], object]
) -> Path | None:
    """Sets the message `name` of a file aside; `keep` puts the others in the file's place. A file
    that is damaged or has no other goes whole. None when the message does not wait there."""
    try:
        items = spool.whole(path)
    except FileNotFoundError:
        return None
    except StoreError:
        return spool.quarantine(path, reason)
    found = next((item for item in items if item is not None and item.name == name), None)
    if found is None:
        return None
    rest = [item if item is not found else None for item in items]
    if not any(rest):
        return spool.quarantine(path, reason)
    target = spool.quarantine(found, reason)
    keep(rest)
    return target


def next_name() -> str:
    """What a new file is called: later than all before."""
    micros = int(clock.timestamp() * 1_000_000)
    return f"{micros:016d}-{os.getpid():07d}-{next(_sequence):06d}{SUFFIX}"


def name_of(item: Item) -> str:
    """A name that depends on sender, recipients and octets alone, so that it is the same again."""
    facts = json.dumps([item.envelope.mail_from, *item.envelope.rcpt_tos]).encode()
    return hashlib.sha256(facts + b"\n" + item.raw).hexdigest()[:32] + SUFFIX


def _reason_of(path: Path) -> str:
    try:
        return path.with_name(path.name + REASON).read_text("utf-8").rstrip("\n")
    except FileNotFoundError:
        return ""


def encode(items: Iterable[Item | None]) -> bytes:
    """The octets of a file with these messages; None for one that is gone."""
    parts, count = [_MAGIC], 0
    for item in items:
        count += 1
        if item is None:
            parts.append(_GONE)
            continue
        facts = json.dumps(_facts(item.envelope), separators=(",", ":")).encode("ascii")
        check = zlib.crc32(item.raw, zlib.crc32(facts))
        parts += (b"item %d %d %08x\n" % (len(facts), len(item.raw), check), facts, b"\n")
        parts += (item.raw, b"\n")
    parts.append(b"end %d\n" % count)
    return b"".join(parts)


def _facts(envelope: Envelope) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "mail_from": envelope.mail_from,
        "rcpt_tos": envelope.rcpt_tos,
        "received_at": envelope.received_at.isoformat(),
        "peer": envelope.peer,
        "helo": envelope.helo,
        "smtputf8": envelope.smtputf8,
    }
    if envelope.list_id:
        facts["list_id"] = envelope.list_id
    if envelope.list_id or envelope.members:
        facts["members"] = envelope.members
    facts |= {name: True for name in _MARKS if getattr(envelope, name)}
    if envelope.moved_from:
        facts["moved_from"] = envelope.moved_from
    return facts


def decode(data: bytes, file: str) -> list[Item | None]:
    """The messages in the octets of a file, each called `<file>.<number>`; None for one that is
    gone. Raises StoreError when they are damaged."""
    if not data.startswith(_MAGIC):
        raise StoreError(f"{file}: not a spool file of version 1")
    items: list[Item | None] = []
    at = len(_MAGIC)
    try:
        while not data.startswith(b"end ", at):
            if data.startswith(_GONE, at):
                items.append(None)
                at += len(_GONE)
                continue
            item, at = _decode_item(data, at)
            items.append(item)
        whole = data[at:] == b"end %d\n" % len(items)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{file}: damaged after message {len(items)}, at octet {at} ({error})"
        ) from error
    if not whole:
        raise StoreError(f"{file}: damaged at its end, at octet {at}")
    stem = file.removesuffix(SUFFIX)
    return [
        replace(item, name=f"{stem}.{number}") if item is not None else None
        for number, item in enumerate(items)
    ]


def _decode_item(data: bytes, at: int) -> tuple[Item, int]:
    """The item that starts at `at`, and where the next thing starts. Raises ValueError & co."""
    start = data.index(b"\n", at) + 1
    word, facts_size, raw_size, check = data[at:start].split()
    middle = start + int(facts_size)
    end = middle + 1 + int(raw_size)
    facts, raw = data[start:middle], data[middle + 1 : end]
    if word != b"item" or data[middle : middle + 1] != b"\n" or data[end : end + 1] != b"\n":
        raise ValueError("lengths do not fit")
    if zlib.crc32(raw, zlib.crc32(facts)) != int(check, 16):
        raise ValueError("checksum does not fit")
    return Item(envelope_of(json.loads(facts)), raw), end + 1


def envelope_of(facts: dict[str, Any]) -> Envelope:
    """The envelope that was kept as these facts. Raises ValueError, KeyError or TypeError."""
    envelope = Envelope(
        mail_from=facts["mail_from"],
        rcpt_tos=tuple(facts["rcpt_tos"]),
        received_at=datetime.fromisoformat(facts["received_at"]),
        peer=facts.get("peer", ""),
        helo=facts.get("helo", ""),
        smtputf8=facts.get("smtputf8", False),
        list_id=facts.get("list_id", ""),
        members=tuple(facts.get("members", ())),
        moved_from=facts.get("moved_from", ""),
        **{name: facts.get(name, False) for name in _MARKS},
    )
    if envelope.list_id and len(envelope.members) != len(envelope.rcpt_tos):
        raise ValueError("members and recipients do not fit")
    return envelope
