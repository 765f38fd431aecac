"""A stick: written first, again without news, and what it takes; a ZIM beside its pages.

POCKET_BENCH says how many posts (1,000), with a site for each 500 of them and a card for each ten;
100000 is what the goals are for. Pages are on the disk below build/bench/, and so is the stick:
how quick a real one is, it says itself.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import brotli

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.builder.publish import BROTLI_QUALITY
from solicomm_build.features.pocket import carried
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.hub import hubyaml
from tests.bench import library, process, sites
from tests.bench.corpus import load, week_after
from tests.bench.hub import Hub, hub
from tests.bench.result import Result

POSTS = int(os.environ.get("POCKET_BENCH", "1000"))
_compress: Callable[..., bytes] = brotli.compress


def measure() -> Iterator[Result]:
    """Rate, time, memory and octets."""
    with hub() as place:
        place.take(load(POSTS))
        sites.fill(place, POSTS // 500)
        place.run("new", "library", library.LIBRARY, "--title", "Papers")
        library.fill(place, POSTS // 10)
        yield from _stick(place)
        yield _week(place)
        if shutil.which("zimwriterfs"):
            yield _zim(place)


def _stick(place: Hub) -> Iterator[Result]:
    folder = place.folder / "stick"
    write = partial(place.run, "stick", str(folder))
    first = write()
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    whole = f"stick, {POSTS:,} posts"
    yield Result(
        f"{whole}: written first, pages made",
        first.seconds,
        "s",
        False,
        details={"cpu": first.cpu_seconds, "files": len(sizes)},
    )
    yield Result(f"{whole}: memory of that, all processes", first.tree_pss / 2**20, "MiB", False)
    yield Result(f"{whole}: octets", sum(sizes) / 1e6, "MB", False, goal="≤ 1,500 at 100,000")
    again = write()
    yield Result(
        f"{whole}: again without news",
        again.seconds,
        "s",
        False,
        goal="≤ 30",
        details={"cpu": again.cpu_seconds},
    )
    octets, seconds, memory = _copied(place, place.folder / "copied")
    yield Result(
        f"{whole}: pages copied, a second of a processor",
        octets / 1e6 / seconds,
        "MB/s",
        goal="≥ 60",
    )
    yield Result(f"{whole}: memory of copying", memory / 2**20, "MiB", False, goal="≤ 300")


def _week(place: Hub) -> Result:
    """What brings another stick up to date after a week's posts: one in 200 of what is there."""
    folder, week = place.folder / "stick", place.folder / "week"
    week.mkdir()
    state = shutil.copy(folder / "SHA256SUMS", week)
    place.take(week_after(load(POSTS), max(1, POSTS // 200)))
    place.run("stick", str(folder))
    out = week / "week.zip"
    place.run("stick", "update", str(folder), str(out), "--since", str(state))
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Result(
        f"stick, {POSTS:,} posts: a week's update, of a hundred octets of the stick",
        100 * out.stat().st_size / whole,
        "octets",
        False,
        goal="≤ 1 at 100,000",
        details={"megabytes": out.stat().st_size / 1e6},
    )


def _copied(place: Hub, folder: Path) -> tuple[int, float, int]:
    """Octets that were brought into a new folder by a process that does nothing else, seconds of a
    processor, and octets of its memory."""
    _tree(place.root).database.unlink(missing_ok=True)
    script = "import sys; from tests.bench import pocket; print(*pocket.copy(*sys.argv[1:]))"
    ran = process.run([sys.executable, "-c", script, place.root, folder])
    octets, seconds = ran.stdout.split()
    return int(octets), float(seconds), ran.main_rss


def copy(root: str, folder: str) -> tuple[int, float]:
    """Brings the pages of a hub's stick into a folder; their octets, and seconds of a processor."""
    tree, started = _tree(Path(root)), time.process_time()
    octets = bringing.bring(tree, Path(folder), {}).octets
    return octets, time.process_time() - started


def _tree(root: Path) -> bringing.Tree:
    config = hubyaml.load(root)
    small = carried.small_hub(config, Choice(), "hub")
    return bringing.Tree(small.public, config.url, small.state / "carried.sqlite", carried.left_out)


def _zim(place: Hub) -> Result:
    """A ZIM beside the brotli size of its pages, each compressed as a web server would send it."""
    out = place.folder / "hub.zim"
    ran = place.run("zim", str(out))
    config = hubyaml.load(place.root)
    small = carried.small_hub(config, Choice(), "zim")
    pages = sum(
        len(_compress((small.public / file.path).read_bytes(), quality=BROTLI_QUALITY))
        for file in bringing.files_of(
            bringing.Tree(small.public, config.url, out, carried.left_out)
        )
    )
    return Result(
        f"ZIM, {POSTS:,} posts, full-text index included",
        out.stat().st_size / 1e6,
        "MB",
        False,
        "brotli of its pages",
        pages / 1e6,
        "≤ 1.1 ×",
        {"seconds": ran.seconds},
    )
