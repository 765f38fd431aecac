"""When sites are tried again whose renderer was ended from outside.

At once, then after a minute, ten minutes, an hour; after that with the site's next change. Nothing
of it is kept on disk: a builder that starts tries all that is not shown. So a site that the kernel
kills for the machine's memory costs five runs of a renderer, not one every second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.builder.apart.batch import Result, Task
from solicomm_build.foundation import clock

PAUSES = (0.0, 60.0, 600.0, 3600.0)
"""Seconds between one end and the next attempt."""


@dataclass(frozen=True, slots=True)
class _Lost:
    repo: Path
    key: str
    times: int
    due: float

    def is_due(self, now: float) -> bool:
        """Whether it is time; so where a clock said when that was put back since."""
        return self.due != float("inf") and not now < self.due <= now + PAUSES[-1]


class Retries:
    """The sites of a hub that were lost, as one builder knows them."""

    def __init__(self) -> None:
        self._lost: dict[str, _Lost] = {}

    @property
    def repos(self) -> frozenset[Path]:
        """The repositories of the sites that are not shown as they are."""
        return frozenset(lost.repo for lost in self._lost.values())

    @property
    def due(self) -> bool:
        """Whether it is time to try one of them."""
        return any(lost.is_due(clock.timestamp()) for lost in self._lost.values())

    def sifted(self, tasks: Iterable[Task]) -> list[Task]:
        """Those of all that is to be built whose time has come. A lost site that is not among them
        is shown as it is now, or gone: it is forgotten."""
        tasks, now = list(tasks), clock.timestamp()
        keys = {task.section: task.key for task in tasks}
        self._lost = {
            section: lost for section, lost in self._lost.items() if keys.get(section) == lost.key
        }
        return [
            task
            for task in tasks
            if task.section not in self._lost or self._lost[task.section].is_due(now)
        ]

    def judged(self, task: Task, result: Result) -> Result:
        """What became of a site, as it counts: one that is lost and to be tried again at once has
        not ended yet, and has `more`."""
        if result.ended == "lost":
            times = self._lost[task.section].times if task.section in self._lost else 0
            pause = PAUSES[times] if times < len(PAUSES) else float("inf")
            self._lost[task.section] = _Lost(
                task.repo, task.key, times + 1, clock.timestamp() + pause
            )
            return result if pause else Result(task.section, result.outcome, ended="more")
        if result.ended != "more":
            self._lost.pop(task.section, None)
        return result

    def clear(self) -> None:
        """Forgets them all: each is tried as if for the first time."""
        self._lost.clear()
