"""All pages of a hub made anew, and the build that finds nothing to do; beside it what Hugo,
MHonArc and Pelican as it comes make of the same mail, and Hugo with feeds, Pagefind and compressed
siblings, as ours has them. Where it is short all is done five times in turn, each time in a new
hub; MHonArc and Pelican once."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import process
from tests.bench.corpus import Corpus
from tests.bench.hub import Hub, hub
from tests.bench.peers import hugo, mhonarc, stockpelican
from tests.bench.result import Result, turns

_NO_OPS = 5
_PELICAN = 2_000


@dataclass(frozen=True, slots=True)
class _Peer:
    """A site generator's seconds for all pages, each time, and for none, or None where it is
    absent."""

    name: str
    goal: str
    messages: int = 0
    full: list[float] | None = None
    idle: float | None = None
    work: str = ""


@dataclass(frozen=True, slots=True)
class _Rounds:
    """What was measured in turn: ours, Hugo's bare pages, and Hugo's same work."""

    ours: list[process.Ran]
    bare: list[float]
    whole: list[hugo.Steps]


def _in_turn(corpus: Corpus, place: Hub) -> _Rounds:
    """Ours first in the hub that is there, then each time in a new one."""
    rounds = _Rounds([], [], [])
    for turn in range(turns(len(corpus.messages))):
        if turn == 0:
            rounds.ours.append(place.run("build", "--full"))
        else:
            with hub() as another:
                another.take(corpus)
                rounds.ours.append(another.run("build", "--full"))
        if not hugo.absent_whole():
            rounds.whole.append(hugo.build_whole(corpus, place.folder))
        if not hugo.absent():
            rounds.bare.append(hugo.build(corpus, place.folder))
    return rounds


def _peers(corpus: Corpus, folder: Path, rounds: _Rounds) -> Iterator[_Peer]:
    """All on the same messages; Pelican on the first 2,000 at most."""
    count = len(corpus.messages)
    if missing := hugo.absent():
        yield _Peer(missing, "")
    else:
        yield _Peer("Hugo", "ratio ≥ 0.35", count, rounds.bare, hugo.again(folder))
    whole = [one.whole for one in rounds.whole] or None
    name = hugo.absent_whole() or "Hugo with feeds, Pagefind, gzip and brotli"
    yield _Peer(name, "ratio ≥ 2", count, whole, work=" on the same work")
    if missing := mhonarc.absent():
        yield _Peer(missing, "")
    else:
        yield _Peer("MHonArc", "", count, [mhonarc.build(corpus, folder)])
    if missing := stockpelican.absent():
        yield _Peer(missing, "")
    else:
        some = corpus.first(_PELICAN)
        full = stockpelican.build(some, folder)
        name = f"Pelican, {len(some.messages):,} messages"
        yield _Peer(name, "ratio ≥ 15", len(some.messages), [full], stockpelican.again(folder))


def measure(corpus: Corpus) -> Iterator[Result]:
    """Rate and memory of a full build, then the time of a build without news."""
    count = len(corpus.messages)
    with hub() as place:
        place.take(corpus)
        rounds = _in_turn(corpus, place)
        idle = [place.run("build", "--once").seconds for _ in range(_NO_OPS)]
        posts = place.posts()
        peers = list(_peers(corpus, place.folder, rounds))
    ran = sorted(rounds.ours, key=lambda one: one.seconds)[len(rounds.ours) // 2]
    pages = re.search(r"([\d,]+) pages made", ran.stdout)
    what = f"full build, {count:,} messages"
    yield Result(
        what,
        posts / ran.seconds,
        "posts/s",
        goal="≥ 500/s",
        details={
            "corpus": corpus.name,
            "seconds": [one.seconds for one in rounds.ours],
            "cpu_seconds": [one.cpu_seconds for one in rounds.ours],
            "posts": posts,
            "pages": int(pages[1].replace(",", "")) if pages else None,
        },
    )
    for peer in peers:
        done = statistics.median(peer.full) if peer.full is not None else None
        steps = [asdict(one) for one in rounds.whole] if peer.work else []
        yield Result(
            what.replace(",", f"{peer.work},", 1),
            posts / ran.seconds,
            "posts/s",
            peer=peer.name,
            peer_value=peer.messages / done if done else None,
            goal=peer.goal,
            details={"peer_seconds": peer.full, "steps": steps},
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
