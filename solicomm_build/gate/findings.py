"""What the gate has found so far: faults, which refuse, and warnings, which do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from solicomm_build.foundation.errors import ContentError, Findings
from solicomm_build.gate.clockwork import TooSlow, within

MOST = 200
"""Faults that are collected; one who has so many mends a cause, not a list."""

_EACH = 3.0  # seconds for one file; a long page takes some hundredths


class Enough(Exception):
    """There are so many faults that looking on is of no use."""


@dataclass(slots=True)
class Found:
    """Collects for one push; raises Enough when it is full."""

    faults: list[ContentError] = field(default_factory=list)
    warnings: list[ContentError] = field(default_factory=list)

    def add(self, faults: Iterable[ContentError], warnings: Iterable[ContentError] = ()) -> None:
        for fault in faults:
            self.faults.append(fault)
            if len(self.faults) >= MOST:
                raise Enough
        self.warnings += list(warnings)[: MOST - len(self.warnings)]

    def look(self, path: str, check: Callable[[], Findings]) -> None:
        """What one file's check finds, or that it took too long."""
        try:
            with within(_EACH):
                findings = check()
        except (TooSlow, RecursionError):
            remedy = "Write it in a simpler way, or divide it"
            self.add([ContentError("the file takes too long to read", file=path, remedy=remedy)])
            return
        self.add(findings.faults, findings.warnings)
