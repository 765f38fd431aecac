"""Other processes that read messages for an import, so that more than one core is at work.

`Readers.map` gives the readings in the order of the messages. A few messages are read right here,
because starting a process takes longer than that. Each process gets one chunk at a time through a
pipe (pickle, both ends are ours) and a thread of this process waits for its answer. A process that
dies with a chunk in its hands is replaced and the chunk read again one by one: the message that
kills is reported, the others are not lost.

Run as a module it is such a process: `python -m solicomm_build.ingest.readers`.
"""

from __future__ import annotations

import gc
import os
import pickle
import queue
import signal
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import IO, Generic, TypeVar

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.safeio import Closing
from solicomm_build.ingest.reading import Reading, read
from solicomm_build.post.conference import AttachmentRules

T = TypeVar("T")

SECONDS = 10
"""Reading one message may take so long (docs/mail-rules.md#reading); then it is set aside."""

NICE = 10
"""How much the readers stand back: an import waits for the process that writes, which must have a
core when it wants one. Readers take what it leaves."""

_HERE = 100  # messages read in this process before others are started, if they are needed at all
_CHUNK_MESSAGES = 48
_CHUNK_OCTETS = 1 << 20
_AHEAD = 4  # chunks under way per process


@dataclass(frozen=True, slots=True)
class Read(Generic[T]):
    """A message with what was asked about it, and its reading or the reason why there is none."""

    about: T
    raw: bytes
    result: Reading | str


class Readers(Closing):
    """Reads messages by the rules of one conference. Use as a context manager."""

    def __init__(self, rules: AttachmentRules, *, processes: int | None = None) -> None:
        self._rules = rules
        self._count = processes or os.cpu_count() or 1
        self._idle: queue.SimpleQueue[_Process | None] = queue.SimpleQueue()
        self._threads: ThreadPoolExecutor | None = None

    def start(self) -> None:
        """Starts the processes now, so that they are ready when it comes to them."""
        if self._threads is None:
            for _ in range(self._count):
                self._idle.put(_Process(self._rules, fork=threading.active_count() == 1))
            self._threads = ThreadPoolExecutor(self._count)

    def map(self, messages: Iterable[tuple[T, bytes]]) -> Iterator[Read[T]]:
        """The readings, in order. Takes messages some chunks ahead of what it gives."""
        source = iter(messages)
        for about, raw in islice(source, _HERE if self._threads is None else 0):
            yield Read(about, raw, _attempt(raw, self._rules))
        waiting: deque[tuple[list[tuple[T, bytes]], Future[list[Reading | str]]]] = deque()
        for chunk in _chunks(source):
            waiting.append((chunk, self._submit([raw for _, raw in chunk])))
            if len(waiting) >= self._count * _AHEAD:
                yield from _joined(*waiting.popleft())
        while waiting:
            yield from _joined(*waiting.popleft())

    def close(self) -> None:
        """Ends the processes, whatever they are doing."""
        if self._threads is not None:
            self._threads.shutdown(wait=True, cancel_futures=True)
            for _ in range(self._count):
                process = self._idle.get()
                if process is not None:
                    process.end()
            self._threads = None

    def _submit(self, raws: list[bytes]) -> Future[list[Reading | str]]:
        self.start()
        if self._threads is None:
            raise ValueError("the readers are closed")
        return self._threads.submit(self._ask, raws)

    def _ask(self, raws: list[bytes]) -> list[Reading | str]:
        """In a thread: one chunk through one process."""
        process = self._idle.get()
        try:
            process = process or _Process(self._rules)
            try:
                return process.ask(raws)
            except Exception:  # noqa: BLE001 - out of step or dead: its like is not asked again
                process.end()
                process = None
            return [self._alone(raw) for raw in raws]
        finally:
            self._idle.put(process)

    def _alone(self, raw: bytes) -> Reading | str:
        process = _Process(self._rules)
        try:
            return process.ask([raw])[0]
        except (EOFError, OSError, pickle.UnpicklingError):
            return "the process that read the message ended abruptly"
        finally:
            process.end()


