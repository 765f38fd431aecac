"""Looking after a hub: a backup of it, the next one with nothing new, and `solicomm check`."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.hub import SOLICOMM, Hub, hub, served
from tests.bench.result import Result

_TIMES = 3
_Times = tuple[float, float]  # seconds on the wall, and of processors


def measure(corpus: Corpus) -> Iterator[Result]:
    """With the corpus in the sample hub, all its pages made; it is served while it is looked at.
    `dns: off`, so what the check takes is its own."""
    count = len(corpus.messages)
    with hub() as place:
        settings = place.root / "hub.yaml"
        settings.write_text(f"{settings.read_text('utf-8').rstrip()}\ndns: off\n", "utf-8")
        place.take(corpus)
        place.run("build", "--once")
        with served(place) as running:
            running.rest()
            checked = [_checked(place) for _ in range(_TIMES)]
            firsts = list[_Times]()
            for number in range(_TIMES):
                to = place.folder / f"backup-{number}"
                firsts.append(_backup(place, to))
            again = [_backup(place, to) for _ in range(_TIMES)]
    for work, rounds, goal in (
        (f"check without DNS, {count:,} messages", checked, "≤ 5 s"),
        (f"first backup, {count:,} messages", firsts, "≤ 30 s"),
        (f"backup with nothing new, {count:,} messages", again, "≤ 3 s"),
    ):
        yield Result(
            work,
            statistics.median(seconds for seconds, _ in rounds),
            "s",
            more_is_better=False,
            goal=goal,
            details={"seconds_and_cpu_seconds": rounds, "corpus": corpus.name},
        )


def _backup(place: Hub, to: Path) -> _Times:
    ran = place.run("backup", str(to))
    return ran.seconds, ran.cpu_seconds


def _checked(place: Hub) -> _Times:
    """Times of a check; a trial hub may have faults, so it may end with 78."""
    cpu, begun = os.times(), time.perf_counter()
    words = [str(SOLICOMM), "check", "--json"]
    env = {**os.environ, "SOLICOMM_HUB": str(place.root)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 78):
        raise RuntimeError(f"check: exit {done.returncode}: {done.stderr.strip()[-200:]}")
    seconds, now = time.perf_counter() - begun, os.times()
    used = now.children_user + now.children_system - cpu.children_user - cpu.children_system
    return seconds, used
