"""The builder's end of a pool: asks for help in a full build, and does here what nobody did.

Dask has threads, and the builder forks, so the pool (pool.py) is in a process of its own.
"""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeAlias, TypeVar

from solicomm_build.builder.apart import children
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.follow import Parsed, Unread, read_apart, shares
from solicomm_build.builder.hands import indexing, pipes, sending
from solicomm_build.builder.hands.ahead import Ahead
from solicomm_build.builder.hands.errand import Errand, Made, code
from solicomm_build.builder.hands.works import Piece
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import Publisher
from solicomm_build.builder.render import Making, Outcome
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import FILE, Config

_LEAST, _MOST = 48, 512
"""Pages in a piece of work."""
_SECONDS = 0.1
"""That each may take beyond the patience there is for a piece."""

_OCTETS = 50_000
"""Of a repository, that are indexed in a second on a machine which others want, too."""

_Work: TypeAlias = tuple[str, tuple[Any, ...], float]
"""An order, what it is given, and seconds that it may take beyond what is usual."""

T = TypeVar("T")


class Calling:
    """Machines that help (see Hands), until it is closed. `say` is given a sentence about each that
    is left out, and why; `started` is what asks them (starting.py). Raises HubError when nobody can
    be asked."""

    def __init__(
        self, config: Config, say: Callable[[str], None], started: subprocess.Popen[bytes]
    ) -> None:
        self._config, self._say, self._process = config, say, started
        assert self._process.stdin is not None  # noqa: S101 - pipes
        assert self._process.stdout is not None  # noqa: S101
        self._orders, self._answers = self._process.stdin, self._process.stdout
        self.count, self._ahead = 0, Ahead(config.state)
        self._order(code(config.state))
        kind, value = self._answer()
        if kind != "ready":
            self.close()
            raise HubError(value or "what asks other machines ended early")
        self.count = value
        self._has_index = False

    def close(self) -> None:
        """Asks for nothing more."""
        self._ahead.close()
        self._orders.close()
        self._answers.close()
        self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin(self, found: Contents, env: str) -> None:
        """See Hands. What is not public stays unnamed."""
        root = self._config.root
        commits = {
            one.repo.relative_to(root).as_posix(): str(one.commit)
            for group in (found.conferences, *found.places.values())
            for one in group.values()
        }
        if found.site_commit:
            commits[self._config.site_repo.relative_to(root).as_posix()] = found.site_commit
        moment = clock.timestamp()
        key = digest(env, commits, moment)
        errand = Errand(key, (root / FILE).read_bytes(), commits, moment, env)
        self._order("begin", pipes.pack(errand))

    def read(self, repo: Path, posts: Sequence[Unread]) -> Sequence[children.Joined[list[Parsed]]]:
        """See Hands."""
        name = repo.relative_to(self._config.root).as_posix()
        parts = shares(posts, max(1, self.count))
        for part in parts:
            self._order("read", pipes.pack((name, part)))
        return [_Read(self, partial(read_apart, repo, part)) for part in parts]

    def index(self, sources: Sources, repos: Sequence[Path], meanwhile: Callable[[], None]) -> None:
        """See Hands."""
        works = indexing.lent(repos, self.count)
        names = [repo.relative_to(self._config.root).as_posix() for repo, _ in works]
        given = [("index", (name,), works[n][1] / _OCTETS) for n, name in enumerate(names)]
        with indexing.Brought(sources) as brought:
            done = self._done(given, brought.keep)
            meanwhile()
            for number, _ in done:
                if damage := brought.take_in(number):
                    self._say(
                        f"what others have found of {names[number]} is not taken in, and this "
                        f"machine reads it itself: {damage}. Look at the memory and the disk there"
                    )
            if brought.fault:
                self._say(
                    "what others have found of conferences is not taken in, and this machine reads "
                    f"them itself: {brought.fault}. Make room there for the next build"
                )

    def joined(self) -> list[Parsed] | None:
        """What came of the earliest `read` that nobody waited for."""
        self._order("join")
        octets = self._answer()[1]
        value: list[Parsed] | None = None if octets is None else pipes.unpack(octets)
        return value

    def make(
        self, plan: Plan, pages: Sequence[Planned], ahead: Sequence[tuple[str, Piece]] = ()
    ) -> Making:
        """See Hands. A page that failed elsewhere is given back, to fail here or be made."""
        pieces = list(_pieces([page.url for page in pages], self.count))
        works: list[_Work] = [("do", (name, one.given), one.seconds) for name, one in ahead]
        works += [("make", (some,), _SECONDS * len(some)) for some in pieces]
        self._lend(plan.sources, works)
        done = self._ahead.sifted(self._done(works), [one.key for _, one in ahead])
        return partial(_brought, Publisher(plan.sources.root), pages, pieces, done)

    def do(self, name: str, sources: Sources, pieces: Sequence[Piece]) -> Iterator[Any]:
        """See Helping."""
        left = [piece for piece in pieces if not self._ahead.has(piece.key)]
        works = [("do", (name, piece.given), piece.seconds) for piece in left]
        self._lend(sources, works)
        return self._ahead.among(pieces, _in_order(self._done(works), len(left)))

    def _done(
        self,
        works: Sequence[_Work],
        keep: Callable[[int, int, bytes, str], None] = lambda number, low, octets, sender: None,
    ) -> Iterator[tuple[int, bytes]]:
        """Begins these works; (number, what came of it, packed) of each that is done, then. Files
        that come first go to `keep`: (number, where the octets belong in it, octets, who sent
        them)."""
        if works and self.count:
            packed = [(order, pipes.pack(given), seconds) for order, given, seconds in works]
            self._order("do", packed)
            return self._answers_of(keep)
        return iter(())

    def _lend(self, sources: Sources, works: Sequence[Any]) -> None:
        """Sends the index to all once there is work. Where that fails nobody is asked any more."""
        if self._has_index or not (works and self.count):
            return
        try:
            for number, piece in enumerate(sending.pieces(sources)):
                self._order("take", pipes.pack((number, piece)))
            self._has_index = True
        except (OSError, sqlite3.Error) as error:
            self.count = 0
            self._say(
                "nobody helps with the rest of this build, and this machine does it alone: the "
                f"index cannot be copied in {sources.tree.state}: {error}. Make room there for the "
                "next build"
            )

    def _answers_of(
        self, keep: Callable[[int, int, bytes, str], None]
    ) -> Iterator[tuple[int, bytes]]:
        while True:
            kind, value = self._answer()
            if kind == "part":
                keep(*value)
                continue
            if kind != "done":
                return
            yield value

    def _order(self, *order: Any) -> None:
        try:
            pipes.send(self._orders, order)
        except OSError:
            self.count = 0  # the next answer says so

    def _answer(self) -> tuple[str, Any]:
        """(kind, value) of the next answer; ("gone", None) when there is none any more."""
        while True:
            try:
                kind, value = pipes.receive(self._answers)
            except (EOFError, OSError):
                return "gone", None
            if kind != "say":
                return kind, value
            self._say(value)


