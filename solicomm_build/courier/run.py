"""The courier: what the lists' logs and the spool hold goes out. Read this first.

One after the other, in one process under one lock: what came back (bounces.py, spool/bounces →
roster), a fan-out (fanout.py, lists → spool/out), then a round over the spool (queue.py), the
messages with few recipients first, with the sink or the relay; and when nothing waits, the digests
that are due (digest.py, lists → spool/out).
A ring between two batches starts over with a fan-out, so that a small list never waits for a large
one. While a batch is on the wire the copies of the next are made (making/). After `kill -9`
anywhere at most one batch is sent twice: the one whose outcome was not yet on the disk.
"""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from solicomm_build.courier import home, hooks, queue, retry
from solicomm_build.courier.chores import Chores
from solicomm_build.courier.delivery import Delivery, delivery_of
from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.making.copies import Chunk, Letter, Letters, ahead
from solicomm_build.courier.outcome import Outcome
from solicomm_build.courier.queue import Batch, Consignment
from solicomm_build.courier.withheld.leavers import Leavers
from solicomm_build.courier.withheld.withdrawal import Withdrawals
from solicomm_build.foundation import clock, keys, maillog, safeio
from solicomm_build.foundation.errors import HubError, NotKeptError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog, spans
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.watch import Watch, set_aside
from solicomm_build.git.tips import names
from solicomm_build.post.cells.rush import Patience

_LOOK = 2.0  # seconds between looks at the lists when nobody rings
LOOKS = 10
"""Looks in vain after which a courier that may rest ends."""
_MANY = 200
"""Lists that a courier which is begun to look goes through in a tenth of a second."""
BUSY = "Another courier is at work on this hub. Stop it, or leave it to it"
_REST = timedelta(minutes=1)  # after a dead line, before anything is offered again
_trace = logging.getLogger("solicomm.courier")


async def deliver(
    config: Config,
    *,
    once: bool = False,
    stop: asyncio.Event | None = None,
    on_warm: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
    delivery: Delivery | None = None,
    watch: Watch | None = None,
    is_resting: bool = False,
) -> None:
    """Sends what waits and, unless `once`, goes on until `stop` is set (a batch is finished first);
    with `is_resting` only as long as there is something to wait for.

    Whoever adds posts or outgoing mail may ring `Spool(config.spool_out)`; without it the courier
    looks every two seconds. `on_warm` is called when keys and roster are read. Raises HubError when
    another courier works on this hub.
    """
    stop = stop or asyncio.Event()
    log = log or maillog.to_stderr()
    spool = Spool(config.spool_out)
    with safeio.locked(config.spool_out / ".lock", blocking=False) as mine:
        if not mine:
            raise HubError(BUSY)
        if delivery is None and not home.is_home(config):
            if once:
                raise HubError(home.WHY)
            log.event("delivery-stopped", reason=home.WHY)
            on_warm()
            if not await home.has_come(config, stop, _LOOK):
                return
        watch = watch or Watch.idle()
        if config.cell == 0:
            set_aside(watch, Spool(config.spool_bounces), log)
        courier = Courier(config, spool, delivery or delivery_of(config, log), log, watch)
        try:
            if not once:
                await courier.spread()
            await asyncio.to_thread(courier.warm)
            on_warm()
            await courier.work(once=once, stop=stop, is_resting=is_resting)
        finally:
            await courier.close()
            spool.close()


