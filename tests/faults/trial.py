"""One stage, broken at one write point after the other, and what was wrong afterwards.

A trial: the hub as it was founded; a run that meets the fault; a run without faults, as the
supervisor starts it; then the hub must be what an undisturbed run makes of it. The points are known
by counting them in an undisturbed run, so none is left to chance.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from solicomm_build.post.store import fsck
from tests.faults import picture
from tests.faults.machine import Machine
from tests.faults.picture import Picture
from tests.faults.plan import Mode, Point
from tests.faults.stages import Stage


@dataclass(slots=True)
class Row:
    """A line of the table: so many places, so many runs, and what was wrong."""

    stage: str
    fault: str
    points: int = 0
    runs: int = 0
    findings: list[str] = field(default_factory=list)
    skipped: str = ""
    known: str = ""

    @property
    def failed(self) -> bool:
        """Whether something is wrong that is not in docs/knownissues.md."""
        return bool(self.findings) and not self.known

    def json(self) -> dict[str, object]:
        return asdict(self)


class Trials:
    """Breaks one stage. `kept` is where its founded hub waits to be copied."""

    def __init__(self, machine: Machine, stage: Stage, kept: Path) -> None:
        self._machine, self.stage, self.kept = machine, stage, kept
        self.points: list[Point] = []
        self.expected: Picture = {}

    def prepare(self) -> list[str]:
        """Founds the hub, counts the write points, notes what an undisturbed run makes; whatever is
        wrong already then."""
        machine, stage = self._machine, self.stage
        shutil.rmtree(machine.root, ignore_errors=True)
        stage.found(machine.root)
        shutil.rmtree(self.kept, ignore_errors=True)
        shutil.copytree(machine.root, self.kept, symlinks=True)
        counted = machine.run(lambda: stage.work(machine.root), Mode.COUNT)
        if counted.code:
            return [f"the undisturbed run ended with {counted.code}: {counted.said[-600:]}"]
        self.points = machine.plan.points()
        self.expected = stage.picture(machine.root)
        found = stage.faults(machine.root) + _unsound(stage, machine.root)
        machine.fresh(self.kept)
        machine.run(lambda: stage.work(machine.root))
        varied = picture.differences(stage.picture(machine.root), self.expected)
        return found + [f"two undisturbed runs differ: {one}" for one in varied]

    def one(self, mode: Mode, target: int, *, thorough: bool) -> list[str]:
        """One trial; what was wrong."""
        machine, stage = self._machine, self.stage
        machine.fresh(self.kept)
        broken = machine.run(lambda: stage.work(machine.root), mode, target)
        found = []
        if broken.code == 124:
            found.append("the stage hung")
        if mode is Mode.FULL and broken.killed:
            found.append("a full disk killed the stage")
        again = machine.run(lambda: stage.work(machine.root))
        if again.code:
            found.append(f"the next start ended with {again.code}: {again.said[-400:]}")
        found += self.wrong(thorough=thorough)
        if found and broken.said:
            found.append(f"it had said: {broken.said[-700:]}")
        where = broken.fired or "never came there"
        return [f"{mode.name} at {target} ({where}): {one}" for one in found]

    def wrong(self, *, thorough: bool) -> list[str]:
        """How the hub differs from what it should be, and what else is wrong with it."""
        root = self._machine.root
        found = picture.differences(self.stage.picture(root), self.expected)
        found += self.stage.faults(root)
        return found + _unsound(self.stage, root) if thorough else found

    def all(self, mode: Mode, targets: Sequence[int], *, thorough: bool) -> Row:
        """Trials at all of these points."""
        row = Row(self.stage.name, mode.name, len(self.points))
        for target in targets:
            row.runs += 1
            row.findings += self.one(mode, target, thorough=thorough)
        return row

    def at_once(self, every: int) -> Row:
        """A machine that dies at each place, and in the middle of each write: `every` n-th of the
        different states that it leaves."""
        machine, stage = self._machine, self.stage
        machine.fresh(self.kept)
        found = machine.stills(lambda: stage.work(machine.root))
        row = Row(stage.name, f"{len(found.all)} different states", found.places)
        for still in found.all[::every]:
            row.runs += 1
            if row.runs % 100 == 0:
                print(f"{stage.name}: state {row.runs} of {len(found.all)}", file=sys.stderr)
            found.lay(still)
            again = machine.run(lambda: stage.work(machine.root))
            wrong = [f"the start ended with {again.code}: {again.said[-400:]}"] * bool(again.code)
            wrong += self.wrong(thorough=True)
            told = [f"as left at {still.point} ({still.path}): {one}" for one in wrong]
            row.findings += told
            for one in told:
                print(one, file=sys.stderr, flush=True)
        return row

    def sample(self) -> list[int]:
        """One point of each kind: the same call, by the same program, on the same kind of file."""
        seen: dict[tuple[str, str, str], int] = {}
        for number, point in enumerate(self.points, 1):
            seen.setdefault((point.who, point.call, _kind(point.path)), number)
        return sorted(seen.values())

    def writes(self) -> list[int]:
        """The points that may be cut in half."""
        return [n for n, point in enumerate(self.points, 1) if point.call == "write"]

    def others(self, below: str = "") -> list[int]:
        """The points that another process than the stage passes: git, a renderer; those alone of
        files whose paths begin so."""
        others = (pair for pair in enumerate(self.points, 1) if pair[1].who != "stage")
        return [number for number, point in others if point.path.startswith(below)]


def _kind(path: str) -> str:
    """A path without what is one file's own: numbers, ids, hashes."""
    parts = [re.sub(r"[0-9a-f]{6,}|[a-z2-7]{26,}|\d+", "#", part) for part in path.split("/")]
    return "/".join(parts[:3] + parts[-1:])


def _unsound(stage: Stage, root: Path) -> list[str]:
    """What fsck and git say."""
    config = stage.config(root)
    found = [str(fault) for fault in fsck.check(config) if "the setting" not in fault.fault]
    for repo in picture.repositories(root):
        try:
            repo.git("fsck", "--strict", "--no-dangling", "--no-progress")
        except Exception as error:
            found.append(str(error))
    return found
