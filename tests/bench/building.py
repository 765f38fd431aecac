"""All pages of a hub made anew, and the build that finds nothing to do; beside it what Hugo,
MHonArc and Pelican as it comes make of the same mail."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.corpus import Corpus
from tests.bench.hub import hub
from tests.bench.peers import hugo, mhonarc, stockpelican
from tests.bench.result import Result

_NO_OPS = 5
_PELICAN = 2_000


@dataclass(frozen=True, slots=True)
class _Peer:
    """A site generator's seconds for all pages and for none, or None where it is absent."""

    name: str
    goal: str
    messages: int = 0
    full: float | None = None
    idle: float | None = None


def _peers(corpus: Corpus, folder: Path) -> Iterator[_Peer]:
    """Each after the other, on the same messages; Pelican on the first 2,000 at most."""
    if missing := hugo.absent():
        yield _Peer(missing, "")
    else:
        full = hugo.build(corpus, folder)
        yield _Peer("Hugo", "ratio ≥ 2", len(corpus.messages), full, hugo.again(folder))
    if missing := mhonarc.absent():
        yield _Peer(missing, "")
    else:
        yield _Peer("MHonArc", "", len(corpus.messages), mhonarc.build(corpus, folder))
    if missing := stockpelican.absent():
        yield _Peer(missing, "")
    else:
        some = corpus.first(_PELICAN)
        full = stockpelican.build(some, folder)
        name = f"Pelican, {len(some.messages):,} messages"
        yield _Peer(name, "ratio ≥ 15", len(some.messages), full, stockpelican.again(folder))


def measure(corpus: Corpus) -> Iterator[Result]:
    """Rate and memory of a full build, then the time of a build without news."""
    count = len(corpus.messages)
    with hub() as place:
        place.take(corpus)
        ran = place.run("build", "--full")
        idle = [place.run("build", "--once").seconds for _ in range(_NO_OPS)]
        posts = place.posts()
        peers = list(_peers(corpus, place.folder))
    pages = re.search(r"([\d,]+) pages made", ran.stdout)
    what = f"full build, {count:,} messages"
    yield Result(
        what,
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
    for peer in peers:
        if peer.full is None:
            yield Result(what, posts / ran.seconds, "posts/s", peer=peer.name)
            continue
        yield Result(
            what,
            posts / ran.seconds,
            "posts/s",
            peer=peer.name,
            peer_value=peer.messages / peer.full,
            goal=peer.goal,
        )
        if peer.idle is not None:
            yield Result(
                f"build without news, {count:,} messages",
                statistics.median(idle),
                "s",
                more_is_better=False,
                peer=peer.name,
                peer_value=peer.idle,
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
