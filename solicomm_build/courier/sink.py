"""`delivery: sink`: copies go into one mbox and to nobody (docs/mail-rules.md#copied-hubs).

Format of `spool/sink.mbox`: mboxrd (a line of `>`s and `From ` gets one `>` more), LF line ends, a
blank line after each message. One message per recipient, as it would have been handed over: no
field is added. The `From ` line holds the reverse-path, the time, and ` to=` with the recipient
(percent-encoded), so that it can be sent after all (`solicomm deliver --sink`). Writers hold the
lock `spool/.sink.lock`.

    spool/sink.mbox ─ send ─→ spool/out ─→ the courier, as everything

What an entry says is what would have gone out then, signature and all. Those that do not say for
whom, from before the sink knew, stay.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, unquote

from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, locked, write_atomic
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_TO = re.compile(rb"From ([!-~]+) [A-Z][a-z]{2} [ -~]+ to=([!-~]+)\n")
_NOBODY = "MAILER-DAEMON"
_PLAIN = "@!#$&'*+-./=?^_`{|}~"
"""Of an atom (RFC 5322 3.2.3), beside letters and digits, what needs no percent sign."""
_DATE = "%a %b %d %H:%M:%S %Y"
_UNSAFE = re.compile(r"[^!-~]")


class Sink:
    """Appends to the mbox; everything is taken."""

    unreachable = False

    def __init__(self, path: Path) -> None:
        self._path = path

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        """Keeps the copies; durable on return."""
        copies = [copy for chunk in chunks for copy in await chunk]
        now = clock.now()
        entries = b"".join(
            mboxrd(copy.mail_from, copy.head + letter.wire, now, copy.rcpt_to) for copy in copies
        )
        await asyncio.to_thread(_append, self._path, entries)
        return [SENT] * len(copies)

    async def rest(self) -> None:
        """Nothing is held open."""

    async def close(self) -> None:
        """Nothing is held open."""


def mboxrd(mail_from: str | None, message: bytes, at: datetime, to: str = "") -> bytes:
    """One message as an entry of an mbox; it can be taken apart again without loss of text."""
    sender = _UNSAFE.sub("_", mail_from or _NOBODY)
    whom = f" to={quote(to, safe=_PLAIN)}" if to else ""
    head = f"From {sender} {at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}{whom}\n".encode("ascii")
    text = _FROM.sub(rb">\1", message.replace(b"\r\n", b"\n"))
    return head + text + (b"\n" if text.endswith(b"\n") else b"\n\n")


def split_mbox(octets: bytes) -> list[bytes]:
    """The entries of an mbox as we write it: each begins with a `From ` line after an empty one."""
    entries, start = [], 0
    while octets[start:]:
        end = octets.find(b"\n\nFrom ", start)
        stop = len(octets) if end < 0 else end + 2
        entries.append(octets[start:stop])
        start = stop
    return entries


def recipient_of(entry: bytes) -> str:
    """For whom an entry is; empty where it does not say, as those before version 0.2.0."""
    found = _TO.match(entry)
    return unquote(found[2].decode("ascii")) if found else ""


def item_of(entry: bytes, now: datetime) -> Item | None:
    """The message of an entry, to be sent now; None where it does not say to whom, or is cut."""
    found, to = _TO.match(entry), recipient_of(entry)
    if found is None or not to or not entry.endswith(b"\n\n"):
        return None
    sender = found[1].decode("ascii")
    text = _QUOTED.sub(rb"\1", entry[found.end() : -1])
    mail_from = None if sender == _NOBODY else sender
    return Item(Envelope(mail_from, (to,), now), text.replace(b"\n", b"\r\n"))


# -- sent after all ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """What would go out: how many mails to how many addresses, from when to when; how many stay."""

    mails: int
    addresses: int
    oldest: datetime | None
    newest: datetime | None
    stays: int


def look(config: Config, since: datetime | None = None) -> Waiting:
    """What is in the sink. Raises HubError while it is still where mail goes."""
    _is_past(config)
    with locked(config.sink.with_name(".sink.lock")):
        goes, stays = _parted(_read(config), since)
    times = [at for at, _ in goes]
    to = {item.envelope.rcpt_tos for _, item in goes}
    oldest, newest = (min(times), max(times)) if times else (None, None)
    return Waiting(len(goes), len(to), oldest, newest, len(stays))


def send(config: Config, since: datetime | None = None) -> int:
    """Hands it to the courier, and takes it out of the sink; how many mails. A kill in between
    sends them again when it is asked for again. Durable on return."""
    _is_past(config)
    with locked(config.sink.with_name(".sink.lock")):
        goes, stays = _parted(_read(config), since)
        if goes:
            spool = Spool(config.spool_out)
            spool.put([item for _, item in goes])
            write_atomic(config.sink, b"".join(stays), mode=0o600)
            spool.ring()
        return len(goes)


def _is_past(config: Config) -> None:
    if config.delivery == "sink":
        raise HubError("`delivery: sink` is still in hub.yaml. Write `delivery: relay` first")


def _read(config: Config) -> bytes:
    try:
        return config.sink.read_bytes()
    except FileNotFoundError:
        return b""


def _parted(
    octets: bytes, since: datetime | None
) -> tuple[list[tuple[datetime, Item]], list[bytes]]:
    """What goes, with the time it was kept at, and the entries that stay."""
    goes, stays, now = [], [], clock.now()
    for entry in split_mbox(octets):
        at, item = _kept_at(entry), item_of(entry, now)
        if item is None or at is None or (since is not None and at < since):
            stays.append(entry)
        else:
            goes.append((at, item))
    return goes, stays


def _kept_at(entry: bytes) -> datetime | None:
    words = entry.split(b"\n", 1)[0].decode("ascii", "replace").split()[2:7]
    try:
        return datetime.strptime(" ".join(words), _DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


# -- within -----------------------------------------------------------------------------------


def _append(path: Path, entries: bytes) -> None:
    with locked(path.with_name(".sink.lock")):
        fresh = not path.exists()
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            view = memoryview(_gap(fd) + entries)
            while view:
                view = view[os.write(fd, view) :]
            os.fsync(fd)
        finally:
            os.close(fd)
        if fresh:
            fsync_dir(path.parent)


def _gap(fd: int) -> bytes:
    """What is missing before a new entry can begin, after an append that was cut short."""
    size = os.fstat(fd).st_size
    tail = os.pread(fd, 2, max(0, size - 2))
    return b"" if not size or tail == b"\n\n" else b"\n" if tail.endswith(b"\n") else b"\n\n"
