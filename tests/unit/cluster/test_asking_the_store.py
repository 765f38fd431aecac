"""How often a machine asks the store of objects what came for it: each request is paid for."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from solicomm_build.features.cells import carrying
from solicomm_build.foundation import maillog
from solicomm_build.foundation.objects import passing
from solicomm_build.git.replica import machine

from .conftest import Machine


class Clock:
    """Time that goes by only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[set[int]], list[float]]:
    """When it asks within a minute, if at some of these times, counted from 0, something came."""

    def run(came: set[int]) -> list[float]:
        config, clock, times = Machine(tmp_path, "n1", ("n2", "n3")).config, Clock(), list[float]()

        def take() -> int:
            times.append(clock.now - 1000)
            return int(len(times) - 1 in came)

        monkeypatch.setattr(carrying, "time", clock)
        monkeypatch.setattr(machine, "pair", lambda _config: (MagicMock(), MagicMock()))
        monkeypatch.setattr(passing, "Coming", lambda *_given: MagicMock(take=take))
        cluster = dataclasses.replace(config.cluster, divided=True)
        config = dataclasses.replace(config, cluster=cluster)
        carrying.carry(config, stop=lambda: clock.now > 1060, log=maillog.to_nobody())
        return times

    return run


def test_at_rest_it_asks_every_two_seconds(asked: Callable[[set[int]], list[float]]) -> None:
    times = asked(set())
    assert len(times) <= 34
    assert all(1.9 < later - one < 2.3 for one, later in pairwise(times[5:]))


def test_after_something_came_it_asks_at_once(asked: Callable[[set[int]], list[float]]) -> None:
    times = asked({0, 20, 21})
    assert times[1] - times[0] < 0.5
    assert times[21] - times[20] < 0.5
    assert times[22] - times[21] < 0.5
    assert times[-1] - times[-2] > 1.9
