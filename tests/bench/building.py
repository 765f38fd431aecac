"""All pages of a hub made anew, and the build that finds nothing to do."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator

from tests.bench.corpus import Corpus
from tests.bench.hub import hub
from tests.bench.result import Result

_NO_OPS = 5


def measure(corpus: Corpus) -> Iterator[Result]:
    """Rate and memory of a full build, then the time of a build without news."""
    count = len(corpus.messages)
    with hub() as place:
        place.take(corpus)
        ran = place.run("build", "--full")
        idle = [place.run("build", "--once").seconds for _ in range(_NO_OPS)]
        posts = place.posts()
    pages = re.search(r"([\d,]+) pages made", ran.stdout)
    yield Result(
        f"full build, {count:,} messages",
        posts / ran.seconds,
        "posts/s",
        goal="≥ 500/s",
        details={
            "corpus": corpus.name,
            "seconds": ran.seconds,
            "cpu_seconds": ran.cpu_seconds,
            "posts": posts,
            "pages": int(pages[1].replace(",", "")) if pages else None,
        },
    )
    yield Result(
        f"full build, {count:,} messages: memory, all processes",
        ran.tree_pss / 2**20,
        "MiB",
        more_is_better=False,
        details={"main_rss_mib": ran.main_rss / 2**20},
    )
    yield Result(
        f"build without news, {count:,} messages",
        statistics.median(idle),
        "s",
        more_is_better=False,
        goal="≤ 0.3 s",
        details={"seconds": idle},
    )
