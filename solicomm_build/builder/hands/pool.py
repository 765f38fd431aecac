"""Has machines that help make pages; in a process of its own (calling.py), for Dask has threads.

    python -m solicomm_build.builder.hands.pool HUB SECONDS

Dask is asked for little: who is there, and to run one function on one machine. Who does what is
decided here, so that a machine which died, is slow or has another version can be named, and its
work given to another. Of the builder nothing is loaded here: what orders are about and what comes
of them goes through packed (pipes.py).
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from solicomm_build.builder.hands import bench, meeting, pipes
from solicomm_build.builder.hands.bench import HelperError
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config

_AS_FILES = {"index"}
"""Orders of which a file comes, which is brought in parts: (its name there, its octets)."""


@dataclass(frozen=True, slots=True)
class _Begun:
    """A piece of work by its number, when (`time.monotonic`) it has to be done, and how many
    seconds that gives it."""

    number: int
    until: float
    seconds: float


@dataclass(slots=True)
class _Worker:
    """One that helps: its address, what it is called, and what it is at, one after the other."""

    address: str
    name: str
    at_work: dict[Any, _Begun] = field(default_factory=dict)


class Pool:
    """Machines that help with one full build. What one had begun when it is left out is done by
    another, or given back. Raises HubError when nobody can be asked."""

    def __init__(self, config: Config, patience: float, code: str) -> None:
        self._patience, self._turn = patience, 0
        self.said: list[str] = []
        self._reads: deque[tuple[_Worker, Any] | None] = deque()
        address = meeting.address(config)
        try:
            self._client = meeting.dask().Client(
                address, security=meeting.security(config), timeout=meeting.CONNECT
            )
        except (OSError, TimeoutError) as error:
            raise HubError(
                f"nobody answers at {address}. Does `solicomm workers schedule` run there?"
            ) from error
        self._errand = b""
        self.workers: list[_Worker] = []
        ours = pipes.pack(code)
        for at, facts in sorted(self._facts().items()):
            one = _Worker(at, str(facts["name"]))
            self.workers.append(one)
            answer = self._result(one, self._submit(one, "code"))
            if answer and answer[0] != ours:
                self._leave_out(one, "its version of SoliComm, a library or theme is another")

    def close(self) -> None:
        """Lets go of them."""
        self._client.close()

    def begin(self, errand: bytes) -> None:
        """What the next orders are about."""
        self._errand = errand

    def read(self, given: bytes) -> None:
        """Begins to have posts read; `join` has what came of it, in the order of the calls."""
        if not self.workers:
            self._reads.append(None)
            return
        self._turn += 1
        one = self.workers[self._turn % len(self.workers)]
        self._reads.append((one, self._submit(one, "read", self._errand, given)))

    def join(self) -> bytes | None:
        """The posts of the earliest call, packed; None when nobody read them."""
        begun = self._reads.popleft()
        answer = self._result(*begun) if begun else None
        return answer[0] if answer else None

    def take(self, given: bytes) -> None:
        """Sends a piece of the index to all of them."""
        begun = [(one, self._submit(one, "take", self._errand, given)) for one in self.workers]
        for one, future in begun:
            self._result(one, future)

    def do(
        self, pieces: Sequence[tuple[str, bytes, float]]
    ) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Has work done, each piece (order, what it is about, seconds beyond what is usual): gives
        ("done", (number, what came of it)) of each, as it is done, before it ("part", (number,
        where they belong, octets, who sent them)) of the file that came of it, if that is what the
        order is about.
        What is missing at the end was done by nobody."""
        todo = deque(range(len(pieces)))
        while self.workers and (todo or any(one.at_work for one in self.workers)):
            for one in self.workers * meeting.AT_ONCE:
                if todo and len(one.at_work) < meeting.AT_ONCE:
                    number = todo.popleft()
                    order, given, more = pieces[number]
                    since = max((at.until for at in one.at_work.values()), default=time.monotonic())
                    seconds = self._patience + more
                    begun = _Begun(number, since + seconds, seconds)
                    one.at_work[self._submit(one, order, self._errand, given)] = begun
            yield from self._done(todo, {n for n, one in enumerate(pieces) if one[0] in _AS_FILES})

    def _done(
        self, todo: deque[int], as_files: Container[int]
    ) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """What was done meanwhile; what was at work where nobody helps any more is to do again."""
        futures = [future for one in self.workers for future in one.at_work]
        with contextlib.suppress(TimeoutError):
            meeting.dask().wait(futures, timeout=1, return_when="FIRST_COMPLETED")
        there = self._facts()
        for one in list(self.workers):
            for future in [each for each in one.at_work if each.done()]:
                number = one.at_work[future].number
                answer = self._result(one, future)
                if answer and number in as_files:
                    for low, octets in self._parts(one, *pipes.unpack(answer[0])):
                        yield "part", (number, low, octets, one.name)
                if answer and one in self.workers:
                    del one.at_work[future]
                    yield "done", (number, answer[0])
            if one.address not in there:
                self._leave_out(one, "it is gone")
            elif late := [at for at in one.at_work.values() if time.monotonic() > at.until]:
                why = f"one piece of work took over {late[0].seconds:.0f} seconds"
                self._leave_out(one, why)
            if one not in self.workers:
                todo.extendleft(at.number for at in one.at_work.values())
                self._client.cancel(list(one.at_work), force=True)
                one.at_work.clear()

    def _parts(self, one: _Worker, name: str, size: int) -> Iterator[tuple[int, bytes]]:
        """(where they belong, octets) of a file there; with fewer it helps no more."""
        for low in range(0, size and size + 1, bench.PART):
            answer = self._result(one, self._send(one, bench.part, name, low))
            if answer is None:
                return
            yield low, answer[0]

    def _facts(self) -> Mapping[str, Any]:
        client = self._client  # what it has noted itself may be without workers for a moment
        found: Mapping[str, Any] = client.sync(client.scheduler.identity, n_workers=-1)["workers"]
        return found

    def _submit(self, one: _Worker, *order: Any) -> Any:
        return self._send(one, bench.ask, *order)

    def _send(self, one: _Worker, what: Callable[..., Any], *given: Any) -> Any:
        return self._client.submit(
            what,
            *given,
            workers=[one.address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )

    def _result(self, one: _Worker, future: Any) -> tuple[bytes] | None:
        """What came of an order, packed (pipes.py), in a tuple; when nothing did, None,
        and it helps no more."""
        end = time.monotonic() + self._patience
        while not future.done() and time.monotonic() < end and one in self.workers:
            with contextlib.suppress(TimeoutError):
                meeting.dask().wait([future], timeout=1)
            if one.address not in self._facts():
                self._leave_out(one, "it is gone")
        if not future.done() and one not in self.workers:
            return None
        try:
            return (future.result(timeout=max(1.0, end - time.monotonic())),)
        except HelperError as error:
            self._leave_out(one, error.public)
        except TimeoutError:
            self._leave_out(one, f"it did not answer within {self._patience:.0f} seconds")
        except Exception as error:  # noqa: BLE001 - whatever Dask says of a machine that died
            self._leave_out(one, f"{type(error).__name__}: {error}".splitlines()[0])
        return None

    def _leave_out(self, one: _Worker, why: str) -> None:
        if one in self.workers:
            self.workers.remove(one)
            self.said.append(f"{one.name} does not help with this build: {why}")


def serve(config: Config, patience: float, orders: IO[bytes], answers: IO[bytes]) -> None:
    """Does what the builder asks (calling.py) until it asks no more; first it says which code it
    has."""
    try:
        meeting.configure()
        meeting.dask()  # while the builder is being loaded
        (code,) = pipes.receive(orders)
        pool = Pool(config, patience, code)
    except EOFError:
        return
    except HubError as error:
        pipes.send(answers, ("no", error.public))
        return

    def answer(kind: str, value: Any) -> None:
        while pool.said:
            pipes.send(answers, ("say", pool.said.pop(0)))
        pipes.send(answers, (kind, value))

    answer("ready", len(pool.workers))
    can: dict[str, Callable[..., None]] = {
        "begin": pool.begin, "read": pool.read, "take": pool.take,
    }  # fmt: skip
    while True:
        try:
            name, *given = pipes.receive(orders)
        except EOFError:
            break
        if name == "join":
            answer("read", pool.join())
        elif name == "do":
            for kind, done in pool.do(*given):
                answer(kind, done)
            answer("end", None)
        else:
            can[name](*given)
    pool.close()


def main() -> None:
    """The process: HUB SECONDS."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not meet our answers
    hub, patience = sys.argv[1:]
    serve(hubyaml.load(Path(hub)), float(patience), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
