"""`delivery: relay`: copies are handed to the configured mail server by SMTP.

Up to 20 connections share the copies of a batch (connection.py speaks on them); each copy is a
transaction and an outcome of its own, because it has a reverse-path of its own. On loopback there
is no TLS; elsewhere it is used when offered. Why no library does it: docs/adr/0011.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import Counter, deque
from collections.abc import Sequence

from solicomm_build.courier.connection import Connection, connect
from solicomm_build.courier.copies import Chunk, Copy, Letter
from solicomm_build.courier.line import Lost, Timeouts
from solicomm_build.courier.outcome import Outcome

CONNECTIONS = 20
_A_CHUNK = 1  # connections for each chunk of copies
_TRIES = 2  # connections that one copy may end before it is left for later
_IDLE = 30.0  # seconds after which a connection is not trusted any more


class Relay:
    """Hands batches to one server. `unreachable` says whether the last one met a dead line."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        helo: str,
        timeouts: Timeouts | None = None,
        connections: int = CONNECTIONS,
    ) -> None:
        self.unreachable = False
        self._address, self._helo = address, helo
        self._timeouts = timeouts or Timeouts()
        self._encrypt = not _is_loopback(address[0])
        self._most = self._width = connections
        self._idle: list[Connection] = []

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        """What became of each copy, in their order. Raises nothing of the network; what making a
        copy raises it raises when all connections are at rest."""
        job = _Job(letter)
        feeding = asyncio.create_task(job.feed(chunks))
        width = min(self._width, _A_CHUNK * len(chunks))
        await asyncio.gather(*(self._work(job) for _ in range(width)))
        await feeding
        self.unreachable = job.gave_up
        return job.outcomes()

    async def rest(self) -> None:
        """Says goodbye on every open connection; the next batch opens its own."""
        self._width = self._most
        leaving, self._idle = self._idle, []
        await asyncio.gather(*(one.quit() for one in leaving))

    async def close(self) -> None:
        """Says goodbye on every open connection."""
        await self.rest()

    async def _work(self, job: _Job) -> None:
        """Sends what the job has on one connection after another, until a new one does not
        answer. It is opened while the copies are being made."""
        while not job.over:
            connection = self._used()
            known = connection is not None
            try:
                connection = connection or await self._open()
            except Lost as lost:
                self._width = max(1, len(self._idle) or self._width - 1)
                job.why = str(lost)
                return
            before = connection.delivered
            try:
                if (copy := await job.take()) is not None:
                    await connection.deliver(copy, job)
            except Lost as lost:
                connection.abort()
                _unsettled(connection, job, str(lost))
                if not known and connection.delivered == before:
                    return
            except BaseException:
                connection.abort()
                raise
            else:
                await self._put_away(connection)

    async def _open(self) -> Connection:
        return await connect(
            self._address, helo=self._helo, encrypt=self._encrypt, timeouts=self._timeouts
        )

    def _used(self) -> Connection | None:
        """An open connection that is not in use and not stale."""
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.used_at < _IDLE:
                return connection
            connection.abort()
        return None

    async def _put_away(self, connection: Connection) -> None:
        if connection.usable:
            connection.used_at = asyncio.get_running_loop().time()
            self._idle.append(connection)
        else:
            await connection.quit()


class _Job:
    """The copies of one batch: those that are made and wait, and what became of the others."""

    def __init__(self, letter: Letter) -> None:
        self.letter = letter
        self.left: deque[Copy] = deque()
        self._order: list[Copy] = []
        self._outcomes: dict[int, Outcome] = {}
        self._tries: Counter[int] = Counter()
        self._answered = 0
        self._complete = False
        self.why = ""
        self._more = asyncio.Event()

    async def feed(self, chunks: Sequence[Chunk]) -> None:
        """Takes in the copies as they are made."""
        try:
            for chunk in chunks:
                made = await chunk
                self._order += made
                self.left += made
                self._wake()
        finally:
            self._complete = True
            self._wake()

    async def take(self) -> Copy | None:
        while not self.left and not self._complete:
            await self._more.wait()
        return self.take_ready()

    def take_ready(self) -> Copy | None:
        return self.left.popleft() if self.left else None

    def settle(self, copy: Copy, outcome: Outcome) -> None:
        self._answered += 1
        self._outcomes[id(copy)] = outcome

    def leave(self, copy: Copy, why: str) -> None:
        """Keeps a copy for the next offer, because it may have been taken or ends connections."""
        self.why = why
        self._outcomes[id(copy)] = _later(why)

    @property
    def over(self) -> bool:
        """Whether there is nothing to take and nothing will come."""
        return self._complete and not self.left

    @property
    def gave_up(self) -> bool:
        """Whether the server would not talk: copies are left, or none got an answer."""
        return bool(self.left) or (bool(self._order) and not self._answered)

    def give_back(self, copy: Copy, why: str) -> None:
        """Puts a copy back that was not sent, unless it has ended too many connections."""
        self.why = why
        self._tries[id(copy)] += 1
        if self._tries[id(copy)] > _TRIES:
            self.leave(copy, why)
        else:
            self.left.appendleft(copy)

    def outcomes(self) -> list[Outcome]:
        """What became of each copy, in the order in which they came."""
        return [self._outcomes.get(id(copy)) or _later(self.why) for copy in self._order]

    def _wake(self) -> None:
        self._more.set()
        self._more = asyncio.Event()


def _unsettled(connection: Connection, job: _Job, why: str) -> None:
    """What a lost connection had in hand: what may have been taken waits for the next offer, the
    rest is for another connection."""
    hand = list(connection.unsettled)
    if connection.in_doubt:
        job.leave(hand.pop(0), why)
    for copy in reversed(hand):
        job.give_back(copy, why)


def _later(why: str) -> Outcome:
    return Outcome("later", " ".join(why.split())[:500] or "the relay did not answer")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
