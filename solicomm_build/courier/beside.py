"""What goes along with the fan-out (hooks.py, `Companion`), so that it can hold no list.

One that fails is logged, told by `/healthz`, `check` and `status` (hindrance.py), and tried again a
little later. Where it failed it stays behind: `refs/solicomm/cursors/courier-<name>` of the list is
the last commit that it has seen whole, and until it has caught up it sees new posts in their order
and not before. Without the ref it has seen all that the courier has. Who got the copies of a post
that it has not seen is noted in `state/beside/<list>/<mid>`, as members' numbers, since the roster
may be another when it sees the post.

The ref is there before the copies are in the spool, and goes last; so a kill loses nothing.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from solicomm_build.courier.hooks import Companion, Going
from solicomm_build.foundation import clock, faults, maillog, safeio
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.hub import hindrance
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.hindrance import Rests
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.foundation.watch import LOOK, Watch
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import Repo
from solicomm_build.post.conference import Conference

_RUN = ""
"""The place of what is no list's."""
_trace = logging.getLogger("solicomm.courier")
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Step:
    """A commit that the courier is done with: what companions see of it."""

    commit: Oid
    is_of_topics: bool
    posts: Sequence[Going]


Past = Callable[[Oid], Iterator[Step]]
"""What the courier did since a commit, in its order."""


class _Failed(Exception):
    """A companion failed, or rests."""


@dataclass
class _One:
    """A companion as it is now: places (lists, or its own work) where it fails; lists where it is
    known to be behind or not."""

    name: str
    companion: Companion
    rests: Rests = field(default_factory=Rests)
    behind: dict[str, bool] = field(default_factory=dict)
    is_told: bool = True  # until it is known that nothing is wrong

    @property
    def consumer(self) -> str:
        return f"{COURIER}-{self.name.replace('_', '-')}"


