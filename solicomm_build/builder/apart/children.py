"""Work in forked copies of this process, so that more than one core is at it.

A child shares what is loaded already, works on its own and gives back one value through a pipe
(pickle, both ends are ours). It opens its own readers and connections (`sources.py`) and ends
without this process's cleanup. What it was at when it died is passed over the next time, if that
is why (`watching.py`). Only for processes without threads.
"""

from __future__ import annotations

import ctypes
import gc
import os
import pickle
import selectors
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

from solicomm_build.builder.apart import watching
from solicomm_build.foundation.errors import SoliCommError, StoreError

S = TypeVar("S")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_PR_SET_PDEATHSIG = 1
_prctl = ctypes.CDLL(None).prctl

COUNT = max(1, len(os.sched_getaffinity(0)))
"""How many children have a core each."""
_TURN = 4
"""Octets of a number: which thing is a child's next, how long what it made is."""
_PIPE = 1 << 16
"""Octets that are read of a pipe at once: as many as one holds (pipe(7))."""
_TURNS = 512
"""Things that children share before others take their place: what a child looks at of all that it
shares with its parent becomes its own, and goes with it."""


class Joined(Protocol[T_co]):
    """Work under way."""

    def join(self) -> T_co | None:
        """Waits for its end; the value, or None when whoever did it ended early."""


@dataclass(frozen=True, slots=True)
class Child(Generic[T]):
    """A child at work: its process id, the pipe that its value comes through, and its number among
    those at work."""

    pid: int
    reading: int
    number: int

    def join(self) -> T | None:
        """Waits for its end; the value, or None when the child died of its work."""
        with os.fdopen(self.reading, "rb") as pipe:
            data = pipe.read()
        _, status = os.waitpid(self.pid, 0)
        watching.ended(self.number, os.waitstatus_to_exitcode(status))
        if status != 0:
            return None
        value: T = pickle.loads(data)  # noqa: S301 - our own child, through our own pipe
        return value


def fork(work: Callable[[], T]) -> Child[T]:
    """Begins `work` in a child. What it raises is told on standard error."""
    reading, writing = os.pipe()
    number = watching.take_number()
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        watching.ended(number, 0)
        raise
    if pid:
        os.close(writing)
        return Child(pid, reading, number)
    status = 1
    try:
        os.close(reading)
        watching.in_child(number)
        gc.freeze()  # a collection would copy the pages that we share with our parent
        value = work()
        with os.fdopen(writing, "wb") as pipe:
            pickle.dump(value, pipe, protocol=5)
        status = 0
    except BrokenPipeError:
        status = 1  # nobody waits for it any more
    except BaseException:  # noqa: BLE001 - the child's edge: say why, and end without the parent's cleanup
        traceback.print_exc(file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)


def begin(works: Sequence[Callable[[], T]]) -> list[Child[T]]:
    """Begins each in a child of its own."""
    return [fork(work) for work in works]


def end(children: Sequence[Joined[T]]) -> list[T]:
    """Waits for all of them, also when one fails: nobody works on when what they did is tried
    again. Their values; raises StoreError when one died."""
    values = [child.join() for child in children]
    done = [value for value in values if value is not None]
    if len(done) < len(values):
        raise StoreError("a page builder ended early; the build will be tried again")
    return done


def spread(work: Callable[[Sequence[S]], list[T]], things: Sequence[S], count: int) -> list[T]:
    """What `work` makes of each of these things, done by `count` children; in their order."""
    works = [partial(work, things[number::count]) for number in range(count)]
    made: dict[int, T] = {}
    for number, values in enumerate(end(begin(works))):
        made.update(zip(range(number, len(things), count), values, strict=True))
    return [made[number] for number in range(len(things))]


