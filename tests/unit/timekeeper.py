"""A machine whose clock says what a test wants, as the hub looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.timekeeping import Look

FAR = datetime(2038, 1, 19, 3, 14, tzinfo=UTC)
"""What a clock without a battery may say until it hears the right time."""


@dataclass
class Machine:
    """`up` are the seconds that it has run, `boot` is which of its starts this is."""

    up: float = 100.0
    boot: str = "one"

    def look(self) -> Look:
        """What the hub finds."""
        return Look(clock.timestamp(), self.up, self.boot)


def made(monkeypatch: pytest.MonkeyPatch) -> Machine:
    """The machine that the hub runs on from now on; the time is that of `clock.fixed`."""
    machine = Machine()
    monkeypatch.setattr(clock, "is_fixed", lambda: False)
    monkeypatch.setattr(timekeeping, "look", machine.look)
    return machine
