"""A first search on a slow line: 50 KB/s, 400 ms, a processor six times slower, nothing cached.

The hub has the corpus in one conference and is served as it is; then nginx hands out the same files
and knows nothing of searching, so that the page's script reads the index. Chromium opens
`/search/?q=…` with two words of a random subject; measured are the time until the first result is
in the page, and the requests and octets (headers too) until the network is quiet.
"""

from __future__ import annotations

import random
import re
import statistics
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from solicomm_build.message.parse import parse
from tests.bench.corpus import Corpus
from tests.bench.hub import hub, served
from tests.bench.peers import nginx
from tests.bench.result import Result

_QUERIES = 12
_LATENCY = 400  # ms
_RATE = 50 * 1024  # octets a second
_CPU = 6


class _Seen(NamedTuple):
    seconds: float
    requests: int
    octets: float


def measure(corpus: Corpus) -> Iterator[Result]:
    """Medians over the queries, and the slowest."""
    count = len(corpus.messages)
    asked = list(queries(corpus.messages))
    what = f"first search, 50 KB/s, 400 ms, {count:,} posts"
    with hub() as made:
        made.take(corpus)
        made.run("build", "--once")
        with served(made) as running:
            running.settle()
            yield from _told(what, asked, [_asked(running.http, query) for query in asked])
        if nginx.absent():
            return
        with nginx.serving(made.root / "public", made.folder / "nginx", 0) as other:
            seen = [_asked(other.port, query) for query in asked]
        yield from _told(f"{what}, no hub answers", asked, seen)


def _told(what: str, asked: Sequence[str], seen: Sequence[_Seen]) -> Iterator[Result]:
    """The lines of one server."""
    seconds = [one.seconds for one in seen]
    details = {"queries": asked, "seconds": seconds, "octets": [one.octets for one in seen]}
    median = statistics.median(seconds)
    yield Result(f"{what}: first result", median, "s", False, goal="≤ 2.5 s", details=details)
    yield Result(f"{what}: the slowest", max(seconds), "s", False, goal="≤ 2.5 s")
    requests = max(one.requests for one in seen)
    yield Result(f"{what}: requests", requests, "", False, goal="≤ 12")
    octets = statistics.median(one.octets for one in seen) / 1e3
    yield Result(f"{what}: octets", octets, "KB", False, goal="≤ 60 KB")


def queries(messages: Sequence[bytes]) -> Iterator[str]:
    """Two words of a random subject, twelve times."""
    chance, found = random.Random(3), 0
    while found < _QUERIES:
        words = re.findall(r"[a-z]{5,12}", parse(chance.choice(messages)).subject.lower())
        if len(words) >= 2:
            found += 1
            yield " ".join(words[:2])


def _asked(port: int, query: str) -> _Seen:
    """In a browser of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox"]
        )
        page = browser.new_page()
        session = page.context.new_cdp_session(page)
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        session.send("Network.enable")
        line = {"latency": _LATENCY, "downloadThroughput": _RATE, "uploadThroughput": _RATE}
        session.send("Network.emulateNetworkConditions", {"offline": False, **line})
        session.send("Emulation.setCPUThrottlingRate", {"rate": _CPU})
        started = time.perf_counter()
        page.goto(
            f"http://127.0.0.1:{port}/search/?q={query.replace(' ', '+')}", wait_until="commit"
        )
        page.wait_for_selector("ol.results > li", state="attached", timeout=60_000)
        seconds = time.perf_counter() - started
        page.wait_for_load_state("networkidle")
        browser.close()
    return _Seen(seconds, len(sizes), sum(sizes))
