"""Many union sites on one hub: all of them made anew, a build without news, one page pushed.

Each site has 50 texts (20 pages, 24 news, 6 events) of about 250 words, a menu and a preset; the
pages that come of them (lists, calendars, feeds) count too. SITES_BENCH says how many sites.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime

from solicomm_build.features.sites.values.preset import PRESETS
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from tests.bench.hub import Hub, await_page, hub, served
from tests.bench.result import Result

SITES = int(os.environ.get("SITES_BENCH", "200"))
PAGES, NEWS, EVENTS = 20, 24, 6
_WHEN = datetime(2026, 11, 1, tzinfo=UTC)
_NO_OPS = _PUSHES = 5
_WORDS = [
    "the",
    "shift",
    "roster",
    "agreement",
    "members",
    "office",
    "wages",
    "water",
    "strike",
    "meeting",
    "steward",
    "hours",
    "pay",
    "yard",
    "gate",
    "letter",
    "court",
    "safety",
    "bread",
    "week",
    "month",
    "branch",
    "vote",
    "fund",
    "paper",
    "company",
    "council",
    "road",
    "clinic",
]


def measure() -> Iterator[Result]:
    """Rate, memory and time of each."""
    with hub() as place:
        fill(place, SITES)
        ran = place.run("build", "--full")
        said = re.search(r"([\d,]+) pages made", ran.stdout)
        pages = int(said[1].replace(",", "")) if said else 0
        details = {"sites": SITES, "pages": pages, "seconds": ran.seconds, "cpu": ran.cpu_seconds}
        yield Result(
            f"{SITES:,} sites of {PAGES + NEWS + EVENTS} texts, all made",
            pages / ran.seconds,
            "pages/s",
            goal="≥ 800/s",
            details=details,
        )
        yield Result(
            f"{SITES:,} sites: memory, all processes",
            ran.tree_pss / 2**20,
            "MiB",
            more_is_better=False,
            goal="≤ 512 MiB",
            details={"main_rss_mib": ran.main_rss / 2**20},
        )
        idle = [place.run("build", "--once") for _ in range(_NO_OPS)]
        yield Result(
            f"{SITES:,} sites: build without news",
            statistics.median(one.seconds for one in idle),
            "s",
            more_is_better=False,
            goal="≤ 1 s",
            details={"cpu": [one.cpu_seconds for one in idle]},
        )
        pushed = list(_pushed(place))
        yield Result(
            f"{SITES:,} sites: one page pushed, to live",
            statistics.median(pushed),
            "s",
            more_is_better=False,
            goal="≤ 2 s",
            details={"seconds": pushed},
        )


def fill(place: Hub, count: int) -> None:
    """Makes the sites in the hub's folder."""
    chance = random.Random(7)
    paragraphs = [_text(chance, number) for number in range(300)]
    for number in range(count):
        name = f"union-{number:04d}"
        repo = create(hubyaml.load(place.root).union_repo(name))
        files = dict(_site(name, number, chance, paragraphs))
        write_once(
            repo,
            [Change(path, text.encode()) for path, text in files.items()],
            message="Begin\n\nSource: cli\n",
            when=_WHEN,
        )


def _site(
    name: str, number: int, chance: random.Random, paragraphs: list[str]
) -> Iterator[tuple[str, str]]:
    preset = list(PRESETS)[number % len(PRESETS)]
    yield (
        "site.yaml",
        (
            f"schema: solicomm/site@1\nunion: {name}\ntitle: {{en: Union {number}}}\nlanguages: [en]\n"  # noqa: E501
            "contact: {email: office@union.example}\n"
            f'theme: {{preset: {preset}, accent: "#8a1020"}}\n'
            "menu: [{to: page:page-1}, {to: page:page-2}, {to: news}, {to: events}, {to: join}]\n"
            "home: {blocks: [{type: text, page: page-0}, {type: news, count: 5}, {type: events}]}\n"
        ),
    )

    def body() -> str:
        return "\n\n".join(chance.choices(paragraphs, k=5))

    for page in range(PAGES):
        yield f"pages/page-{page}.md", f"---\ntitle: Page {page}\nsummary: About it.\n---\n{body()}"
    for news in range(NEWS):
        day = f"2026-{news % 10 + 1:02d}-{news % 27 + 1:02d}"
        yield (
            f"news/2026/news-{news}.md",
            f"---\ntitle: News {news}\ndate: {day}\nsummary: In short.\n---\n{body()}",
        )
    for event in range(EVENTS):
        yield (
            f"events/event-{event}.md",
            f"---\ntitle: Event {event}\nstarts: 2026-12-{event + 1:02d}T18:00:00+01:00\n"
            f"place: Hall\n---\n{body()}",
        )


def _text(chance: random.Random, number: int) -> str:
    words = " ".join(chance.choices(_WORDS, k=48))
    if number % 9 == 0:
        return f"## {words[:30].title()}\n\n{words}."
    if number % 7 == 0:
        return "\n".join(f"- {words[at : at + 40]}" for at in range(0, 200, 40))
    return f"{words[:90]} **{words[90:110]}** [more about it](page:page-3) {words[110:]}."


def _pushed(place: Hub) -> Iterator[float]:
    """Seconds from a commit in one site to its page on the disk, while the hub is served."""
    with served(place):
        settings = hubyaml.load(place.root)
        time.sleep(3)  # the builder's first look
        for number in range(_PUSHES):
            name = f"union-{number * 7 % SITES:04d}"
            page = place.root / f"public/unions/{name}/pushed-{number}/index.html"
            text = b"---\ntitle: Pushed\n---\nJust now.\n"
            change = Change(f"pages/pushed-{number}.md", text)
            started = time.monotonic()
            write_once(
                open_repo(settings.union_repo(name)),
                [change],
                message="Push\n\nSource: cli\n",
                when=_WHEN,
            )
            await_page(page)
            yield time.monotonic() - started