class Courier:
    """The loop and its state; use `deliver`, which holds the lock."""

    def __init__(
        self,
        config: Config,
        spool: Spool,
        delivery: Delivery,
        log: MailLog,
        watch: Watch | None = None,
    ) -> None:
        self._config, self._spool, self._delivery, self._log = config, spool, delivery, log
        self._watch = watch or Watch.idle()
        self._key = keys.token_key(config.keys)
        self._back = Spool(config.spool_bounces)
        is_first = config.cell == 0  # the others only hand over what it queues for them
        before = hooks.before(config, spool, log, watch) if is_first else ()
        after = hooks.after(config, spool, log, watch) if is_first else ()
        self._before = Chores(config.state, log, before)
        self._after = Chores(config.state, log, after)
        self._withdrawals, self._leavers = Withdrawals(config), Leavers(config, log)
        self._fanout = Fanout(config, spool, log, self._withdrawals, watch) if is_first else None
        self._letters = Letters(config)
        self._unshared = queue.Unshared(spool, log, is_alone=not config.cluster.is_shared)
        self._patience, self._waits, self._rang = Patience(config), False, False
        self._resting: datetime | None = None
        self._not_due: dict[str, datetime] = {}
        self._sizes: dict[str, int] = {}
        self._loaded: Consignment | None = None

    async def spread(self) -> None:
        """Has copies made in processes of their own, where it has no threads yet."""
        await self._letters.spread()

    def warm(self) -> None:
        """Reads what the first post would wait for. Blocking."""
        if self._fanout is not None:
            self._fanout.warm()

    async def work(self, *, once: bool, stop: asyncio.Event, is_resting: bool = False) -> None:
        """Fan-outs and rounds, until the stop or, with `once`, until what is due was offered; with
        `is_resting` until there is nothing to wait for: who was begun to look has looked then."""
        queue.sweep(self._spool)
        idle = 0 if self._spool.rang() else LOOKS
        await asyncio.to_thread(self._finish)  # before anything leaves the spool
        may_wait = False  # the first look comes before anything leaves the spool
        while not stop.is_set():
            if not await asyncio.to_thread(self._unshared.share, is_last=once):
                await self._pause(stop)
                continue
            more = await asyncio.to_thread(self._take_up, may_wait=may_wait)
            may_wait = not once
            if await self.round(stop) or more or await asyncio.to_thread(self._finish):
                idle = 0
                continue
            if once or (is_resting and idle >= LOOKS and self._has_nothing()):
                await asyncio.to_thread(self._unshared.share, is_last=True)
                return
            await self._delivery.rest()
            idle = 0 if await self._pause(stop) else idle + 1

    def _has_nothing(self) -> bool:
        """Whether nothing waits here for its time, or for another to be reached."""
        is_busy = self._waits or self._resting or self._unshared
        if is_busy or self._spool.names() or self._back.names():
            return False
        if self._fanout is None:
            return True
        return not self._fanout.waits() and len(names(self._config.conferences)) <= _MANY

    async def round(self, stop: asyncio.Event) -> bool:
        """Offers what is due, few recipients first; ends early at the stop and at a dead line. What
        became of it other machines know at its end, if they answer.

        True when it ended because somebody rang: then there may be something new.
        """
        has_rung = await self._round(stop)
        return await asyncio.to_thread(self._unshared.share) and has_rung

    async def _round(self, stop: asyncio.Event) -> bool:
        if self._resting is not None and clock.is_early(self._resting, _REST):
            return False
        self._resting, self._rang = None, False
        due = [(self._sizes.get(name, 0), name) for name in self._due()]
        heapq.heapify(due)
        while due and not stop.is_set():
            _, name = heapq.heappop(due)
            consignment = await self._load(self._spool.folder / name)
            if consignment is None:
                continue
            size = self._sizes[name]
            if due and size > max(due[0][0], queue.BATCH):
                heapq.heappush(due, (size, name))
                continue  # now that its size is known, another goes first
            if not await self._send(consignment, stop):
                return self._rang
        return False

    def _take_up(self, *, may_wait: bool) -> bool:
        """What came back and what is new; whether to look again at once. In a rush of mail what is
        new waits for a while, if it may. Blocking."""
        self._watch.look_again()
        done = self._before.run()
        self._waits = may_wait and self._patience.is_asked()
        if self._fanout is not None and not self._waits:
            self._fanout.run()
            done += self._fanout.accompany()
        return done > 0

    def _finish(self) -> bool:
        """What features do when nothing else waits; whether anything was done. Blocking."""
        return not self._waits and self._after.run() > 0

    async def close(self) -> None:
        """Ends the reading processes, threads and connections."""
        self._before.close()
        self._after.close()
        self._back.close()
        if self._fanout is not None:
            self._fanout.close()
        self._letters.close()
        self._leavers.close()
        await self._delivery.close()

    def _due(self) -> set[str]:
        """The files to be offered now, by name. What is gone is forgotten."""
        waiting = set(self._spool.names())
        self._not_due = {name: at for name, at in self._not_due.items() if name in waiting}
        self._sizes = {name: size for name, size in self._sizes.items() if name in waiting}
        now = clock.now()
        not_due = {name for name, at in self._not_due.items() if not retry.is_due(at, now)}
        return waiting - not_due

    async def _load(self, path: Path) -> Consignment | None:
        """One file with its state; None when it cannot be read, and is set aside."""
        if self._loaded is None or self._loaded.path != path:
            try:
                self._loaded = await asyncio.to_thread(queue.load, self._spool, path)
            except StoreError as error:
                self._set_aside(path, error.public)
                return None
        self._sizes[path.name] = self._loaded.size
        return self._loaded

    async def _send(self, consignment: Consignment, stop: asyncio.Event) -> bool:
        """Offers one file; whether the round may go on."""
        path = consignment.path
        try:
            go_on = await self._batches(consignment, stop)
        except (OSError, NotKeptError, ObjectsError):
            raise  # the disk's fault, or other machines', not the item's: it stays where it is
        except Exception as error:  # noqa: BLE001 - the edge of the stage: one item stops no other
            _trace.exception("%s was set aside", path.name)
            self._set_aside(path, f"Sending failed unexpectedly: {error!r}", consignment)
            return True
        if consignment.settled:
            self._loaded = None
            await asyncio.to_thread(self._unshared.finish, path)
            for key in filter(None, map(queue.post_of, consignment.items)):
                self._withdrawals.forget(key)
        elif go_on and (due := consignment.next_due()):
            self._not_due[path.name] = due
        return go_on

    async def _batches(self, consignment: Consignment, stop: asyncio.Event) -> bool:
        """Offers what is due in one file, batch by batch; False when the round has to end."""
        await asyncio.to_thread(self._leavers.settle, consignment)
        for item, batches in groupby(consignment.batches(clock.now()), key=lambda one: one.item):
            key = queue.post_of(item)
            letter = await asyncio.to_thread(self._letters.letter, item)
            prepared = ahead(self._prepared(letter, batches))
            for place, (batch, chunks) in enumerate(prepared):
                if stop.is_set() or (place and self._ringing()):
                    return False
                with safeio.holding(consignment.path) as is_ours:
                    if not is_ours:  # what is withdrawn of it goes first
                        self._loaded = None
                        return True
                    # one step in a thread: each costs a wait for the threads that sign
                    go_on = await asyncio.to_thread(self._go_on_without, batch, consignment, key)
                    if go_on is not None:
                        return go_on
                    outcomes = await self._delivery.hand_over(letter, chunks)
                    now, of_it = clock.now(), (batch, outcomes)
                    lost = await asyncio.to_thread(consignment.settle, *of_it, now, self._keep)
                self._unshared.note(batch)
                due = consignment.due_of(batch)
                self._report(consignment.path, batch, outcomes, lost, due)
                if self._delivery.unreachable:
                    self._resting = now + _REST
                    return False
        return True

    def _go_on_without(
        self, batch: Batch, consignment: Consignment, key: str | None
    ) -> bool | None:
        """None where nothing keeps a batch back, and its room on the disk is taken; else whether
        the round may go on. Blocking."""
        if not self._unshared.has_room(batch):
            return False
        if not consignment.path.exists():  # withdrawn while it waited
            self._loaded = None
            return True
        if key is not None and self._withdrawals.has(key, batch.item.raw):
            self._withdraw(consignment, key)
            return True
        consignment.reserve(batch)
        return None

    def _withdraw(self, consignment: Consignment, key: str) -> None:
        """Nobody else gets the post."""
        self._log.event("withdrawn", id=consignment.path.stem, post=key, left=consignment.size)
        self._loaded = None
        queue.finish(self._spool, consignment.path)
        self._withdrawals.forget(key)

    def _prepared(
        self, letter: Letter, batches: Iterator[Batch]
    ) -> Iterator[tuple[Batch, list[Chunk]]]:
        """Each batch with its copies, which begin to be made when it is asked for."""
        return ((batch, self._letters.prepare(letter, batch.places)) for batch in batches)

    def _ringing(self) -> bool:
        """Whether somebody rang since the last time; remembered for the round."""
        self._rang = self._spool.rang()
        return self._rang

    def _report(
        self,
        path: Path,
        batch: Batch,
        outcomes: Sequence[Outcome],
        lost: dict[int, Outcome],
        due: dict[int, datetime],
    ) -> None:
        """Logs a batch."""
        kinds = [outcome.kind for outcome in outcomes]
        counts = {kind: kinds.count(kind) for kind in ("sent", "later", "failed")}
        envelope, rcpt_tos = batch.item.envelope, batch.item.envelope.rcpt_tos
        got = [place for place, kind in zip(batch.places, kinds, strict=True) if kind == "sent"]
        to = spans(envelope.members[place] for place in got) if envelope.members else None
        self._log.event("handed-over", id=path.stem, item=batch.number, **counts, members=to)
        for place, outcome in zip(batch.places, outcomes, strict=True):
            if outcome.kind == "sent":
                continue
            final = lost.get(place)
            self._log.event(
                "undelivered" if final else "deferred",
                id=path.stem,
                item=batch.number,
                rcpt_to=rcpt_tos[place],
                member=envelope.members[place] if envelope.members else None,
                reply=(final or outcome).reply,
                next=None if final else due.get(place),
            )

    def _keep(self, batch: Batch, lost: dict[int, Outcome]) -> None:
        """A list copy that fails counts as a bounce, its post is on the pages; other mail has no
        second home and goes to the quarantine. Durable on return, safe to do again."""
        envelope = batch.item.envelope
        if envelope.members:
            if refused := self._refusals(batch, lost):
                self._back.put(refused)
            return
        left = tuple(envelope.rcpt_tos[place] for place in lost)
        reasons = "\n".join(f"{envelope.rcpt_tos[at]}: {one.reply}" for at, one in lost.items())
        only = Item(replace(envelope, rcpt_tos=left), batch.item.raw)
        self._spool.quarantine(only, f"From {envelope.mail_from}:\n{reasons}")
        hooks.lost(self._config, only, [one.reply for one in lost.values()])

    def _refusals(self, batch: Batch, lost: dict[int, Outcome]) -> list[Item]:
        """What was refused, as bounces (docs/mail-rules.md#handing-over)."""
        to = batch.item.envelope
        name = to.list_id or (to.mail_from or "").partition("-bounces+")[0]
        return [
            write(self._config, self._key, name, to.members[at], to.rcpt_tos[at], outcome.reply)
            for at, outcome in lost.items()
            for write in hooks.refusals()
        ]

    def _set_aside(self, path: Path, reason: str, sent: Consignment | None = None) -> None:
        self._loaded = None
        if sent is None or not queue.set_rest_aside(self._spool, sent, reason):
            self._spool.quarantine(path, reason)
            queue.state_path(path).unlink(missing_ok=True)
        self._log.event("quarantined", id=path.stem, reason=reason)

    async def _pause(self, stop: asyncio.Event) -> bool:
        """Until the bell, the stop or the next look; whether somebody rang."""
        if stop.is_set():
            return False
        listening = asyncio.create_task(asyncio.to_thread(self._spool.wait, _LOOK))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({listening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            if not listening.done():
                self._spool.ring()  # the thread must be gone before the spool is closed
                await listening
        return listening.result()
