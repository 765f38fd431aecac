"""A first search from a slow stick: 10 MB/s, 5 ms for each file, a processor six times slower.

Chromium opens `search/index.html?q=…` of the stick by `file://`, in a browser of its own each time,
with two words of a random subject. The stick gives one file after the other: the browser gets each
when the time for it has passed. That is a figure of the whole machine, so beside it stands what was
counted, which no other process makes longer: six times the processor time that the page took until
its first result, and the time of the stick for the files that it read by then.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from tests.bench.coldsearch import queries
from tests.bench.result import Result

_RATE = 10e6  # octets a second
_LATENCY = 0.005  # seconds for a file: its folder, the table of blocks, its first block
_CPU = 6
_ANSWER = "ol.results > li, [data-search-state=done]"
"""The first result, or that there is none."""


class _Seen(NamedTuple):
    """Until the first result: seconds on the clock and of the page's processor, the octets of each
    file that was read."""

    seconds: float
    processor: float
    octets: list[int]

    @property
    def reading(self) -> float:
        """Seconds of the stick."""
        return len(self.octets) * _LATENCY + sum(self.octets) / _RATE


def measure(stick: Path, messages: Sequence[bytes], count: int) -> Iterator[Result]:
    """Medians over the queries, and the slowest."""
    asked = list(queries(messages))
    slow = [_asked(stick, query, _CPU).seconds for query in asked]
    seen = [_asked(stick, query, 1) for query in asked]
    counted = [_CPU * one.processor + one.reading for one in seen]
    what = f"search from a stick, 10 MB/s, CPU × {_CPU}, {count:,} posts"
    details = {
        "queries": asked,
        "clock": slow,
        "counted": counted,
        "processor": [one.processor for one in seen],
        "octets": [sum(one.octets) for one in seen],
        "files": [len(one.octets) for one in seen],
    }
    for name, figures in (("by the clock", slow), ("counted", counted)):
        median = statistics.median(figures)
        yield Result(
            f"{what}: first result, {name}", median, "s", False, goal="≤ 2", details=details
        )
        yield Result(f"{what}: the slowest, {name}", max(figures), "s", False, goal="≤ 2")
    octets = statistics.median(sum(one.octets) for one in seen) / 1e3
    yield Result(f"{what}: octets read", octets, "KB", False)
    files = statistics.median(len(one.octets) for one in seen)
    yield Result(f"{what}: files read", files, "", False)


def _asked(stick: Path, query: str, slower: int) -> _Seen:
    """With a processor so many times slower; one that is, reads from a slow stick, too."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        session = page.context.new_cdp_session(page)
        octets: list[int] = []

        def read(event: dict[str, Any]) -> None:
            file = Path(unquote(urlsplit(event["request"]["url"]).path))
            octets.append(file.stat().st_size if file.is_file() else 0)
            if slower > 1:
                time.sleep(_LATENCY + octets[-1] / _RATE)  # one file after the other
            session.send("Fetch.continueRequest", {"requestId": event["requestId"]})

        session.on("Fetch.requestPaused", read)
        session.send("Fetch.enable", {"patterns": [{"urlPattern": "file://*"}]})
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        started = time.perf_counter()
        address = (stick / "search/index.html").as_uri()
        page.goto(f"{address}?q={query.replace(' ', '+')}", wait_until="commit")
        page.wait_for_selector(_ANSWER, state="attached", timeout=60_000)
        seconds = time.perf_counter() - started
        said = session.send("Performance.getMetrics")["metrics"]
        took = {one["name"]: one["value"] for one in said}
        asking = took["DevToolsCommandDuration"]  # for this measuring
        found = _Seen(seconds, took["TaskDuration"] - asking, list(octets))
        browser.close()
    return found
