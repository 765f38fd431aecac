"""How costs grow with the archive: one hub that gets more and more posts, measured at each size.

`python -m tests.bench.growth [SIZE…]` prints the table, writes build/bench/growth.json and draws
docs/images/growth.svg. At each size: the seconds until one more post is visible (median), the files
and octets it writes, a full build, a build without news, and the builder's memory. Mail beyond the
corpus is the same mail again under new ids, each time a month earlier. The smallest archive is
measured once more beside the largest, so that both had the same machine.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

from tests.bench import sites, visible
from tests.bench.corpus import PROJECT, WHOLE, Corpus, archive, load
from tests.bench.hub import OUT, Hub, hub
from tests.bench.result import Result, machine

SIZES = (1_000, 5_000, WHOLE, 100_000, 1_000_000)
_AT_ONCE = 100_000
_MANY = 200_000
_PICTURE = PROJECT / "docs" / "images" / "growth.svg"


@dataclass(frozen=True, slots=True)
class Point:
    """What an archive of so many posts costs. Seconds, octets, MiB. At the largest archive only:
    `crowded`, a build without news when many union sites are there, too, and `beside`, the median
    of the smallest archive in the same minutes."""

    posts: int
    visible: float
    visible_p95: float
    files: int
    octets: int
    full: float
    idle: float
    memory: float
    crowded: float | None = None
    beside: float | None = None


def measure(sizes: Sequence[int]) -> Iterator[Point]:
    """One point a size, the smallest first."""
    corpus = load(min(WHOLE, max(sizes)))
    with hub() as place, hub() as small:
        _more(small, corpus, 0, min(sizes))
        small.run("build", "--full")
        known = 0
        for size in sorted(sizes):
            _more(place, corpus, known, size)
            known = size
            point = _point(place, corpus, size)
            if size == max(sizes):
                beside = statistics.median(one.visible for one in visible.sent(small, corpus))
                point = replace(point, beside=beside, crowded=_crowded(place))
            yield point


def results(points: Sequence[Point]) -> Iterator[Result]:
    """The largest archive beside the smallest, as lines of the benchmark's table."""
    small, large = points[0], points[-1]
    yield Result(
        f"accepted to visible, {large.posts:,} posts beside {small.posts:,}: median",
        large.visible,
        "s",
        False,
        f"SoliComm, {small.posts:,} posts",
        large.beside or small.visible,
        "≤ 1.3 ×",
        {"points": [asdict(point) for point in points]},
    )
    yield Result(
        f"full build, {large.posts:,} posts",
        large.posts / large.full,
        "posts/s",
        True,
        f"SoliComm, {small.posts:,} posts",
        small.posts / small.full,
    )
    yield Result(
        f"build without news, {large.posts:,} posts", large.idle, "s", False, goal="≤ 0.3 s"
    )
    if large.crowded is not None:
        yield Result(
            f"build without news, {large.posts:,} posts and {sites.SITES:,} sites",
            large.crowded,
            "s",
            False,
            goal="≤ 0.3 s",
        )
    yield Result(
        f"one more post after {large.posts:,}: memory of the build",
        large.memory,
        "MiB",
        False,
        goal="≤ 200 MiB",
    )


def keep(points: Sequence[Point], facts: Mapping[str, Any], picture: Path = _PICTURE) -> None:
    """Writes the figures below build/bench/, and the picture."""
    OUT.mkdir(parents=True, exist_ok=True)
    report = {"machine": facts, "points": [asdict(point) for point in points]}
    (OUT / "growth.json").write_text(json.dumps(report, indent=1) + "\n")
    where = f"{facts['cores']} cores of {facts['processor']}"
    picture.write_text(draw(points, where), encoding="utf-8")


def _more(place: Hub, corpus: Corpus, known: int, size: int) -> None:
    """Takes the messages from `known` to `size` in, so many at once that a file stays small."""
    for start in range(known, size, _AT_ONCE):
        fresh = list(archive(corpus, start, min(size, start + _AT_ONCE)))
        file = Corpus(corpus.name, fresh).write(place.folder / "more.mbox")
        place.run("import", "bench", str(file))
        file.unlink()


