"""Has machines that help make pages; in a process of its own (calling.py), for Dask has threads.

    python -m solicomm_build.builder.hands.pool HUB SECONDS

Dask is asked for little: who is there, and to run one function on one machine. Who does what is
decided here, so that a machine which died, is slow or has another version can be named, and its
work given to another. Orders and answers are those of helper.py: name and values, kind and value.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from solicomm_build.builder.follow import Parsed, Unread
from solicomm_build.builder.hands import bench, helper, meeting
from solicomm_build.builder.hands.errand import Errand, HelperError, Made
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config

_PAGES = 48
"""Pages in a piece of work."""
_PIECE = 4 << 20
"""Octets of the index in a message."""


@dataclass(slots=True)
class _Worker:
    """One that helps: its address, what it is called, and what it is at since when."""

    address: str
    name: str
    at_work: dict[Any, tuple[list[str], float]] = field(default_factory=dict)


class Pool:
    """Machines that help with one full build. What one had begun when it is left out is done by
    another, or given back. Raises HubError when nobody can be asked."""

    def __init__(self, config: Config, patience: float) -> None:
        meeting.configure()
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
        self._errand: Errand | None = None
        self.workers: list[_Worker] = []
        ours = helper.code()
        for at, facts in sorted(self._facts().items()):
            one = _Worker(at, str(facts["name"]))
            self.workers.append(one)
            answer = self._result(one, self._submit(one, "code"))
            if answer and answer[0] != ours:
                self._leave_out(one, "its version of SoliComm, a library or theme is another")

    def close(self) -> None:
        """Lets go of them."""
        self._client.close()

    def begin(self, errand: Errand) -> None:
        """What the next orders are about."""
        self._errand = errand

    def read(self, name: str, posts: Sequence[Unread]) -> None:
        """Begins to have posts read; `join` has what came of it, in the order of the calls."""
        if not self.workers:
            self._reads.append(None)
            return
        self._turn += 1
        one = self.workers[self._turn % len(self.workers)]
        self._reads.append((one, self._submit(one, "read", self._errand, name, posts)))

    def join(self) -> list[Parsed] | None:
        """The posts of the earliest call; None when nobody read them."""
        begun = self._reads.popleft()
        answer = self._result(*begun) if begun else None
        return answer[0] if answer else None

    def index(self, packed: bytes) -> None:
        """Sends the index to all of them."""
        pieces = [packed[low : low + _PIECE] for low in range(0, len(packed), _PIECE)]
        for number, piece in enumerate(pieces):
            begun = [
                (one, self._submit(one, "take", self._errand, number, piece))
                for one in self.workers
            ]
            for one, future in begun:
                self._result(one, future)

    def make(self, urls: Sequence[str]) -> Iterator[tuple[list[str], Made]]:
        """Has pages made: gives each piece of work with what came of it, as it is done. What is
        missing at the end was made by nobody."""
        todo = deque([list(urls[low : low + _PAGES]) for low in range(0, len(urls), _PAGES)])
        while self.workers and (todo or any(one.at_work for one in self.workers)):
            for one in self.workers * meeting.AT_ONCE:
                if todo and len(one.at_work) < meeting.AT_ONCE:
                    some = todo.popleft()
                    future = self._submit(one, "make", self._errand, some)
                    one.at_work[future] = (some, time.monotonic())
            yield from self._done(todo)

    def _done(self, todo: deque[list[str]]) -> Iterator[tuple[list[str], Made]]:
        """What was made meanwhile; what was at work where nobody helps any more is to do again."""
        futures = [future for one in self.workers for future in one.at_work]
        with contextlib.suppress(TimeoutError):
            meeting.dask().wait(futures, timeout=1, return_when="FIRST_COMPLETED")
        there = self._facts()
        for one in list(self.workers):
            oldest = min((since for _, since in one.at_work.values()), default=time.monotonic())
            for future in [each for each in one.at_work if each.done()]:
                some, _ = one.at_work[future]
                if answer := self._result(one, future):
                    del one.at_work[future]
                    yield some, answer[0]
            if one.address not in there:
                self._leave_out(one, "it is gone")
            elif one.at_work and time.monotonic() - oldest > self._patience:
                self._leave_out(one, f"one piece of work took over {self._patience:.0f} seconds")
            if one not in self.workers:
                todo.extendleft(some for some, _ in one.at_work.values())
                self._client.cancel(list(one.at_work), force=True)
                one.at_work.clear()

    def _facts(self) -> Mapping[str, Any]:
        client = self._client  # what it has noted itself may be without workers for a moment
        found: Mapping[str, Any] = client.sync(client.scheduler.identity, n_workers=-1)["workers"]
        return found

    def _submit(self, one: _Worker, *order: Any) -> Any:
        return self._client.submit(
            bench.ask,
            *order,
            workers=[one.address],
            allow_other_workers=False,
            pure=False,
            retries=0,
        )

    def _result(self, one: _Worker, future: Any) -> tuple[Any] | None:
        """What came of an order, in a tuple; when nothing did, None, and it helps no more."""
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
    """Does what the builder asks (calling.py) until it asks no more."""
    try:
        pool = Pool(config, patience)
    except HubError as error:
        helper.send(answers, ("no", error.public))
        return

    def answer(kind: str, value: Any) -> None:
        while pool.said:
            helper.send(answers, ("say", pool.said.pop(0)))
        helper.send(answers, (kind, value))

    answer("ready", len(pool.workers))
    can: dict[str, Callable[..., None]] = {
        "begin": pool.begin, "read": pool.read, "index": pool.index,
    }  # fmt: skip
    while True:
        try:
            name, *given = helper.receive(orders)
        except EOFError:
            break
        if name == "join":
            answer("read", pool.join())
        elif name == "make":
            for made in pool.make(*given):
                answer("made", made)
            answer("end", None)
        else:
            can[name](*given)
    pool.close()


def main() -> None:
    """The process: HUB SECONDS."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints does not meet our answers
    serve(hubyaml.load(Path(sys.argv[1])), float(sys.argv[2]), sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
