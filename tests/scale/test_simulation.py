"""The simulation counts nothing twice and loses nothing, and docs/scale.md has what it says."""

from __future__ import annotations

import dataclasses
import itertools
from pathlib import Path

from tests.scale import simulation
from tests.scale.simulation import Costs, World

SMALL = World(lists=100, members=1_000, kept=10_000, rate=20, peak=30, cells=4, cores=1)
FREE = dataclasses.replace(Costs(*(0.001 for _ in dataclasses.fields(Costs))), deeper=0.0)


def test_the_page_has_the_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "scale.md"
    assert simulation.table() in page.read_text("utf-8")


def test_what_costs_nothing_waits_for_nothing() -> None:
    found = simulation.run(1, SMALL, FREE)
    assert (found.mail_seconds, found.page_seconds, found.copy_seconds) == (0, 0, 0)


def test_copies_take_the_processors_that_they_cost() -> None:
    costs = dataclasses.replace(FREE, copy=10.0)
    found = simulation.run(1, SMALL, costs)
    sent = SMALL.rate * SMALL.peak * SMALL.readers
    whole = SMALL.peak + found.copy_seconds
    assert abs(sent * costs.copy / 1000 / SMALL.cores - whole) <= 2


def test_one_cell_commits_with_one_processor() -> None:
    costs = dataclasses.replace(FREE, commit=100.0)
    one = dataclasses.replace(SMALL, cells=1, cores=8)
    found = simulation.run(1, one, costs)
    assert abs(SMALL.rate * SMALL.peak * 0.1 - (SMALL.peak + found.mail_seconds)) <= 2


def test_more_machines_never_wait_longer() -> None:
    stands = [simulation.run(count) for count in (2, 4, 8, 16, 64)]
    for fewer, more in itertools.pairwise(stands):
        assert more.copy_seconds <= fewer.copy_seconds
        assert more.rebuild < fewer.rebuild