def _point(place: Hub, corpus: Corpus, size: int) -> Point:
    full = place.run("build", "--full")
    idle = statistics.median(place.run("build", "--once").seconds for _ in range(3))
    counted = visible.POSTS if size <= _MANY else 3
    seen = list(visible.sent(place, corpus, counted))
    times = sorted(one.visible for one in seen)
    one = place.folder / "one.mbox"
    one.write_bytes(_one(size))
    place.run("import", "bench", str(one))
    ran = place.run("build", "--once")
    return Point(
        posts=size,
        visible=statistics.median(times),
        visible_p95=times[-(-len(times) * 95 // 100) - 1],
        files=max(one.pages for one in seen),
        octets=int(statistics.median(one.octets for one in seen[:counted])),
        full=full.seconds,
        idle=idle,
        memory=ran.tree_pss / 2**20,
    )


def _crowded(place: Hub) -> float:
    """Seconds of a build without news once sites have come to the posts, and are built."""
    sites.fill(place, sites.SITES)
    place.run("build", "--once")
    return statistics.median(place.run("build", "--once").seconds for _ in range(3))


def _one(number: int) -> bytes:
    return (
        f"From ana@union.example Thu Jan  1 00:00:00 1970\nFrom: Ana <ana@union.example>\n"
        f"To: bench@hub.example\nSubject: One more {number}\nMessage-ID: <growth.{number}@bench>\n"
        f"Date: {time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime())}\n\nOne more.\n\n"
    ).encode()


# -- the picture --------------------------------------------------------------------------------

_WIDTH, _HEIGHT, _LEFT, _TOP = 720, 300, 70, 40
_CHARTS = (
    ("Seconds until one more post is visible (median)", "visible"),
    ("Kilobytes that one more post writes", "kilobytes"),
    ("Seconds of a full build", "full"),
)


def draw(points: Sequence[Point], where: str) -> str:
    """An SVG of three charts over the number of posts, with a title and a description."""
    largest = max(point.posts for point in points)
    rows, top = [], _TOP
    for title, name in _CHARTS:
        rows.append(_chart(points, title, name, top))
        top += _HEIGHT
    said = "; ".join(
        f"{p.posts:,} posts: visible after {p.visible:.3f} s, {p.octets / 1000:.0f} kB written, "
        f"full build {p.full:.1f} s"
        for p in points
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img" '
        f'aria-labelledby="t d" font-family="sans-serif" font-size="13">\n'
        f'<title id="t">Costs of an archive of 1,000 to {largest:,} posts</title>\n'
        f'<desc id="d">{escape(said)}. Measured on {escape(where)}.</desc>\n'
        f'<rect width="{_WIDTH}" height="{top}" fill="#fff"/>\n{"".join(rows)}</svg>\n'
    )


def _chart(points: Sequence[Point], title: str, name: str, top: int) -> str:
    """Ten times as many posts are as far apart everywhere."""
    values = [p.octets / 1000 if name == "kilobytes" else float(getattr(p, name)) for p in points]
    high = max(values) * 1.15 or 1.0
    inner = _HEIGHT - 90
    few, many = (math.log(pick(point.posts for point in points)) for pick in (min, max))
    step = (_WIDTH - _LEFT - 100) / ((many - few) or 1)
    spots = [
        (_LEFT + 30 + step * (math.log(p.posts) - few), top + 20 + inner * (1 - value / high))
        for p, value in zip(points, values, strict=True)
    ]
    base = top + 20 + inner
    rows = [
        f'<text x="{_LEFT}" y="{top}" font-weight="bold">{escape(title)}</text>\n',
        f'<line x1="{_LEFT}" y1="{base}" x2="{_WIDTH - 30}" y2="{base}" stroke="#767676"/>\n',
    ]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
    rows.append(f'<polyline points="{path}" fill="none" stroke="#8a1020" stroke-width="2"/>\n')
    shown = -100.0
    for (x, y), value, point in zip(spots, values, points, strict=True):
        rows.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#8a1020"/>\n')
        if x - shown < 45:
            continue
        shown = x
        text = f"{value:,.0f}" if value >= 10 else f"{value:.3g}"
        rows.append(
            f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle" stroke="#fff" '
            f'stroke-width="4" paint-order="stroke">{text}</text>\n'
        )
        rows.append(
            f'<text x="{x:.1f}" y="{base + 18}" text-anchor="middle" fill="#444">'
            f"{point.posts:,}</text>\n"
        )
    return "".join(rows)


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, metavar="SIZE")
    parser.add_argument("--draw", type=Path, default=_PICTURE, help="where the picture goes")
    options = parser.parse_args()
    facts = machine()
    points = []
    for point in measure(options.sizes):
        points.append(point)
        print(json.dumps(asdict(point)), flush=True)
    keep(points, facts, options.draw)
    return 0


if __name__ == "__main__":
    sys.exit(main())
