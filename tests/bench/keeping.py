"""Looking after a hub: a backup of it, the next one with nothing new, and `solicomm check`."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator

from tests.bench.corpus import Corpus
from tests.bench.hub import SOLICOMM, Hub, hub, served
from tests.bench.result import Result

_TIMES = 3


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
            to = place.folder / "backup"
            firsts = list[float]()
            for _ in range(_TIMES):
                shutil.rmtree(to, ignore_errors=True)
                firsts.append(place.run("backup", str(to)).seconds)
            again = [place.run("backup", str(to)).seconds for _ in range(_TIMES)]
    for work, rounds, goal in (
        (f"check without DNS, {count:,} messages", checked, "≤ 5 s"),
        (f"first backup, {count:,} messages", firsts, "≤ 30 s"),
        (f"backup with nothing new, {count:,} messages", again, "≤ 3 s"),
    ):
        yield Result(
            work,
            statistics.median(rounds),
            "s",
            more_is_better=False,
            goal=goal,
            details={"rounds": rounds, "corpus": corpus.name},
        )


def _checked(place: Hub) -> float:
    """Seconds of a check; a trial hub may have faults, so it may end with 78."""
    begun = time.perf_counter()
    words = [str(SOLICOMM), "check", "--json"]
    env = {**os.environ, "SOLICOMM_HUB": str(place.root)}
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 78):
        raise RuntimeError(f"check: exit {done.returncode}: {done.stderr.strip()[-200:]}")
    return time.perf_counter() - begun
