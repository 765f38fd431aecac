"""Pages to readers: `solicomm web` and nginx serve the same files, each on one core, in turn.

The load comes from wrk on the other core: sixteen connections ask for pages of a conference, lists
and topics in turn, as a browser does, taking gzip. Once connections are kept (a page and what it
loads), once each page comes over a connection of its own (readers who come and go).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.testing.ports import free_port
from tests.bench.corpus import Corpus
from tests.bench.hub import SOLICOMM, Hub, await_port, hub
from tests.bench.peers import nginx
from tests.bench.process import cpu_seconds
from tests.bench.result import TURNS, Result

_SECONDS = 3
_PAGES = 200
_SCRIPT = """
local pages = {{ {pages} }}
local at = 0
request = function()
  at = at % #pages + 1
  return wrk.format("GET", pages[at], {{ ["Accept-Encoding"] = "gzip"{close} }})
end
"""


def measure(corpus: Corpus) -> Iterator[Result]:
    """Pages a second on kept and on new connections."""
    if shutil.which("wrk") is None:
        yield Result("served pages", 0.0, "pages/s", peer="wrk is not installed", goal="≥ 0.5 ×")
        return
    missing = nginx.absent()
    with hub() as place:
        place.take(corpus.first(1_000))
        place.run("build", "--once")
        public = place.root / "public"
        addresses = _addresses(public)
        for kept in (True, False):
            script = place.folder / "wrk.lua"
            close = "" if kept else ', ["Connection"] = "close"'
            quoted = ", ".join(f'"{one}"' for one in addresses)
            script.write_text(_SCRIPT.format(pages=quoted, close=close))
            ours, theirs = [], []
            for _ in range(TURNS):
                with _web(place) as running:
                    ours.append(_load(running, script))
                if not missing:
                    with nginx.serving(public, place.folder / "nginx", 0) as running:
                        theirs.append(_load(running, script))
            yield Result(
                f"served pages, {'kept' if kept else 'new'} connections",
                _median(ours).rate,
                "pages/s",
                peer=missing or "nginx, one worker",
                peer_value=_median(theirs).rate if theirs else None,
                goal="≥ 0.5 ×" if kept else "≥ 0.3 ×",
                details={
                    "ours": [one.rate for one in ours],
                    "peer": [one.rate for one in theirs],
                    "ours_cpu_us": [one.cpu for one in ours],
                    "peer_cpu_us": [one.cpu for one in theirs],
                    "addresses": len(addresses),
                },
            )


@dataclass(frozen=True, slots=True)
class Loaded:
    """Answers a second, and microseconds of processor time that the server needed for one."""

    rate: float
    cpu: float


def _median(found: list[Loaded]) -> Loaded:
    """The one in the middle by rate."""
    return sorted(found, key=lambda one: one.rate)[len(found) // 2]


def _addresses(public: Path) -> list[str]:
    """Pages of the conference, spread over all of them."""
    found = sorted((public / "conferences" / "bench").rglob("index.html"))
    step = max(1, len(found) // _PAGES)
    return [f"/{path.parent.relative_to(public).as_posix()}/" for path in found[::step]]


@contextlib.contextmanager
def _web(place: Hub) -> Iterator[nginx.Running]:
    """`solicomm web` alone, on the first core."""
    port = free_port()
    address = f"127.0.0.1:{port}"
    command = ["taskset", "-c", "0", sys.executable, str(SOLICOMM), "web", "--http", address]
    with subprocess.Popen(
        command,
        env={**os.environ, "SOLICOMM_HUB": str(place.root)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            await_port(port, process)
            yield nginx.Running(port, process.pid)
        finally:
            process.terminate()


def _load(running: nginx.Running, script: Path) -> Loaded:
    """All answers must be 200."""
    before = cpu_seconds(running.pid)
    told = subprocess.run(
        [
            "taskset",
            "-c",
            "1",
            "wrk",
            "-t1",
            "-c16",
            f"-d{_SECONDS}s",
            "-s",
            script,
            f"http://127.0.0.1:{running.port}",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    if "Non-2xx" in told:
        raise RuntimeError(f"not all pages came: {told}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    count = re.search(r"(\d+) requests in", told)
    if rate is None or count is None:
        raise RuntimeError(f"wrk said no rate: {told}")
    return Loaded(float(rate[1]), (cpu_seconds(running.pid) - before) / int(count[1]) * 1e6)
