"""All that is broken, row by row."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.faults import cutting, hostile, networking, pocketing, sharing
from tests.faults.accepting import BridgeTrials
from tests.faults.machine import Machine
from tests.faults.plan import Mode, Plan
from tests.faults.scenarios import Scenarios
from tests.faults.stages import STAGES
from tests.faults.trial import Row, Trials

_SHORT = {Mode.ALL: 3, Mode.FULL: 2, Mode.BAD: 1, Mode.HALF: 1, Mode.ONE: 1}
"""The modes, and at how many points of a stage the short form tries each."""
_STRIDE = 40
"""Of a stage that writes so much that all its states are taken of one run, every so many-th place
is also tried by itself."""

LARGE = (networking.Network, pocketing.Stick)

_KNOWN: dict[tuple[str, str], str] = {}
"""What is wrong and written in docs/knownissues.md; a row here without a finding is to go."""


def rows(
    plan: Plan, folder: Path, environment: dict[str, str], options: argparse.Namespace
) -> Iterator[Row]:
    """Each row as it is done, with what is known already."""
    for row in _rows(plan, folder, environment, options):
        row.known = _KNOWN.get((row.stage, row.fault), "")
        yield row


def _rows(
    plan: Plan, folder: Path, environment: dict[str, str], options: argparse.Namespace
) -> Iterator[Row]:
    machine = Machine(plan, folder / "hub", environment)
    kept = folder / "kept"
    every: list[tuple[str, Trials]] = [("bridge", BridgeTrials(machine, kept))]
    more = () if options.short else (*cutting.STAGES, *sharing.STAGES)
    stages = (*STAGES, *networking.STAGES, *pocketing.STAGES, *more)
    every += [(stage.name, Trials(machine, stage, kept)) for stage in stages]
    for name, trials in every:
        if options.stage and name not in options.stage:
            continue
        if options.short and not options.stage and name in pocketing.LONG:
            continue
        first = Row(name, "undisturbed", runs=2, findings=trials.prepare())
        first.points = len(trials.points)
        yield first
        if not trials.points:
            continue
        if options.scenario:
            scenarios = Scenarios(machine, trials, folder, short=options.short)
            yield from scenarios.rows(options.scenario)
            continue
        numbers = trials.sample() if options.short else range(1, len(trials.points) + 1)
        is_network = isinstance(trials.stage, networking.Network)
        is_large = isinstance(trials.stage, LARGE) and not options.short
        if is_large and not options.at:
            yield trials.at_once(options.every)
        chosen = options.at or [*numbers][:: options.every * (_STRIDE if is_large else 1)]
        if isinstance(trials.stage, pocketing.Spread) and not options.short and not options.at:
            for mode in (Mode.ONE, Mode.ALL):
                targets = trials.others(f"{pocketing.OLD}/")[:: options.every]
                yield replace(
                    trials.all(mode, targets, thorough=True), fault=f"{mode.name} of children"
                )
        for mode, few in _SHORT.items():
            if mode is Mode.BAD and not is_network:
                continue
            some = set(
                trials.writes()
                if mode is Mode.HALF
                else trials.others(f"{pocketing.OLD}/" * isinstance(trials.stage, pocketing.Spread))
                if mode is Mode.ONE
                else chosen
            )
            targets = [n for n in chosen if n in some]
            if options.short:
                targets = _spread(targets, few)
            yield trials.all(mode, targets, thorough=not options.short)
        if name != "bridge" and not (options.short and isinstance(trials.stage, pocketing.Stick)):
            yield from Scenarios(machine, trials, folder, short=options.short).rows()
    if not options.short and not options.scenario and "network" in (options.stage or ["network"]):
        yield from networking.many(folder)
        yield from hostile.rows(folder)


def _spread(numbers: list[int], few: int) -> list[int]:
    """So many of the numbers, from all over."""
    step = max(1.0, len(numbers) / few)
    return [
        numbers[int(step * (n + 0.5))] for n in range(few) if int(step * (n + 0.5)) < len(numbers)
    ]


def line(row: Row) -> str:
    """A row of the table."""
    state = "SKIPPED" if row.skipped else "FAILED" if row.failed else "ok"
    state = "known" if row.findings and row.known else state
    text = f"{state:8} {row.stage:10} {row.fault:24} {row.points:5} points {row.runs:5} runs"
    return f"{text}  {row.skipped}{row.known if row.findings else ''}".rstrip()
