"""A stick: written first, again without news, searched, and what it takes; a ZIM beside its pages.

A site for each 500 posts and a card for each ten. The goals are for 100,000 posts:
`python -m tests.bench --only pocket -n 100000`. Pages are on the disk below build/bench/, and so is
the stick: how quick a real one is, it says itself. What is copied goes to a file system of its own,
as it does to a stick, where this machine lets us make one; `cp -r` of it to another stands beside.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import brotli

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.builder.publish import BROTLI_QUALITY
from solicomm_build.features.pocket import carried
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.foundation.hub import hubyaml
from tests.bench import library, process, sites, sticksearch
from tests.bench.corpus import Corpus, load, week_after
from tests.bench.hub import Hub, hub
from tests.bench.result import Result

_compress: Callable[..., bytes] = brotli.compress


def measure(corpus: Corpus) -> Iterator[Result]:
    """Rate, time, memory and octets."""
    count = len(corpus.messages)
    with hub() as place:
        place.take(corpus)
        sites.fill(place, count // 500)
        place.run("new", "library", library.LIBRARY, "--title", "Papers")
        library.fill(place, count // 10)
        yield from _stick(place, count)
        yield from sticksearch.measure(place.folder / "stick", corpus.messages, count)
        yield _week(place, count)
        if shutil.which("zimwriterfs"):
            yield _zim(place, count)


def _stick(place: Hub, count: int) -> Iterator[Result]:
    folder = place.folder / "stick"
    write = partial(place.run, "stick", str(folder))
    first = write()
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    whole = f"stick, {count:,} posts"
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
    yield from _copying(place, whole)


def _copying(place: Hub, whole: str) -> Iterator[Result]:
    """The pages alone, brought into a new folder by a process that does nothing else, and by cp."""
    octets = sum(path.stat().st_size for path in place.folder.rglob("stick/**/*"))
    with (
        _disk(place.folder / "one", 2 * octets) as one,
        _disk(place.folder / "other", 2 * octets) as other,
    ):
        yield from _beside_cp(place, whole, one / "copied", other / "copied")


def _beside_cp(place: Hub, whole: str, copied: Path, again: Path) -> Iterator[Result]:
    copy, memory = _copied(place, copied)
    started = time.perf_counter()
    plain = process.run(["cp", "-r", copied, again])
    seconds, rate = time.perf_counter() - started, copy.octets / 1e6
    pages = sum(1 for path in copied.rglob("*.html"))
    details = {**copy._asdict(), "pages": pages, "cp": seconds, "cp_cpu": plain.cpu_seconds}
    yield Result(
        f"{whole}: pages copied",
        rate / copy.seconds,
        "MB/s",
        peer="cp -r",
        peer_value=rate / seconds,
        goal="≥ 60",
        details=details,
    )
    yield Result(
        f"{whole}: pages copied, a second of a processor",
        rate / copy.processor,
        "MB/s",
        peer="cp -r",
        peer_value=rate / max(plain.cpu_seconds, 0.01),
    )
    yield Result(
        f"{whole}: processor time for a file that is copied",
        1000 * copy.processor / copy.files,
        "ms",
        False,
        "cp -r",
        1000 * plain.cpu_seconds / copy.files,
    )
    yield Result(f"{whole}: memory of copying", memory / 2**20, "MiB", False, goal="≤ 300")


@contextlib.contextmanager
def _disk(folder: Path, octets: int) -> Iterator[Path]:
    """A file system for so many octets, or a plain folder. A disk that lost many files a moment ago
    is no stick: for five minutes ext4 looks at each of them before it makes a new one."""
    folder.mkdir()
    image = folder.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(max(octets, 64 << 20))
    make = ["mkfs.ext4", "-q", "-F", "-i", "4096", "-E", "lazy_itable_init=0", str(image)]
    mount = ["mount", "-o", "loop", str(image), str(folder)]
    mounted = all(
        shutil.which(command[0])
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
        for command in (make, mount)
    )
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", str(folder)], check=True)
        image.unlink()


def _week(place: Hub, count: int) -> Result:
    """What brings another stick up to date after a week's posts: one in 200 of what is there."""
    folder, week = place.folder / "stick", place.folder / "week"
    week.mkdir()
    state = shutil.copy(folder / "SHA256SUMS", week)
    place.take(week_after(load(count), max(1, count // 200)))
    place.run("stick", str(folder))
    out = week / "week.zip"
    place.run("stick", "update", str(folder), str(out), "--since", str(state))
    whole = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Result(
        f"stick, {count:,} posts: a week's update, of a hundred octets of the stick",
        100 * out.stat().st_size / whole,
        "octets",
        False,
        goal="≤ 1 at 100,000",
        details={"megabytes": out.stat().st_size / 1e6},
    )


class Copy(NamedTuple):
    """Octets and files that were brought, seconds on the clock and of processors."""

    octets: int
    files: int
    seconds: float
    processor: float


def _copied(place: Hub, folder: Path) -> tuple[Copy, int]:
    """What it took to bring the pages into a new folder, and octets of memory of all processes."""
    _tree(place.root).database.unlink(missing_ok=True)
    script = "import sys; from tests.bench import pocket; print(*pocket.copy(*sys.argv[1:]))"
    ran = process.run([sys.executable, "-c", script, place.root, folder])
    octets, files, seconds, processor = ran.stdout.split()
    return Copy(int(octets), int(files), float(seconds), float(processor)), ran.tree_pss


def copy(root: str, folder: str) -> Copy:
    """Brings the pages of a hub's stick into a folder, on all cores."""
    tree, begun, started = _tree(Path(root)), os.times(), time.perf_counter()
    done = bringing.bring(tree, Path(folder), {})
    seconds, now = time.perf_counter() - started, os.times()
    return Copy(done.octets, done.written, seconds, sum(now[:4]) - sum(begun[:4]))


def _tree(root: Path) -> bringing.Tree:
    config = hubyaml.load(root)
    small = carried.small_hub(config, Choice(), "hub")
    return bringing.Tree(small.public, config.url, small.state / "carried.sqlite", carried.left_out)


def _zim(place: Hub, count: int) -> Result:
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
        f"ZIM, {count:,} posts, full-text index included",
        out.stat().st_size / 1e6,
        "MB",
        False,
        "brotli of its pages",
        pages / 1e6,
        "≤ 1.1 ×",
        {"seconds": ran.seconds},
    )
