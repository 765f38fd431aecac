"""Makes the pages of many sites in children, each with a limit of its own, so that one site cannot
slow or break another. A site here is a section of a kind that there may be very many of.

A child takes some sites, one after the other, and reports each when it is done. While it works on a
site, a timer of processor time and one of real time run; when either ends, or memory does, the
child dies, and only the site it was at is to blame: what it had not begun goes to another child. A
site that was cut off but had got further is continued later; one that had not is reported, with
what ended it (`blame.py`).
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import selectors
import signal
import struct
import sys
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.builder.apart import blame, watching
from solicomm_build.builder.apart.walls import limit_memory
from solicomm_build.builder.publish import path_of
from solicomm_build.builder.render import COLLECTED, WORKERS, Job, Outcome, Renderer
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.post.pages import Page

PROCESSOR, REAL = 20.0, 60.0
"""Seconds that a child may be at one site before it is cut off."""
MEMORY = 384 * 1024 * 1024
"""Octets a child may take beside what it shares with the builder."""
RENDERED = 128 * 1024 * 1024
"""Octets of pages that one site may have made at once."""
CHUNK = 16
"""Sites that a child takes at once: a fork and a run of Pelican cost as much as 20 pages."""
NOT_BUILT = "not built: "
"""How the reason begins why a site keeps the pages that it had."""
_PART = 200
"""Pages after which a child reports what it has, so that it is not lost when it is cut off."""
_HEAD = struct.Struct("!I")


class Site(Protocol):
    """A site whose pages are looked at, in one process only. `faults` is what was found to be wrong
    so far: (file, reason)."""

    faults: list[tuple[str, str]]

    def planned(self) -> Iterator[Planned]:
        """Its pages. May raise SoliCommError, OSError, MemoryError or RecursionError: then the site
        is not made."""

    @property
    def until(self) -> str:
        """The last day, as ISO date, on which the pages are right without a change in the
        repository; empty when time changes nothing. Asked after `planned`."""

    def close(self) -> None:
        """Ends what it holds open."""


@dataclass(frozen=True, slots=True)
class Task:
    """One site to make: its section and repository, where its pages begin (`url`) and the file with
    its settings; the `key` of all that it shows, how it is opened, the keys of what is published of
    it, and folders that its child may read besides."""

    section: str
    repo: Path
    url: str
    file: str
    key: str
    open: Callable[[], Site]
    known: dict[str, str]
    reads: tuple[Path, ...] = ()

    @property
    def kind(self) -> str:
        """The kind of its section."""
        return self.section.partition(":")[0]


@dataclass(slots=True)
class Result:
    """What became of a site. `paths` are the files it should have; `ended` is `done`, `more` (cut
    off, having got further), `died` (of what it is) or `lost` (to something else: worth trying
    again); `until` the last day on which it is right as it is."""

    section: str
    outcome: Outcome = field(default_factory=Outcome)
    paths: set[str] = field(default_factory=set)
    faults: list[tuple[str, str]] = field(default_factory=list)
    until: str = ""
    ended: str = "done"


@dataclass(slots=True)
class _Child:
    pid: int
    waiting: deque[Task]
    current: Task | None = None
    partial: Outcome = field(default_factory=Outcome)
    buffer: bytearray = field(default_factory=bytearray)


@dataclass(slots=True, kw_only=True)
class SitesJob(Job):
    """A job whose pages are those of several sites, one site after the other."""

    tasks: Sequence[Task] = ()
    send: Callable[[tuple[Any, ...]], None] = lambda frame: None
    stop: Callable[[], bool] = lambda: False
    octets: int = 0

    def pages(self, kind: str) -> Iterator[Page]:
        """The pages to be made; reports each site on the way."""
        for number, task in enumerate(self.tasks):
            if task.kind != kind:
                continue
            if number and self.stop():  # one site at least, else impatient builds never end
                return
            self.send(("begin", task.section))
            _limit(PROCESSOR, REAL)
            self.known, self.octets = task.known, 0
            yield from self._site(task)
            _limit(0, 0)

    def _site(self, task: Task) -> Iterator[Page]:
        site: Site | None = None
        paths: set[str] = set()
        until, faults, self.lacking, self.went_away = "", [], None, None
        try:
            site = task.open()
            for planned in site.planned():
                paths.add(path_of(planned.url))
                with self.guard(planned.url):
                    page = planned.make()
                    if self.known.get(path_of(page.url)) != page.key:
                        yield page
                if len(self.outcome.outputs) >= _PART:
                    self._report()
            until, faults = site.until, site.faults
            passing = self.lacking or self.went_away
            if passing is not None:
                raise passing
        except (SoliCommError, MemoryError, RecursionError, OSError) as error:
            reason = getattr(error, "public", "") or f"{type(error).__name__}: {error}"
            faults = [*(site.faults if site else ()), (task.file, f"{NOT_BUILT}{reason}")]
            self.send(("broken", task.section, self.outcome, faults, blame.is_passing(error)))
            self.outcome = Outcome()
            return
        finally:
            if site is not None:
                site.close()
        self.outcome.written, self.publisher.written = self.publisher.written, []
        self.send(("done", task.section, self.outcome, paths, faults, until))
        self.outcome = Outcome()

    def _report(self) -> None:
        self.outcome.written, self.publisher.written = self.publisher.written, []
        self.send(("part", self.outcome))
        self.outcome = Outcome()

    def put(self, page: Page, data: bytes, *, url: str | None = None) -> None:
        """Publishes as any job does, within the site's quota."""
        self.octets += len(data)
        if self.octets > RENDERED:
            raise MemoryError(f"the site's pages are more than {RENDERED:,} bytes")
        Job.put(self, page, data, url=url)


