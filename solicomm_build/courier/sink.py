"""`delivery: sink`: copies go into one mbox and to nobody (docs/mail-rules.md#copied-hubs).

Format of `spool/sink.mbox`: mboxrd (a line of `>`s and `From ` gets one `>` more), LF line ends, a
blank line after each message. One message per recipient, as it would have been handed over: no
field is added, so it does not say for whom; the `From ` line holds the reverse-path and the time.
Writers hold the lock `spool/.sink.lock`.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from solicomm_build.courier.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.foundation import clock
from solicomm_build.foundation.safeio import fsync_dir, locked

_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
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
        entries = b"".join(mboxrd(copy.mail_from, copy.head + letter.wire, now) for copy in copies)
        await asyncio.to_thread(_append, self._path, entries)
        return [SENT] * len(copies)

    async def rest(self) -> None:
        """Nothing is held open."""

    async def close(self) -> None:
        """Nothing is held open."""


def mboxrd(mail_from: str | None, message: bytes, at: datetime) -> bytes:
    """One message as an entry of an mbox; it can be taken apart again without loss of text."""
    sender = _UNSAFE.sub("_", mail_from or "MAILER-DAEMON")
    head = f"From {sender} {at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}\n".encode("ascii")
    text = _FROM.sub(rb">\1", message.replace(b"\r\n", b"\n"))
    return head + text + (b"\n" if text.endswith(b"\n") else b"\n\n")


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
