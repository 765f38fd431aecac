"""The search beside a running builder: made in a child process, after the pages, never before them.

A first child makes what is new findable, a second one then merges. New posts do not wait for a
merge: it is given up and begun again, some times, and then left to end.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
from dataclasses import dataclass

from solicomm_build.builder.apart import watching
from solicomm_build.builder.contents import Contents
from solicomm_build.features.search import index as search
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config

_trace = logging.getLogger("solicomm.search")

NICE = 5
"""How much the search stands back where mail, pages and copies want the machine."""
_GIVEN_UP = 5
"""Merges given up for new posts before one is left to end."""
_PAUSE = 60.0
"""Seconds before a run that failed is tried again."""
_NAME = "search"
"""Of the child, for the watch."""
_SETTLED, _UNSETTLED, _FAILED = 0, 3, 1


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    settling: bool
    public: bool


class BackgroundSearch:
    """Brings the index of a hub up to date, in one child at a time. Blocks for a fork only."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._wanted = False
        self._public = False
        self._unsettled = False
        self._given_up = 0
        self._not_before = 0.0
        self._found: Contents | None = None
        self._child: _Child | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being made, or has to be."""
        return self._child is not None or self._wanted or self._unsettled

    def want(self, found: Contents, *, public: bool = True) -> None:
        """Asks for the indexes to be as the pages are now; `public`: whether public ones moved."""
        self._found, self._wanted = found, True
        self._public |= public
        child = self._child
        if child and child.settling and self._given_up < _GIVEN_UP:
            self._given_up += 1
            os.kill(child.pid, signal.SIGKILL)  # what it wrote is named by nothing yet
            os.waitpid(child.pid, 0)
            watching.forgive(_NAME)
            self._child, self._unsettled = None, True
            self._public |= child.public
        self.step()

    def step(self) -> None:
        """Looks after the child, and starts the next one when there is reason to."""
        if self._child:
            pid, status = os.waitpid(self._child.pid, os.WNOHANG)
            if pid == 0:
                return
            code = os.waitstatus_to_exitcode(status)
            watching.ended(_NAME, code)
            self._ended(self._child, code)
        if self._found is None or 0 < self._not_before - clock.timestamp() <= _PAUSE:
            return
        if self._wanted:
            self._wanted = False
            self._start(settle=False)
        elif self._unsettled:
            self._unsettled = False
            self._start(settle=True)

    def close(self) -> None:
        """Ends the child; the next builder goes on."""
        if self._child:
            os.kill(self._child.pid, signal.SIGKILL)
            os.waitpid(self._child.pid, 0)
            watching.forgive(_NAME)
            self._child = None

    def _ended(self, child: _Child, code: int) -> None:
        self._child = None
        if code == _SETTLED:
            self._unsettled = False
            self._given_up = 0 if child.settling else self._given_up
        elif code == _UNSETTLED:
            self._unsettled = True
        else:
            self._wanted = True
            self._public |= child.public
            self._not_before = clock.timestamp() + _PAUSE

    def _start(self, *, settle: bool) -> None:
        assert self._found is not None  # want() was called  # noqa: S101
        public, self._public = self._public or settle, False
        pid = os.fork()
        if pid:
            self._child = _Child(pid, settle, public)
            return
        code = _FAILED
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            watching.in_child(_NAME)
            gc.freeze()  # a collection would copy the pages that we share with our parent
            os.nice(NICE)
            done = search.update(self._config, self._found, settle=settle, public=public)
            code = _SETTLED if done.settled else _UNSETTLED
        except Exception:  # noqa: BLE001 - the stage's edge: the trace is logged, the data is in git
            _trace.exception("the search index could not be made")
        finally:
            os._exit(code)