def build(
    tasks: Sequence[Task], renderer: Renderer, sources: Sources, *, stop: Callable[[], bool]
) -> Iterator[Result]:
    """Builds the sites; yields each as it ends. When `stop` says so no further site is begun; those
    are not yielded."""
    waiting = deque(tasks)
    children: dict[int, _Child] = {}
    begun = False
    with selectors.DefaultSelector() as selector:
        try:
            while waiting or children:
                while waiting and len(children) < WORKERS and not (begun and stop()):
                    begun = True
                    reading, child = _start(waiting, renderer, sources, stop)
                    children[reading] = child
                    selector.register(reading, selectors.EVENT_READ)
                if not children:
                    return
                for key, _ in selector.select():
                    reading = key.fd
                    octets = os.read(reading, 1 << 20)
                    if octets:
                        yield from _take(children[reading], octets)
                        continue
                    selector.unregister(reading)
                    os.close(reading)
                    yield from _ended(children.pop(reading), waiting, stop)
        finally:
            for reading, child in children.items():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
                os.close(reading)


def _start(
    waiting: deque[Task], renderer: Renderer, sources: Sources, stop: Callable[[], bool]
) -> tuple[int, _Child]:
    size = max(1, min(CHUNK, -(-len(waiting) // WORKERS)))
    mine = deque([waiting.popleft()])
    while waiting and len(mine) < size and waiting[0].kind == mine[0].kind:
        mine.append(waiting.popleft())
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return reading, _Child(pid, mine)
    status = 1
    try:
        os.close(reading)
        gc.freeze()  # a collection would copy the pages that we share with our parent
        gc.set_threshold(COLLECTED)
        watching.unwatched()  # each site has a limit
        _work(list(mine), renderer, sources, stop, writing)
        status = 0
    except BaseException as error:  # noqa: BLE001 - the child's edge: say why, and end without the parent's cleanup
        traceback.print_exc(file=sys.stderr)
        status = blame.PASSING if blame.is_passing(error) else 1
    finally:
        sys.stderr.flush()
        os._exit(status)


def _work(
    tasks: Sequence[Task],
    renderer: Renderer,
    sources: Sources,
    stop: Callable[[], bool],
    writing: int,
) -> None:
    for name in (signal.SIGPROF, signal.SIGALRM):
        signal.signal(name, signal.SIG_DFL)  # which is to die at once, whatever C code is at work
    limit_memory(MEMORY)
    renderer.shut_in(*(folder for task in tasks for folder in task.reads))

    def send(frame: tuple[Any, ...]) -> None:
        data = pickle.dumps(frame, protocol=5)
        view = memoryview(_HEAD.pack(len(data)) + data)
        while view:
            view = view[os.write(writing, view) :]

    repos = {task.section: task.repo for task in tasks}

    def read(section: str, oid: str) -> bytes:
        return sources.reader(repos[section]).blob(Oid(oid))

    renderer.run(renderer.job(SitesJob, (), known={}, read=read, tasks=tasks, send=send, stop=stop))


def _limit(processor: float, real: float) -> None:
    """Sets both timers; they end the process. 0 takes them off."""
    signal.setitimer(signal.ITIMER_PROF, processor)
    signal.setitimer(signal.ITIMER_REAL, real)


def _take(child: _Child, octets: bytes) -> Iterator[Result]:
    """The results among what a child has said."""
    child.buffer += octets
    while len(child.buffer) >= _HEAD.size:
        (size,) = _HEAD.unpack_from(child.buffer)
        if len(child.buffer) < _HEAD.size + size:
            return
        data = bytes(child.buffer[_HEAD.size : _HEAD.size + size])
        del child.buffer[: _HEAD.size + size]
        what, *rest = pickle.loads(data)  # noqa: S301 - our own child, through our own pipe
        if what == "begin":
            child.current, child.partial = child.waiting.popleft(), Outcome()
        elif what == "part":
            child.partial.add(rest[0])
        else:
            section, outcome = rest[:2]
            child.partial.add(outcome)
            yield _result(what, section, child.partial, rest[2:])
            child.current = None


def _result(what: str, section: str, outcome: Outcome, rest: list[Any]) -> Result:
    if what == "broken":
        return Result(section, outcome, faults=rest[0], ended="lost" if rest[1] else "died")
    return Result(section, outcome, rest[0], rest[1], rest[2])


def _ended(child: _Child, waiting: deque[Task], stop: Callable[[], bool]) -> Iterator[Result]:
    _, status = os.waitpid(child.pid, 0)
    task, made = child.current, child.partial
    if task is None and status and not stop() and child.waiting:
        task, made = child.waiting.popleft(), Outcome()  # between two sites: not to go on for ever
    if task is not None and made.outputs:
        yield Result(task.section, made, ended="more")
    elif task is not None:
        from_outside, reason = blame.of_end(status)
        faults = [(task.file, f"{NOT_BUILT}{reason}")]
        yield Result(task.section, made, faults=faults, ended="lost" if from_outside else "died")
    waiting.extendleft(reversed(child.waiting))


def patience(seconds: float | None) -> Callable[[], bool]:
    """A `stop` that says so after so many seconds; never, for None."""
    if seconds is None:
        return lambda: False
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end
