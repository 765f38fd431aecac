"""Sites that are pushed to while children make pages: each is made at once, beside these.

    wait for pages ─→ now and then: where are the sites? ─→ one has moved ─→ a child makes it

Else who has pushed waits until all pages are made that were begun before, as when a hub has just
begun. What came of it is told with the other sites' (`hands/shared.py::sites`).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import sqlite3
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from solicomm_build.builder import loading
from solicomm_build.builder.apart import batch, children, noted
from solicomm_build.builder.apart.batch import Result, Task
from solicomm_build.builder.plan import Plan, apart_folders, apart_of
from solicomm_build.builder.render import Renderer
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import MAIN
from solicomm_build.git.tips import Tips

PAUSE = 0.1
"""Seconds between two looks, at least."""
_SHARE = 20
"""A look may take so large a part of the time: there may be very many sites."""


class Pushed:
    """Looks after the sites of a plan while its pages are made. `looks` are those of the builder,
    `commits` where all repositories were when it began."""

    def __init__(
        self,
        plan: Plan,
        looks: dict[Path, Tips],
        commits: Mapping[Path, Oid],
        warm: Callable[[], Renderer],
    ) -> None:
        self._plan, self._looks, self._warm = plan, looks, warm
        self._commits = dict(commits)
        self._folders = apart_folders(plan.config)
        self._tasks: Sequence[Task] = ()
        self._at_work: children.Child[list[Result]] | None = None
        self._due = 0.0

    def wait(self, readings: Sequence[int]) -> None:
        """Until there is something to read in each of these pipes."""
        with selectors.DefaultSelector() as selector:
            for reading in readings:
                selector.register(reading, selectors.EVENT_READ)
            while selector.get_map():
                self.look()
                for key, _ in selector.select(max(0.0, self._due - time.monotonic())):
                    selector.unregister(key.fd)

    def look(self) -> None:
        """Has what has moved made, unless another is being made, or it is too early for a look."""
        if (began := time.monotonic()) < self._due:
            return
        if self._at_work is None or _is_heard(self._at_work.reading):
            self.end()
            if moved := self._moved():
                self._begin(moved)
        now = time.monotonic()
        self._due = now + max(PAUSE, (now - began) * _SHARE)

    def end(self) -> None:
        """Waits for what is being made. Safe to call again."""
        if self._at_work is None:
            return
        child, self._at_work = self._at_work, None
        keys = {task.section: task.key for task in self._tasks}
        for result in child.join() or ():  # none where it died: they are made with the others
            self._plan.take_ahead(result, keys[result.section])

    def _moved(self) -> dict[Path, Oid]:
        """The sites that are elsewhere than they were at the last look."""
        found = dict[Path, Oid]()
        for folder in self._folders:
            found |= self._looks.setdefault(folder, Tips(folder)).repos()[0]
        known = self._commits
        return {repo: tip for repo, tip in found.items() if known.get(repo, tip) != tip}

    def _begin(self, moved: Mapping[Path, Oid]) -> None:
        plan = self._plan
        self._commits |= moved
        found = loading.load(plan.config, plan.sources, self._commits, plan.found)
        again = Plan(
            plan.config,
            plan.sources,
            found,
            plan.env,
            full=plan.full,
            today=plan.today,
            assets=False,
        )
        again.look_again(found)
        self._tasks = [task for task in again.apart if task.repo in moved]
        if self._tasks:
            noted.begun(plan.sources.db, self._tasks)
            self._at_work = children.fork(partial(made, self._tasks, self._warm(), plan))


def late(
    config: Config, db: sqlite3.Connection, looks: dict[Path, Tips], commits: Mapping[Path, Oid]
) -> dict[Path, Oid]:
    """The sites that moved while the pages before them were made: they are shown as they are now,
    and not only after another build."""
    now, _ = loading.reached(config, db, looks)
    moved = {repo: tip for repo, tip in now.items() if commits.get(repo, tip) != tip}
    return {repo: moved[repo] for repo in apart_of(config, moved)}


def newest_first(tasks: Sequence[Task]) -> list[Task]:
    """These sites, each kind for itself, those first that moved last: where a thousand are made
    anew, somebody waits for the one that was just pushed to."""
    kinds = [*dict.fromkeys(task.kind for task in tasks)]
    return sorted(tasks, key=lambda task: (kinds.index(task.kind), -_moved_at(task.repo)))


def _moved_at(repo: Path) -> int:
    for name in (MAIN, "packed-refs"):
        with contextlib.suppress(OSError):
            return os.stat(f"{repo}/{name}").st_mtime_ns
    return 0


def made(tasks: Sequence[Task], warm: Renderer, plan: Plan) -> list[Result]:
    """What becomes of these sites. In a child."""
    return list(batch.build(tasks, warm, plan.sources, stop=lambda: False))


def _is_heard(reading: int) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        return bool(selector.select(0))
