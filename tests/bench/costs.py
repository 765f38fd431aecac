"""What the hub costs: seconds of processors and octets written, per post, per reader's visit, and
per member and day. Joules are not to be had on most machines; these are what they are made of.

A post comes by mail into a hub that rests, and its pages are made, with everything that follows. A
visit is the front page, the conference and a topic, with the style sheets and scripts that they
name, as a browser asks for them that comes for the first time. A day of a list of 1,000 members
brings ten posts, which everybody gets as a signed copy of their own; what the hub does when nothing
comes is measured for a while and told apart.
"""

from __future__ import annotations

import http.client
import re
import statistics
import time
from collections.abc import Iterator

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from tests.bench import delivering, process
from tests.bench.hub import CONFERENCE, Hub, Served, hub, served
from tests.bench.mailsink import mailsink
from tests.bench.process import Spent
from tests.bench.result import TURNS, Result
from tests.bench.visible import post_each

MEMBERS = 1_000
POSTS_A_DAY = 10
LISTS, SITES = 300, 60
_DAY = 86_400
_A_TURN = 10  # posts
_VISITS = 400
_ENDED = 20.0  # seconds after the last work: who rests has ended then
_RESTING = 60.0  # seconds
_LOADED = re.compile(rb'(?:src|href)="(/theme/[^"]+\.(?:css|js))"')


def measure() -> Iterator[Result]:
    """Each the median of five, but for a day and for rest, which are long."""
    with hub() as place:
        place.run("build", "--once")
        with served(place) as running:
            running.rest()
            posts = [_post(running, turn) for turn in range(TURNS)]
            running.rest()
            visits = [_visits(running, place) for _ in range(TURNS)]
            rest = _resting(running)
    yield from _results("a post", posts)
    yield from _results("a visit", [one for one, _ in visits])
    yield Result(
        "cost of a visit: sent",
        statistics.median(octets for _, octets in visits) / 1000,
        "kB",
        more_is_better=False,
        details={"rounds": [octets for _, octets in visits]},
    )
    yield from _results("a day of rest", [rest], ("s", 1), ("MB", 1e-6))
    many = f"a day of rest, {LISTS} lists and {SITES} sites"
    yield from _results(many, [_resting_with_many()], ("s", 1), ("MB", 1e-6))
    yield from _results(
        f"a member and day, {MEMBERS:,} members, {POSTS_A_DAY} posts a day", [_day()]
    )


def _results(
    what: str,
    rounds: list[Spent],
    time_unit: tuple[str, float] = ("ms", 1000),
    size_unit: tuple[str, float] = ("kB", 1e-3),
) -> Iterator[Result]:
    """Two lines, each the median of its rounds; a unit is its name and how many a second, or an
    octet, has."""
    yield Result(
        f"cost of {what}: processors",
        statistics.median(one.seconds for one in rounds) * time_unit[1],
        time_unit[0],
        more_is_better=False,
        details={"rounds": [one.seconds for one in rounds]},
    )
    yield Result(
        f"cost of {what}: written",
        statistics.median(one.octets for one in rounds) * size_unit[1],
        size_unit[0],
        more_is_better=False,
        details={"rounds": [one.octets for one in rounds]},
    )


def _each(spent: Spent, count: float) -> Spent:
    return Spent(spent.seconds / count, round(spent.octets / count))


def _post(running: Served, turn: int) -> Spent:
    before = process.spent(running.pids())
    post_each(running, [f"cost.{turn}.{number}@bench.example" for number in range(_A_TURN)])
    running.rest()
    return _each(process.spent(running.pids()) - before, _A_TURN)


def _visits(running: Served, place: Hub) -> tuple[Spent, float]:
    """What a visit costs, and the octets of its answers without their heads."""
    public = place.root / "public" / "conferences" / CONFERENCE
    topic = next((public / "t").glob("*/index.html")).parent.name
    pages = ("/", f"/conferences/{CONFERENCE}/", f"/conferences/{CONFERENCE}/t/{topic}/")
    before, octets = process.spent(running.pids()), 0
    for _ in range(_VISITS):
        octets += _visit(running, pages)
    running.rest()
    return _each(process.spent(running.pids()) - before, _VISITS), octets / _VISITS


def _visit(running: Served, pages: tuple[str, ...]) -> int:
    """The octets that one reader gets."""
    connection = running.connection()
    seen: set[str] = set()
    octets = 0
    for address in pages:
        octets += len(_got(connection, address))
        for name in _LOADED.findall((running.hub.root / "public" / _file(address)).read_bytes()):
            if (part := name.decode("ascii")) not in seen:
                seen.add(part)
                octets += len(_got(connection, part))
    connection.close()
    return octets


def _file(address: str) -> str:
    return f"{address}index.html".lstrip("/")


def _got(connection: http.client.HTTPConnection, address: str) -> bytes:
    connection.request("GET", address, headers={"Accept-Encoding": "gzip, br"})
    answer = connection.getresponse()
    octets = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{address}: {answer.status}")
    return octets


def _resting(running: Served) -> Spent:
    """A day, from what a while costs."""
    running.rest()
    time.sleep(_ENDED)
    before, started = process.spent(running.pids()), time.monotonic()
    time.sleep(_RESTING)
    spent = process.spent(running.pids()) - before
    return _each(spent, (time.monotonic() - started) / _DAY)


def _resting_with_many() -> Spent:
    """A day of a hub that has nothing to do, and many places where there might be something."""
    with hub() as place:
        config = hubyaml.load(place.root)
        for number in range(LISTS):
            title = {"en": f"List {number}"}
            smallhub.add_conference(config, Conference(f"list{number}", title, kind="list"))
        for number in range(SITES):
            founding.new_union(config, f"union{number}", title=f"Union {number}", lang="en")
        place.run("build", "--once")
        with served(place) as running:
            return _resting(running)


def _day() -> Spent:
    """A member's part of the posts of a day."""
    with hub() as place, mailsink() as sink:
        delivering.found(place, MEMBERS, sink.port)
        with served(place) as running:
            running.rest()
            before = process.spent(running.pids())
            for number in range(POSTS_A_DAY):
                delivering.post(running, number)
                sink.take(MEMBERS)
            running.rest()
            return _each(process.spent(running.pids()) - before, MEMBERS)
