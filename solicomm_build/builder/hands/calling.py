"""The builder's end of a pool: asks for help in a full build, and does here what nobody did.

Dask has threads, and the builder forks, so the pool (pool.py) is in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

import zstandard

from solicomm_build.builder.apart import children
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.follow import Parsed, Unread, read_apart, shares
from solicomm_build.builder.hands import helper
from solicomm_build.builder.hands.errand import Errand
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import SIBLINGS, Publisher
from solicomm_build.builder.render import Outcome
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import FILE, Config

PATIENCE = 60.0
"""Seconds that a machine has for one piece of work, which takes one as a rule."""
_POOL = "solicomm_build.builder.hands.pool"


class Calling:
    """Machines that help (see Hands), until it is closed. `say` is given a sentence about each that
    is left out, and why. Raises HubError when nobody can be asked."""

    def __init__(
        self, config: Config, say: Callable[[str], None], *, patience: float = PATIENCE
    ) -> None:
        self._config, self._say = config, say
        words = [sys.executable, "-m", _POOL, str(config.root.absolute()), str(patience)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(words, stdin=pipe, stdout=pipe)
        assert self._process.stdin is not None  # noqa: S101 - pipes
        assert self._process.stdout is not None  # noqa: S101
        self._orders, self._answers = self._process.stdin, self._process.stdout
        kind, value = self._answer()
        if kind != "ready":
            self.close()
            raise HubError(value or "what asks other machines ended early")
        self.count: int = value
        self._has_index = False

    def close(self) -> None:
        """Asks for nothing more."""
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
        self._order("begin", Errand(key, (root / FILE).read_bytes(), commits, moment, env))

    def read(self, repo: Path, posts: Sequence[Unread]) -> Sequence[children.Joined[list[Parsed]]]:
        """See Hands."""
        name = repo.relative_to(self._config.root).as_posix()
        parts = shares(posts, max(1, self.count))
        for part in parts:
            self._order("read", name, part)
        return [_Read(self, partial(read_apart, repo, part)) for part in parts]

    def joined(self) -> list[Parsed] | None:
        """What came of the earliest `read` that nobody waited for."""
        self._order("join")
        value: list[Parsed] | None = self._answer()[1]
        return value

    def make(self, plan: Plan, pages: Sequence[Planned]) -> tuple[Outcome, list[Planned]]:
        """See Hands. A page that failed elsewhere is given back, to fail here or be made."""
        outcome, publisher = Outcome(), Publisher(plan.sources.root)
        waiting = {page.url: page for page in pages}
        if not waiting:
            return outcome, []
        if not self._has_index:
            octets = plan.sources.db.serialize()
            self._order("index", zstandard.ZstdCompressor(level=1).compress(octets))
            self._has_index = True
        self._order("make", list(waiting))
        while True:
            kind, value = self._answer()
            if kind != "made":
                break
            urls, made = value
            failed = {url for url, _ in made.outcome.failures}
            for url in urls:
                if url not in failed:
                    del waiting[url]
            made.outcome.failures = []
            _bring(publisher, made.files)
            outcome.add(made.outcome)
        outcome.written = publisher.written
        return outcome, list(waiting.values())

    def _order(self, *order: Any) -> None:
        try:
            helper.send(self._orders, order)
        except OSError:
            self.count = 0  # the next answer says so

    def _answer(self) -> tuple[str, Any]:
        """(kind, value) of the next answer; ("gone", None) when there is none any more."""
        while True:
            try:
                kind, value = helper.receive(self._answers)
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


def _bring(publisher: Publisher, files: Sequence[tuple[str, bytes]]) -> None:
    """Puts files where they belong; the siblings of each come before it."""
    siblings: dict[str, bytes] = {}
    for path, octets in files:
        suffix = next((one for one in SIBLINGS if path.endswith(one)), "")
        if suffix:
            siblings[suffix] = octets
        else:
            publisher.bring(path, octets, siblings)
            siblings = {}
