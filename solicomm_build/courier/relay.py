"""`delivery: relay`: copies are handed to the configured mail servers by SMTP.

Up to 20 connections share the copies of a batch (connection.py speaks on them); each copy is a
transaction and an outcome of its own, because it has a reverse-path of its own. On loopback there
is no TLS; elsewhere it is used when offered. Why no library does it: docs/adr/0011.

Of several servers (`cluster: relay:`) each new connection goes to the next in turn. One that does
not answer, or says no before it has taken a copy, is passed over for ten seconds, then twice as
long each time, up to five minutes; it is tried again beside the work, and no batch waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from solicomm_build.courier.connection import Connection, connect
from solicomm_build.courier.line import Lost, Timeouts
from solicomm_build.courier.making.copies import Chunk, Copy, Letter
from solicomm_build.courier.outcome import Outcome

CONNECTIONS = 20
_A_CHUNK = 1  # connections for each chunk of copies
_TRIES = 2  # connections that one copy may end before it is left for later
_IDLE = 30.0  # seconds after which a connection is not trusted any more
_AWAY, _LONGEST = 10.0, 300.0  # seconds that a server is passed over, at first and at most
_GREETING, _COMMAND = 15.0, 60.0  # seconds to wait for one of several, before a copy's text is out

_Address = tuple[str, int]


class Relay:
    """Hands batches to one server, or to several in turn. `unreachable` says whether the last one
    met a dead line. `tell` hears which are passed over, and why, whenever that changes."""

    def __init__(
        self,
        *addresses: _Address,
        helo: str,
        timeouts: Timeouts | None = None,
        connections: int = CONNECTIONS,
        tell: Callable[[Mapping[_Address, str]], None] = lambda _: None,
    ) -> None:
        self.unreachable = False
        self._helo = helo
        self._servers = _Servers(addresses, tell)
        self._timeouts = timeouts or Timeouts()
        if len(addresses) > 1:
            greeting = min(_GREETING, self._timeouts.greeting)
            command = min(_COMMAND, self._timeouts.command)
            self._timeouts = replace(self._timeouts, greeting=greeting, command=command)
        self._most = self._width = connections
        self._idle: list[Connection] = []
        self._trials: set[asyncio.Task[None]] = set()

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
        """Says goodbye on every open connection; the next batch opens its own. Who is passed over
        is tried when it is time."""
        self._try_again()
        self._width = self._most
        leaving, self._idle = self._idle, []
        await asyncio.gather(*(one.quit() for one in leaving))

    async def close(self) -> None:
        """Says goodbye on every open connection."""
        for trial in self._trials:
            trial.cancel()
        await asyncio.gather(*self._trials, return_exceptions=True)
        leaving, self._idle = self._idle, []
        await asyncio.gather(*(one.quit() for one in leaving))

    async def _work(self, job: _Job) -> None:
        """Sends what the job has on one connection after another, until no server answers a new
        one. It is opened while the copies are being made."""
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
                if connection.delivered > before:
                    self._servers.takes(connection.address)
                elif not self._goes_on(connection, lost, known):
                    return
            except BaseException:
                connection.abort()
                raise
            else:
                if connection.delivered > before:
                    self._servers.takes(connection.address)
                await self._put_away(connection)

    def _goes_on(self, connection: Connection, lost: Lost, known: bool) -> bool:
        """Whether another connection may be opened after one on which nothing was delivered."""
        if not self._servers.are_several:
            return known
        if known:  # the others to that server stood as long
            self._drop(connection.address)
            return True
        return self._failed(connection.address, str(lost))

    async def _open(self) -> Connection:
        """A connection to the server whose turn it is. Raises Lost when none answers."""
        self._try_again()
        why = ""
        for address in self._servers.in_turn():
            try:
                connection = await self._connect(address)
            except Lost as lost:
                self._failed(address, why := str(lost))
            else:
                self._servers.answers(address)
                return connection
        raise Lost(why)

    async def _connect(self, address: _Address) -> Connection:
        encrypt = not _is_loopback(address[0])
        return await connect(
            address,
            helo=self._helo,
            encrypt=encrypt,
            timeouts=self._timeouts,
            has_others=self._servers.are_several,
        )

    def _failed(self, address: _Address, why: str) -> bool:
        """Passes a server over, and forgets its connections; whether there is another."""
        if self._servers.are_several:
            self._drop(address)
        return self._servers.failed(address, why)

    def _drop(self, address: _Address) -> None:
        for one in [one for one in self._idle if one.address == address]:
            self._idle.remove(one)
            one.abort()

    def _try_again(self) -> None:
        """Begins to ask those that were passed over long enough."""
        for address in self._servers.due():
            trial = asyncio.create_task(self._try(address))
            self._trials.add(trial)
            trial.add_done_callback(self._trials.discard)

    async def _try(self, address: _Address) -> None:
        try:
            connection = await self._connect(address)
        except Lost as lost:
            self._failed(address, str(lost))
        else:
            self._servers.answers(address)
            await connection.quit()

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


@dataclass(slots=True)
class _Away:
    """A server that is passed over: until when, what was heard last, and whether it is being asked
    again."""

    until: float
    why: str
    is_tried: bool = False


class _Servers:
    """Whose turn it is, and who is passed over. One alone never is."""

    def __init__(
        self, addresses: Sequence[_Address], tell: Callable[[Mapping[_Address, str]], None]
    ) -> None:
        self._turns = deque(addresses)
        self._away: dict[_Address, _Away] = {}
        self._failed: dict[_Address, tuple[int, float]] = {}
        """How often each failed since it took a copy, and until when that counts once."""
        self._tell = tell

    @property
    def are_several(self) -> bool:
        return len(self._turns) > 1

    def in_turn(self) -> list[_Address]:
        """Whom to ask, one after the other: those that are not passed over, or all when all are."""
        self._turns.rotate(-1)
        return [one for one in self._turns if one not in self._away] or list(self._turns)

    def answers(self, address: _Address) -> None:
        """It is there."""
        if self._away.pop(address, None):
            self._say()

    def takes(self, address: _Address) -> None:
        """It took a copy, which one with a full disk does not that answers."""
        self._failed.pop(address, None)

    def failed(self, address: _Address, why: str) -> bool:
        """It is not; whether another is."""
        if not self.are_several:
            return False
        now = asyncio.get_running_loop().time()
        found = self._away.get(address)
        if found is None or found.is_tried or found.until <= now:
            times, until = self._failed.get(address, (0, now))
            if until <= now:
                until = now + min(_LONGEST, _AWAY * 2**times)
                self._failed[address] = min(times + 1, 9), until
            self._away[address] = _Away(until, why)
            if found is None or found.why != why:
                self._say()
        return len(self._away) < len(self._turns)

    def due(self) -> list[_Address]:
        """Those that were passed over long enough, and are not being asked."""
        if not self._away:
            return []
        now = asyncio.get_running_loop().time()
        found = [one for one, it in self._away.items() if it.until <= now and not it.is_tried]
        for one in found:
            self._away[one].is_tried = True
        return found

    def _say(self) -> None:
        self._tell({address: one.why for address, one in self._away.items()})


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
