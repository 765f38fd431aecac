"""What a running hub holds: memory, open files, mail that waits; and whether that stays flat."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean

from solicomm_build.testing.served import Served

_SPOOLS = ("in", "desk", "bounces", "out")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Sample:
    """One look: seconds since the beginning, MiB of all processes that are ours alone, open files,
    files that wait in each spool."""

    at: float
    memory: float
    files: int
    waiting: dict[str, int]

    def json(self) -> dict[str, object]:
        return asdict(self)


class Watch:
    """Looks at a served hub now and then."""

    def __init__(self, served: Served) -> None:
        self._served = served
        self._begun = time.monotonic()
        self.samples: list[Sample] = []

    def look(self) -> None:
        """One more sample."""
        stages = _stages(self._served.process.pid)
        spool = self._served.config.root / "spool"
        waiting = {name: sum(1 for _ in (spool / name).glob("*.mail")) for name in _SPOOLS}
        self.samples.append(
            Sample(
                round(time.monotonic() - self._begun, 1),
                round(sum(map(_memory, stages)), 1),
                sum(map(_files, stages)),
                waiting,
            )
        )

    def faults(self) -> list[str]:
        """What grew that should be flat: compared is the last third with the middle one."""
        third = len(self.samples) // 3
        if third < 5:
            return []
        middle, last = self.samples[third : 2 * third], self.samples[2 * third :]
        found = []
        before, after = mean(s.memory for s in middle), mean(s.memory for s in last)
        if after > 1.25 * before + 20:
            found.append(f"memory grows: {before:.0f} MiB, then {after:.0f} MiB")
        before, after = mean(s.files for s in middle), mean(s.files for s in last)
        if after > 1.25 * before + 30:
            found.append(f"open files grow: {before:.0f}, then {after:.0f}")
        for name in _SPOOLS:
            most = max(s.waiting[name] for s in middle)
            if mean(s.waiting[name] for s in last) > 2 * most + 20:
                found.append(f"mail piles up in spool/{name}")
        return found


def _stages(supervisor: int) -> list[int]:
    """The stages and what they forked: processes of ours, not git, which comes and goes."""
    found = []
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            pid = int(folder.name)
            if os.getsid(pid) == supervisor and b"git" not in (folder / "comm").read_bytes():
                found.append(pid)
    return found


def _memory(pid: int) -> float:
    """MiB of a process that no other shares."""
    with contextlib.suppress(OSError, ValueError):
        _, resident, shared = Path(f"/proc/{pid}/statm").read_text().split()[:3]
        return (int(resident) - int(shared)) * _PAGE / 2**20
    return 0.0


def _files(pid: int) -> int:
    with contextlib.suppress(OSError):
        return len(os.listdir(f"/proc/{pid}/fd"))
    return 0
