"""One line of the table: what was done, SoliComm's figure, the peer's, and their ratio."""

from __future__ import annotations

import os
import platform
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

TURNS = 5
_SHORT = 5_000


@dataclass(frozen=True, slots=True)
class Result:
    """`peer_value` is None when there is no peer or it is absent (`peer` then says which and why).

    `ratio` is above 1 when SoliComm does better, whether more or less of the unit is good.
    """

    work: str
    value: float
    unit: str
    more_is_better: bool = True
    peer: str = ""
    peer_value: float | None = None
    goal: str = ""
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        if not self.peer_value or not self.value:
            return None
        up = self.value / self.peer_value
        return up if self.more_is_better else 1 / up

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio}


def turns(messages: int) -> int:
    """How often a piece of work on so many messages is measured: five times where that is short,
    so that the median hardly depends on what else the machine does; else once."""
    return TURNS if messages <= _SHORT else 1


def machine() -> dict[str, Any]:
    """What the figures were measured on; `load` is the load average when asked."""
    processor = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    octets = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(octets / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": [round(n, 2) for n in os.getloadavg()],
    }


def short(facts: dict[str, Any]) -> str:
    """The machine in a few words, for the table."""
    return f"{facts['cores']} × {facts['processor'][:32].strip()}, {facts['memory_gib']:.0f} GiB"


def table(results: list[Result], where: str) -> str:
    """The results as aligned text."""
    head = ("work", "SoliComm", "peer", "ratio", "goal", "machine")
    rows = [head, *(_row(result, where) for result in results)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _row(result: Result, where: str) -> tuple[str, ...]:
    peer = result.peer or "-"
    if result.peer_value is not None:
        peer = f"{number(result.peer_value)} {result.unit} ({result.peer})"
    ratio = f"{result.ratio:.2f}" if result.ratio is not None else "-"
    ours = f"{number(result.value)} {result.unit}"
    return result.work, ours, peer, ratio, result.goal or "-", where


def number(value: float) -> str:
    """A figure with as many digits as it deserves."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"