class _Process:
    """One reading process and its pipes. With `fork` it is a copy of this one and ready at once;
    a process with threads must not be copied and starts a new one instead."""

    def __init__(self, rules: AttachmentRules, *, fork: bool = False) -> None:
        theirs_in, ours_in = os.pipe()
        ours_out, theirs_out = os.pipe()
        self._pid = _forked(theirs_in, theirs_out) if fork else _started(theirs_in, theirs_out)
        os.close(theirs_in)
        os.close(theirs_out)
        self._in: IO[bytes] = os.fdopen(ours_in, "wb")
        self._out: IO[bytes] = os.fdopen(ours_out, "rb")
        pickle.dump(rules, self._in)  # smaller than the pipe: does not wait for the process

    def ask(self, raws: list[bytes]) -> list[Reading | str]:
        pickle.dump(raws, self._in, pickle.HIGHEST_PROTOCOL)
        self._in.flush()
        answer: list[Reading | str] = pickle.load(self._out)  # noqa: S301 - from our own process
        return answer

    def end(self) -> None:
        os.kill(self._pid, signal.SIGKILL)
        for pipe in (self._in, self._out):
            try:
                pipe.close()
            except OSError:
                continue
        os.waitpid(self._pid, 0)


def _started(source: int, sink: int) -> int:
    """A new Python that reads messages; returns its process id."""
    command = [sys.executable, "-m", __name__]
    folder = Path(__file__).parents[2]
    # The child is ours to wait for by its id; Popen would only warn when it is forgotten.
    return os.posix_spawn(
        sys.executable,
        command,
        os.environ | {"PYTHONPATH": os.fspath(folder)},
        file_actions=[(os.POSIX_SPAWN_DUP2, source, 0), (os.POSIX_SPAWN_DUP2, sink, 1)],
    )


def _forked(source: int, sink: int) -> int:
    """A copy of this process that reads messages and holds nothing else of ours open."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.dup2(source, 0)
        os.dup2(sink, 1)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        with os.fdopen(0, "rb", closefd=False) as reads, os.fdopen(1, "wb", closefd=False) as says:
            _serve(reads, says)
        status = 0
    finally:
        os._exit(status)


def _joined(chunk: list[tuple[T, bytes]], future: Future[list[Reading | str]]) -> Iterator[Read[T]]:
    for (about, raw), result in zip(chunk, future.result(), strict=True):
        yield Read(about, raw, result)


def _chunks(source: Iterator[tuple[T, bytes]]) -> Iterator[list[tuple[T, bytes]]]:
    chunk: list[tuple[T, bytes]] = []
    octets = 0
    for message in source:
        chunk.append(message)
        octets += len(message[1])
        if len(chunk) >= _CHUNK_MESSAGES or octets >= _CHUNK_OCTETS:
            yield chunk
            chunk, octets = [], 0
    if chunk:
        yield chunk


def _attempt(raw: bytes, rules: AttachmentRules) -> Reading | str:
    try:
        return read(raw, rules)
    except MessageError as error:
        return error.public


# -- in the other process ---------------------------------------------------------------------


def _late(_number: int, _frame: FrameType | None) -> None:
    raise MessageError(f"reading the message takes longer than {SECONDS} s")


def _serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """Answers chunks until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the importer decides when we end
    signal.signal(signal.SIGALRM, _late)
    os.nice(NICE)
    gc.freeze()
    gc.set_threshold(200_000)  # readings hold no cycles: looking for some took a fifth of the time
    rules: AttachmentRules = pickle.load(source)  # noqa: S301 - from our own process
    while True:
        try:
            raws: Sequence[bytes] = pickle.load(source)  # noqa: S301 - likewise
        except EOFError:
            return
        pickle.dump([_in_time(raw, rules) for raw in raws], sink, pickle.HIGHEST_PROTOCOL)
        sink.flush()


def _in_time(raw: bytes, rules: AttachmentRules) -> Reading | str:
    signal.alarm(SECONDS)
    try:
        return _attempt(raw, rules)
    finally:
        signal.alarm(0)


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
