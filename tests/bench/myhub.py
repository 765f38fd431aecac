"""My hub of a member of a large hub: 10,000 members, 1,000 lists, the member on a tenth of them.

Asked over HTTP of `solicomm web` in a process of its own, after the first look.
"""

from __future__ import annotations

import http.client
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.ports import free_port
from tests.bench.hub import SOLICOMM, await_port
from tests.bench.process import cpu_seconds
from tests.bench.result import Result

MEMBERS, LISTS, OWN = 10_000, 1_000, 100
_LOOKS = 50
_GOAL = 60.0  # ms


def measure() -> Iterator[Result]:
    """Milliseconds until the page is there: of a member, and of a host of the whole hub."""
    with tempfile.TemporaryDirectory() as folder:
        config = _made(Path(folder) / "hub")
        for number, who in ((1, "a member"), (2, "a host of the hub")):
            took, used = _looks(config, number)
            yield Result(
                f"/members/ of {who}, {MEMBERS:,} members, {LISTS:,} lists",
                round(statistics.median(took), 1),
                "ms",
                more_is_better=False,
                goal=f"≤ {_GOAL:.0f} ms",
                details={
                    "p95": round(sorted(took)[int(_LOOKS * 0.95)], 1),
                    "of the processor": round(used, 1),
                },
            )


def _made(root: Path) -> Config:
    places = [Conference(f"list{n}", {"en": f"List {n}"}, posting="open") for n in range(LISTS)]
    config = smallhub.make(root, *places)
    now, consent, events = clock.now(), Consent("mail"), list[Event]()
    for number in range(1, MEMBERS + 1):
        address = f"member{number}@union{number % 50}.example"
        events.append(rosterevents.member(number, address, at=now, consent=consent, lang="en"))
        mine = range(OWN) if number < 3 else (number % LISTS, (7 * number) % LISTS)
        events += [
            rosterevents.subscribe(f"list{n}", number, at=now, consent=consent)
            for n in dict.fromkeys(mine)
        ]
    events.append(rosterevents.role("*", 2, "host", at=now, by="bench"))
    store = RosterStore(open_repo(config.roster_repo))
    store.append(events, at=now, subject="Bench")
    store.close()
    for n in range(20):
        hubs.add(config, f"list{n}", [hubs.post(f"m{n}", subject=f"Topic {n}")])
    hubs.build(config)
    settings = root / "hub.yaml"
    settings.write_text("name: Bench\ndomain: hub.example\nurl: http://hub.example\n")
    return config


def _looks(config: Config, number: int) -> tuple[list[float], float]:
    """How long each look took, and what one costs of the processor, in ms."""
    sessions = Sessions(config)
    link = sessions.link(number, "", clock.now())
    sessions.close()
    with _web(config) as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        head = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", f"/login/{link}", b"stay=yes", head)
        answer = connection.getresponse()
        answer.read()
        cookie = "; ".join(
            value.partition(";")[0]
            for name, value in answer.getheaders()
            if name.lower() == "set-cookie"
        )
        took, before = [], 0.0
        for look in range(_LOOKS + 3):
            before = cpu_seconds(process.pid) if look == 3 else before
            started = time.perf_counter()
            connection.request("GET", "/members/", headers={"Cookie": cookie})
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or b"List 1" not in body:
                raise RuntimeError(f"/members/ answered {answer.status}")
            if look >= 3:
                took.append(1000 * (time.perf_counter() - started))
        used = 1000 * (cpu_seconds(process.pid) - before) / _LOOKS
        connection.close()
    return took, used


@contextmanager
def _web(config: Config) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    words = [str(SOLICOMM), "web", "--hub", str(config.root), "--http", f"127.0.0.1:{port}"]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        await_port(port, process)
        yield port, process
    finally:
        process.terminate()
        process.wait()
