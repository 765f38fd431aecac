"""Memory of `solicomm serve` when there is nothing to do."""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.bench import process
from tests.bench.corpus import Corpus
from tests.bench.hub import hub, served
from tests.bench.result import Result

_REST_SECONDS = 45.0  # after the last build: who rests has ended then


def measure(corpus: Corpus) -> Iterator[Result]:
    """The sum over all its processes of what is theirs and their share of what is common."""
    count = len(corpus.messages)
    with hub() as place:
        place.take(corpus)
        place.run("build", "--once")
        with served(place) as running:
            running.settle()
            time.sleep(_REST_SECONDS)
            each = {
                f"{pid} {process.command_line(pid)[:60]}": round(process.pss(pid) / 2**20, 1)
                for pid in running.pids()
            }
    yield Result(
        f"serve at rest, {count:,} messages",
        sum(each.values()),
        "MiB",
        more_is_better=False,
        goal="≤ 100 MiB",
        details={"pss_mib": each, "corpus": corpus.name},
    )