@dataclass(frozen=True, slots=True)
class _Read:
    """Posts that another machine reads, or a child of this one when it did not."""

    calling: Calling
    here: Callable[[], list[Parsed]]

    def join(self) -> list[Parsed] | None:
        """Waits for them."""
        found = self.calling.joined()
        return children.fork(self.here).join() if found is None else found


def _brought(
    publisher: Publisher,
    pages: Sequence[Planned],
    pieces: Sequence[Sequence[str]],
    done: Iterator[tuple[int, bytes]],
) -> tuple[Outcome, list[Planned]]:
    """Puts the files of pages where they belong as they come; what was done, and the pages that
    nobody made."""
    outcome, waiting = Outcome(), {page.url: page for page in pages}
    for number, octets in done:
        made: Made = pipes.unpack(octets)
        failed = {url for url, _ in made.outcome.failures}
        for url in pieces[number]:
            if url not in failed:
                del waiting[url]
        made.outcome.failures, made.outcome.unread = [], []
        for file in made.files:
            publisher.bring(file)
        outcome.add(made.outcome)
    outcome.written = publisher.written
    return outcome, list(waiting.values())


def _pieces(urls: Sequence[str], count: int) -> Iterator[Sequence[str]]:
    """Pages in pieces of work for so many machines: large ones first, since each piece costs some
    forks, and small ones at the end, so that all are done at the same time."""
    low = 0
    while low < len(urls):
        high = low + min(_MOST, max(_LEAST, (len(urls) - low) // (4 * max(1, count))))
        yield urls[low:high]
        low = high


def _in_order(done: Iterator[tuple[int, T]], count: int) -> Iterator[T | None]:
    """What is given as (number, value) in the order of so many numbers; None for one that is
    missing."""
    waiting: dict[int, T] = {}
    for number in range(count):
        while number not in waiting and (next_one := next(done, None)) is not None:
            waiting[next_one[0]] = next_one[1]
        if number == count - 1:  # whoever has the last one asks no more, and the end is to be read
            for _ in done:
                pass
        yield waiting.pop(number, None)
