"""Many SMTP connections, one fsync.

While a thread writes and syncs one spool file, the messages that arrive meanwhile gather; the next
file takes them all. So one connection alone waits for one write, and twenty wait for two. Each cell
that a message is for (routing.py) gets a file, and all are on the disk before anybody is told. A
message handed over here is written even if its connection, or the task that serves it, is gone
(RFC 5321 6.1): the writing belongs to this object, not to the caller.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from solicomm_build.bridge.routing import Parts, Route, to_one
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.spool import Item

_BATCH_ITEMS = 256
_BATCH_OCTETS = 16 * 1024 * 1024
_LOOK_SECONDS = 1.0

_Outcome = str | SoliCommError
_Waiting = tuple[Parts, "asyncio.Future[_Outcome]"]


class SpoolError(SoliCommError):
    """The message could not be made durable: 451 4.3.0, or 452 4.3.1 when the disk is full."""


def free_share(folder: Path) -> float:
    """The part of the file system of `folder` that is free for us, 0 to 1."""
    facts = os.statvfs(folder)
    return facts.f_bavail / facts.f_blocks if facts.f_blocks else 1.0


class GroupCommit:
    """Puts messages into `spool` for any number of tasks of one event loop; with a `route` the
    parts of each into the spools of cells (`spool_of`)."""

    def __init__(
        self,
        spool: Incoming,
        log: MailLog,
        *,
        free_percent: float = 5,
        most_files: int = 10_000,
        free: Callable[[Path], float] = free_share,
        route: Route = to_one,
        spool_of: Callable[[int], Incoming] | None = None,
    ) -> None:
        self._route, self._spool_of, self._spools = route, spool_of, {0: spool}
        self._spool, self._log, self._free = spool, log, free
        self._least, self._most = free_percent / 100, most_files
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="spool")
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None
        self._closed = False
        self._looked, self._is_full = float("-inf"), False

    def full(self) -> bool:
        """Whether less than `free_percent` of the disk is free, or `most_files` wait already
        because nobody takes them; looks once a second."""
        moment = asyncio.get_running_loop().time()
        if moment - self._looked >= _LOOK_SECONDS:
            self._looked = moment
            self._is_full = self._free(self._spool.folder) < self._least or any(
                one.length() > self._most for one in self._spools.values()
            )
        return self._is_full

    async def put(self, item: Item) -> str:
        """Returns the message's id once it is durable. Raises SpoolError when it is not.

        Cancelling the caller does not cancel the write.
        """
        if self._closed:
            raise SpoolError("going down, try later", smtp_code=421, enhanced="4.3.2")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_Outcome] = loop.create_future()
        self._waiting.append((self._route(item), future))
        if self._writer is None:
            self._writer = loop.create_task(self._write_all())
        outcome = await asyncio.shield(future)
        if isinstance(outcome, SoliCommError):
            raise outcome
        return outcome

    async def close(self) -> None:
        """Returns when everything handed over is written; what comes after is refused."""
        self._closed = True
        while self._writer is not None:
            await asyncio.shield(self._writer)
        self._thread.shutdown()

    async def _write_all(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                batch = self._next_batch()
                each = [parts for parts, _ in batch]
                outcomes = await loop.run_in_executor(self._thread, self._write, each)
                for (_, future), outcome in zip(batch, outcomes, strict=True):
                    future.set_result(outcome)
        finally:
            self._writer = None

    def _next_batch(self) -> list[_Waiting]:
        octets = count = 0
        for parts, _ in self._waiting[:_BATCH_ITEMS]:
            octets += sum(len(item.raw) for _, item in parts)
            if count and octets > _BATCH_OCTETS:
                break
            count += 1
        batch, self._waiting = self._waiting[:count], self._waiting[count:]
        return batch

    def _write(self, each: list[Parts]) -> list[_Outcome]:
        """Runs in the thread. One outcome for all: an id each, or the same error for each."""
        by_cell: dict[int, list[Item]] = {}
        names: list[tuple[int, int]] = []  # of each its first part: cell and number in the file
        for parts in each:
            names.append((parts[0][0], len(by_cell.get(parts[0][0], ()))))
            for cell, item in parts:
                by_cell.setdefault(cell, []).append(item)
        files: dict[int, str] = {}
        try:
            if self._free(self._spool.folder) < self._least:
                raise OSError(errno.ENOSPC, "too little of the disk is free")
            for cell in sorted(by_cell, reverse=True):  # commands, in cell 0, last
                files[cell] = self._in(cell).put(by_cell[cell]).stem
        except Exception as error:  # noqa: BLE001 - whatever it was, every sender must hear 4xx
            failure = _failure(error)
            self._log.event("spool-failed", items=len(each), error=repr(error))
            return [failure] * len(each)
        for cell in files:
            self._in(cell).ring()
        return [f"{files[cell]}.{number}" for cell, number in names]

    def _in(self, cell: int) -> Incoming:
        if cell not in self._spools:
            self._spools[cell] = self._spool_of(cell) if self._spool_of else self._spool
        return self._spools[cell]


def _failure(error: Exception) -> SpoolError:
    if safeio.is_no_room(error):
        return SpoolError("no room left here, try later", smtp_code=452, enhanced="4.3.1")
    return SpoolError("the message could not be kept, try later")