def shared(work: Callable[[S], T], things: Sequence[S]) -> Generator[T]:
    """What `work` makes of each of these things, in their order, as soon as it and all before it
    are made: on each core a child takes the next thing whenever it is done with one, while whoever
    asked uses what is there. An OSError or SoliCommError in a child ends it, and is raised here
    when the others have ended. Raises StoreError when a child died; whoever kills this process ends
    them, too. One at a time: children of a second one would hold the pipes of the first."""
    for low in range(0, len(things), _TURNS):
        yield from _shared(work, things[low : low + _TURNS])


def _shared(work: Callable[[S], T], things: Sequence[S]) -> Generator[T]:
    parent, begun, pipes = os.getpid(), list[Child[OSError | SoliCommError | str]](), list[int]()
    turns, told = os.pipe()
    try:
        os.write(told, b"".join(number.to_bytes(_TURN, "big") for number in range(len(things))))
        os.close(told)
        for _ in range(min(COUNT, len(things))):
            reading, writing = os.pipe()
            pipes.append(reading)
            made = partial(_in_turn, work, things, turns, writing, tuple(pipes))
            try:
                begun.append(fork(partial(_tied, parent, made)))
            finally:
                os.close(writing)
        waiting, following = dict[int, T](), 0
        for frame in _frames(pipes):
            number, value = pickle.loads(frame)  # noqa: S301 - our own child, our own pipe
            waiting[number] = value
            while following in waiting:
                yield waiting.pop(following)
                following += 1
    except BaseException:  # also when nobody asks for the rest: they find their pipes closed
        while pipes:
            os.close(pipes.pop())
        for child in begun:
            child.join()
        raise
    finally:
        for fd in (turns, *pipes):
            os.close(fd)
    for fault in end(begun):
        if isinstance(fault, Exception):
            raise fault


def _in_turn(
    work: Callable[[S], T], things: Sequence[S], turns: int, writing: int, pipes: Sequence[int]
) -> OSError | SoliCommError | str:
    """In a child: writes what it makes of the things whose turn it took; what went wrong, if
    anything. The ends of `pipes` that are read are its parent's alone: closed there, it ends."""
    for reading in pipes:
        os.close(reading)
    try:
        with os.fdopen(writing, "wb", buffering=0) as pipe:
            for number in _numbers(turns):
                value = pickle.dumps((number, work(things[number])), protocol=5)
                rest = memoryview(len(value).to_bytes(_TURN, "big") + value)
                while rest:
                    rest = rest[pipe.write(rest) :]
    except (OSError, SoliCommError) as error:
        return error
    return ""


def _frames(pipes: Sequence[int]) -> Iterator[bytes]:
    """What children write into their pipes, whoever is first, until all have closed them."""
    partly = {reading: bytearray() for reading in pipes}
    with selectors.DefaultSelector() as selector:
        for reading in pipes:
            selector.register(reading, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                octets, buffer = os.read(key.fd, _PIPE), partly[key.fd]
                if not octets:
                    selector.unregister(key.fd)
                buffer += octets
                while len(buffer) >= (size := _TURN + int.from_bytes(buffer[:_TURN], "big")):
                    yield bytes(buffer[_TURN:size])
                    del buffer[:size]


def _numbers(turns: int) -> Iterator[int]:
    while octets := os.read(turns, _TURN):
        yield int.from_bytes(octets, "big")


def apart(work: Callable[[], T]) -> T:
    """What `work` gives, done in a child: the memory that it took goes with it. When that fails it
    is done here, so that what it raises is raised here."""
    value = fork(partial(_or_none, work)).join()
    return work() if value is None else value


def tied(work: Callable[[], T]) -> T:
    """The same for work that takes minutes: whoever kills this process ends the child, too."""
    return apart(partial(_tied, os.getpid(), work))


def _tied(parent: int, work: Callable[[], T]) -> T:
    if os.getpid() != parent:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it was gone before
            os._exit(1)
    return work()


def _or_none(work: Callable[[], T]) -> T | None:
    try:
        return work()
    except Exception:  # noqa: BLE001 - it is done again, where it can be told
        return None
