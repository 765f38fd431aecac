"""The courier: what the lists' logs and the spool hold goes out. Read this first.

One after the other, in one process under one lock: a fan-out (fanout.py, lists → spool/out), then a
round over the spool (queue.py) with the sink or the relay. After `kill -9` anywhere at most one
batch is sent twice: the one whose outcome was not yet on the disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from solicomm_build import clock, maillog, safeio
from solicomm_build.config import Config
from solicomm_build.courier import queue
from solicomm_build.courier.fanout import Fanout, post_of
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.queue import Batch, Consignment
from solicomm_build.courier.relay import Relay
from solicomm_build.courier.sink import Sink
from solicomm_build.errors import HubError, StoreError
from solicomm_build.maillog import MailLog
from solicomm_build.spool import Item, Spool

_LOOK = 2.0  # seconds between looks at the lists when nobody rings
_REST = timedelta(minutes=1)  # after a dead line, before anything is offered again
_trace = logging.getLogger("solicomm.courier")


class Delivery(Protocol):
    """Where copies go."""

    unreachable: bool
    """Whether the last hand-over met a dead line: then a pause is better than the next item."""

    async def hand_over(self, item: Item, recipients: Sequence[str]) -> list[Outcome]:
        """What became of each recipient, in their order."""

    async def close(self) -> None:
        """Lets go of connections."""


async def deliver(
    config: Config,
    *,
    once: bool = False,
    stop: asyncio.Event | None = None,
    log: MailLog | None = None,
    delivery: Delivery | None = None,
) -> None:
    """Sends what waits and, unless `once`, goes on until `stop` is set (a batch is finished first).

    Whoever adds posts or outgoing mail may ring `Spool(config.spool_out)`; without it the courier
    looks every two seconds. Raises HubError when another courier works on this hub.
    """
    stop = stop or asyncio.Event()
    log = log or maillog.to_stderr()
    spool = Spool(config.spool_out)
    with safeio.locked(config.spool_out / ".lock", blocking=False) as mine:
        if not mine:
            raise HubError("Another courier is at work on this hub. Stop it, or leave it to it")
        courier = Courier(config, spool, delivery or delivery_of(config), log)
        try:
            await courier.work(once=once, stop=stop)
        finally:
            await courier.close()
            spool.close()


def delivery_of(config: Config) -> Delivery:
    """The sink or the relay, as hub.yaml says."""
    if config.delivery == "sink":
        return Sink(config.sink)
    return Relay(config.relay, helo=config.domain, timeout=config.limits.timeout)


class Courier:
    """The loop and its state; use `deliver`, which holds the lock."""

    def __init__(self, config: Config, spool: Spool, delivery: Delivery, log: MailLog) -> None:
        self._spool, self._delivery, self._log = spool, delivery, log
        self._fanout = Fanout(config, spool, log)
        self._resting: datetime | None = None
        self._not_due: dict[Path, datetime] = {}

    async def work(self, *, once: bool, stop: asyncio.Event) -> None:
        """Rounds, until the stop or after the first."""
        queue.sweep(self._spool)
        while not stop.is_set():
            await asyncio.to_thread(self._fanout.run)
            await self.round(stop)
            if once:
                return
            await self._pause(stop)

    async def round(self, stop: asyncio.Event) -> None:
        """Offers everything that is due; ends early at the stop and at a dead line."""
        if self._resting is not None and clock.now() < self._resting:
            return
        self._resting = None
        waiting = self._spool.pending()
        self._not_due = {path: self._not_due[path] for path in waiting if path in self._not_due}
        for path in waiting:
            if path in self._not_due and clock.now() < self._not_due[path]:
                continue
            if not await self._send(path, stop):
                return

    async def close(self) -> None:
        """Ends the reading processes and connections."""
        self._fanout.close()
        await self._delivery.close()

    async def _send(self, path: Path, stop: asyncio.Event) -> bool:
        """Offers one file; whether the round may go on. What cannot be read is set aside."""
        try:
            consignment = await asyncio.to_thread(queue.load, self._spool, path)
        except StoreError as error:
            self._set_aside(path, error.public)
            return True
        try:
            go_on = await self._batches(consignment, stop)
        except OSError:
            raise  # the disk's fault, not the item's: it stays where it is
        except Exception as error:  # noqa: BLE001 - the edge of the stage: one item stops no other
            _trace.exception("%s was set aside", path.name)
            self._set_aside(path, f"Sending failed unexpectedly: {error!r}")
            return True
        if consignment.settled:
            queue.finish(self._spool, path)
        elif due := consignment.next_due():
            self._not_due[path] = due
        return go_on

    async def _batches(self, consignment: Consignment, stop: asyncio.Event) -> bool:
        for batch in consignment.batches(clock.now()):
            if stop.is_set():
                return False
            outcomes = await self._delivery.hand_over(batch.item, batch.recipients)
            now = clock.now()
            lost = await asyncio.to_thread(consignment.settle, batch, outcomes, now)
            self._report(consignment.path, batch, outcomes, lost)
            if self._delivery.unreachable:
                self._resting = now + _REST
                return False
        return True

    def _report(
        self, path: Path, batch: Batch, outcomes: Sequence[Outcome], lost: dict[int, Outcome]
    ) -> None:
        """Logs a batch. A list copy that fails is in the log only, its post is on the pages; other
        mail has no second home and goes to the quarantine."""
        kinds = [outcome.kind for outcome in outcomes]
        counts = {kind: kinds.count(kind) for kind in ("sent", "later", "failed")}
        self._log.event("handed-over", id=path.stem, item=batch.number, **counts)
        rcpt_tos = batch.item.envelope.rcpt_tos
        for place, outcome in lost.items():
            self._log.event(
                "undelivered", id=path.stem, rcpt_to=rcpt_tos[place], reply=outcome.reply
            )
        if lost and post_of(batch.item) is None:
            reasons = "\n".join(f"{rcpt_tos[at]}: {one.reply}" for at, one in lost.items())
            envelope = batch.item.envelope
            left = tuple(rcpt_tos[place] for place in lost)
            self._spool.quarantine(_for(batch.item, left), f"From {envelope.mail_from}:\n{reasons}")

    def _set_aside(self, path: Path, reason: str) -> None:
        self._spool.quarantine(path, reason)
        queue.state_path(path).unlink(missing_ok=True)
        self._log.event("quarantined", id=path.stem, reason=reason)

    async def _pause(self, stop: asyncio.Event) -> None:
        """Until the bell, the stop or the next look."""
        if stop.is_set():
            return
        listening = asyncio.create_task(asyncio.to_thread(self._spool.wait, _LOOK))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not listening.done():
                self._spool.ring()  # the thread must be gone before the spool is closed
                await listening


def _for(item: Item, rcpt_tos: tuple[str, ...]) -> Item:
    """The same message for some of its recipients."""
    return Item(replace(item.envelope, rcpt_tos=rcpt_tos), item.raw)
