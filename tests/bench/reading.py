"""What readers of a very large conference get, and what one more post in it costs.

A conference of many posts, one topic of it with 2,000, written straight into git and built. Then
sizes as they go over the line: how much of a page is there when the first 14,600 octets have come
(ten segments, the first flight of TCP), style sheet included; how many files a post makes; what a
day's end costs.
"""

from __future__ import annotations

import itertools
import random
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import brotli

from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Writer
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import after, mid, post
from tests.bench.result import Result

POSTS = 20_000
LONG = 2_000
"""Posts of the one long topic."""
_A_TOPIC = 5
_A_COMMIT = 200
_FLIGHT = 14_600
_HEADERS = 1_200
"""Octets of the header fields of two answers, and a little more."""
_NAMES = ("Ana Souza", "Ben Otieno", "Chen Li", "Dalia Haddad", "Émile Roy", "Фёдор Белов")
_SYLLABLES = ("wa", "ter", "mi", "nu", "strike", "pay", "ro", "sal", "ent", "ing", "ka", "so")
_WORDS = tuple(map("".join, itertools.product(_SYLLABLES, repeat=3)))
"""1,728 words of several lengths: what is compressed is no repetition of a few."""


@dataclass(frozen=True, slots=True)
class _Big:
    hub: Config
    posts: int
    now: datetime


def measure(posts: int = POSTS) -> Iterator[Result]:
    """Sizes, files and seconds for a conference of so many posts."""
    with tempfile.TemporaryDirectory(prefix="solicomm-bench-") as folder:
        big = _founded(Path(folder) / "hub", posts)
        builder = Builder(big.hub, data.theme())
        try:
            with clock.fixed(big.now):
                yield _timed(builder, f"full build, one conference of {posts:,}", big)
            yield from _pages(big)
            with clock.fixed(big.now):
                yield from _one_more(builder, big)
            with clock.fixed(big.now + timedelta(days=1)):
                yield _timed(builder, "a day ends: months, index, health, all languages", big)
        finally:
            builder.close()


def _founded(root: Path, posts: int) -> _Big:
    """A hub in six languages whose posts of a year end a minute ago."""
    made = smallhub.make(root, Conference("big", {"en": "Big"}, posting="open"))
    hub = replace(made, languages=("en", "fr", "es", "pt", "ar", "ru"))
    step = 365 * 24 * 60 / posts
    with Writer(open_repo(hub.conference_repo("big"))) as writer:
        for first in range(0, posts, _A_COMMIT):
            several = [_made(n, posts, step) for n in range(first, min(posts, first + _A_COMMIT))]
            last = several[-1].date
            assert last is not None
            writer.commit(
                [hubs.change(each) for each in several],
                author_name="Import",
                when=last,
                message="Posts\n\nSource: import\n",
            )
    return _Big(hub, posts, after(posts * step + 1))


def _made(number: int, posts: int, step: float) -> Post:
    in_long = number % max(1, posts // LONG) == 0
    root = 0 if in_long else number - number % _A_TOPIC
    if root and root % max(1, posts // LONG) == 0:
        root += 1  # that one is in the long topic
    answers = () if number <= root else (f"n{root}",)
    chance = random.Random(number)
    words = " ".join(chance.choices(_WORDS, k=20 + number % 60))
    title = f"About {_WORDS[root % len(_WORDS)]} {root}"
    return post(
        f"n{number}",
        *answers,
        subject=f"Re: {title}" if answers else title,
        minutes=number * step,
        author=_NAMES[number * 7 % len(_NAMES)],
        body=f"> {' '.join(chance.choices(_WORDS, k=9))}\n\n{words}.\n",
    )


def _timed(builder: Builder, work: str, big: _Big) -> Result:
    started = time.perf_counter()
    report = builder.build()
    seconds = time.perf_counter() - started
    assert report.failures == []
    return Result(
        work,
        seconds,
        "s",
        more_is_better=False,
        details={"pages": report.pages, "written": report.written, "posts": big.posts},
    )


def _pages(big: _Big) -> Iterator[Result]:
    public = big.hub.public
    style = next(public.glob("theme/style.*.css.br")).stat().st_size
    conference = public / "conferences" / "big"
    long = conference / "t" / mid("n0")
    shown = {
        "front page": conference,
        "numbered page": conference / "page" / "1",
        "week": max((conference / "new").glob("20*")),
        "month": max((conference / f"{big.now:%Y}").iterdir()),
        "health": conference / "health",
        "topic of 2,000": long,
        "topic of 2,000, page 2": long / "page" / "2",
    }
    for name, folder in shown.items():
        packed = (folder / "index.html.br").read_bytes()
        first = _begun(packed[: _FLIGHT - _HEADERS - style])
        units = len(re.findall(r"<article |<li data-t|<li><h2|<tr>", first))
        whole = len((folder / "index.html").read_text("utf-8"))
        yield Result(
            f"{name}: HTML and CSS",
            len(packed) + style,
            "B",
            more_is_better=False,
            details={"style": style, "in the first flight": units},
        )
        if "topic" in name:  # a page is broken so that all of it comes at once
            share = 100 * len(first) / whole
            yield Result(f"{name}: of the page in the first flight", share, "%", goal="100 %")
    most = max(page.read_text("utf-8").count("<article ") for page in long.rglob("index.html"))
    yield Result("posts on a page: most", most, "posts", more_is_better=False, goal="≤ 100")
    scripts = [next(public.glob(f"theme/{name}.*.js.br")) for name in ("solicomm", "words-ar")]
    octets = sum(path.stat().st_size for path in (*scripts, scripts[1]))
    yield Result(
        "script with words of two languages", octets, "B", more_is_better=False, goal="≤ 8 KB"
    )


def _begun(packed: bytes) -> str:
    """As much of a page as the beginning of its compressed file says."""
    begun: bytes = brotli.Decompressor().process(packed)
    return begun.decode("utf-8", "ignore")


def _one_more(builder: Builder, big: _Big) -> Iterator[Result]:
    for name, answers in (("an answer", ("n0",)), ("a new topic", ())):
        new = replace(post(name, *answers, subject="One more"), date=big.now)
        hubs.add(big.hub, "big", [new], delay=0)
        with _counted(big.hub.public) as written:
            yield _timed(builder, f"{name}: seconds until its pages are there", big)
        yield Result(
            f"{name}: files",
            len(written),
            "files",
            more_is_better=False,
            goal="≤ 12 files",
            details={"files": written},
        )


@contextmanager
def _counted(public: Path) -> Iterator[list[str]]:
    """The files that are written in the meantime, without their compressed siblings."""
    begun, written = time.time_ns(), list[str]()
    yield written
    written += sorted(
        path.relative_to(public).as_posix()
        for path in public.rglob("*")
        if path.suffix not in (".br", ".gz") and path.is_file() and path.stat().st_mtime_ns >= begun
    )