class Beside:
    """The companions of a hub's fan-out. Not for several threads."""

    def __init__(
        self,
        config: Config,
        log: MailLog,
        companions: Iterable[tuple[str, Companion]],
        watch: Watch,
    ) -> None:
        self._config, self._log, self._watch = config, log, watch
        self._all = [_One(name, companion) for name, companion in companions]

    def close(self) -> None:
        """Ends them."""
        for one in self._all:
            with contextlib.suppress(SoliCommError):
                one.companion.close()

    def waits(self) -> bool:
        """Whether one of them has something to do later, or is to be tried again."""
        return any(
            one.is_told or one.rests or any(one.behind.values()) or one.companion.waits()
            for one in self._all
        )

    # -- at each post ---------------------------------------------------------------------------

    def without(self, settings: Conference, tid: TopicId, mid: PostId, raw: bytes) -> set[str]:
        """Who wants no copy of a post, as addresses that `fold` wrote; a companion that fails says
        nobody."""
        found: set[str] = set()
        for one in self._all:
            with contextlib.suppress(_Failed):
                found |= self._without(one, settings, tid, mid, raw)
        return found

    def _without(
        self, one: _One, settings: Conference, tid: TopicId, mid: PostId, raw: bytes
    ) -> set[str]:
        def ask() -> set[str]:
            return {*one.companion.without(settings, tid, raw)}

        return self._do(one, settings.id, f"{settings.id}/{mid}", ask) or set()

    def going(self, repo: Repo, before: Oid, post: Going, got: Callable[[], list[int]]) -> None:
        """Shows a post to all, of the commit after `before`; `got` gives the members who get it or
        have it. Nothing is raised."""
        name = post.conference.id
        for one in self._all:
            if not self._is_behind(one, repo):
                with contextlib.suppress(_Failed):
                    self._show(one, post)
                    continue
                self._stay(one, repo, before)
            self._note(name, post.mid, got())

    def changed(self, repo: Repo, before: Oid) -> None:
        """Topics of a list were moved, split or joined by the commit after `before`."""
        for one in self._all:
            if self._is_behind(one, repo):
                continue
            try:
                self._change(one, repo.path.stem)
            except _Failed:
                self._stay(one, repo, before)

    def run(self) -> int:
        """Has each do what is due; how many things."""
        count = 0
        for one in self._all:
            with contextlib.suppress(_Failed):
                count += self._do(one, _RUN, "run", one.companion.run) or 0
            self._tell(one)
        return count

    # -- afterwards -----------------------------------------------------------------------------

    def may_be_behind(self, name: str) -> bool:
        """Whether somebody is behind in a list, or nobody has looked yet."""
        return any(one.behind.get(name, True) for one in self._all)

    def catch_up(self, repo: Repo, past: Past) -> None:
        """Shows to those who are behind in a list what the courier did meanwhile."""
        for one in self._all:
            if not self._is_behind(one, repo) or one.rests.has(repo.path.stem):
                continue
            with contextlib.suppress(_Failed):
                self._go_on(one, repo, past)

    def got(self, name: str, mid: PostId) -> list[int] | None:
        """Who got the copies of a post that somebody has not seen; None where nothing is noted."""
        try:
            return maillog.numbers(self._noted(name, mid).read_text("ascii"))
        except (OSError, ValueError):
            return None

    def _go_on(self, one: _One, repo: Repo, past: Past) -> None:
        cursor, name = Cursor(repo, one.consumer), repo.path.stem
        at = cursor.read()
        steps = past(at) if at is not None else iter(())
        for step in steps:
            if step.is_of_topics:
                self._change(one, name)
            for post in step.posts:
                self._show(one, post)
            faults.point("beside.before-cursor")
            cursor.advance(at, step.commit)
            at = step.commit
        faults.point("beside.before-end")
        cursor.forget()
        one.behind[name] = False
        one.rests.over(name)
        self._log.event("companion-goes-on", companion=one.name, conference=name)
        if not any(other.behind.get(name) for other in self._all):
            shutil.rmtree(self._noted(name), ignore_errors=True)

    def _is_behind(self, one: _One, repo: Repo) -> bool:
        name = repo.path.stem
        if name not in one.behind:
            one.behind[name] = Cursor(repo, one.consumer).read() is not None
        return one.behind[name]

    def _stay(self, one: _One, repo: Repo, before: Oid) -> None:
        """It has not seen what comes after `before`; durable on return."""
        Cursor(repo, one.consumer).advance(None, before)
        one.behind[repo.path.stem] = True

    def _note(self, name: str, mid: PostId, got: Collection[int]) -> None:
        path = self._noted(name, mid)
        with contextlib.suppress(OSError):  # without it the roster of then is asked
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            safeio.write_atomic(path, maillog.spans(got).encode("ascii"), mode=0o600)

    def _noted(self, *names: str) -> Path:
        return self._config.state.joinpath("beside", *names)

    # -- each call --------------------------------------------------------------------------------

    def _show(self, one: _One, post: Going) -> None:
        name = post.conference.id
        self._do(one, name, f"{name}/{post.mid}", lambda: one.companion.going(post))

    def _change(self, one: _One, name: str) -> None:
        self._do(one, name, f"{name}/topics", lambda: one.companion.changed(name))

    def _do(self, one: _One, place: str, what: str, work: Callable[[], _T]) -> _T | None:
        """Does it; raises _Failed when it fails, or failed a moment ago. None when it cannot be
        done: a message that nobody can read, or what held the courier (watch.py), which is left
        out and lies in the quarantine."""
        if one.rests.has(place):
            raise _Failed
        if self._watch.is_aside(mark := f"{one.name}:{what}"):
            return None
        try:
            with self._watch.item(mark, seconds=LOOK):
                faults.hold(one.name, mark.encode())
                done = work()
        except MessageError as error:
            self._log.event("companion-unreadable", companion=one.name, reason=error.public)
            return None
        except Exception as error:
            if not isinstance(error, SoliCommError):
                _trace.exception("%s failed beside the courier", one.name)
            self._failed(one, place, error)
            raise _Failed from error
        one.rests.over(place)
        return done

    def _failed(self, one: _One, place: str, error: Exception) -> None:
        reason = error.public if isinstance(error, SoliCommError) else type(error).__name__
        if one.rests.failed(place):  # once, not at every look
            facts = {"conference": place} if place else {}
            self._log.event("companion-failed", companion=one.name, **facts, reason=reason)
        hindrance.begin(self._config.state, one.name, clock.now())
        one.is_told = True

    def _tell(self, one: _One) -> None:
        """Once its own work is done and it is behind nowhere, there is nothing to tell any more."""
        if one.is_told and _RUN not in one.rests and not any(one.behind.values()):
            hindrance.end(self._config.state, one.name)
            one.is_told = False
