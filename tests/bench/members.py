"""Many members: their file made, asked and followed. Many lists: a post to each, and a look at idle
ones."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.courier.run import deliver
from solicomm_build.features.metrics.statuscommand import gather
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.kept import book
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.listhub import ListHub
from tests.bench.result import Result

_AT = datetime(2024, 1, 1, tzinfo=UTC)
_A_FILE = 8
_A_COMMIT = 5_000
_LISTS = 60
_CONSENT = Consent("mail")


def measure(members: int = 100_000) -> Iterator[Result]:
    """Seconds and milliseconds of processor time; of lists with git's."""
    with tempfile.TemporaryDirectory(prefix="members-") as folder:
        hub = smallhub.make(Path(folder) / "hub")
        _fill(hub, members)
        yield from _asked(hub, members)
    with tempfile.TemporaryDirectory(prefix="lists-") as folder:
        yield from _lists(Path(folder) / "hub")


def _fill(hub: Config, members: int) -> None:
    """A file of events for each eight who join, over 700 days."""
    changes: list[Change] = []
    step = timedelta(days=700) * _A_FILE / members
    with Writer(open_repo(hub.roster_repo)) as writer:
        for first in range(1, members + 1, _A_FILE):
            at, events = _AT + step * (first // _A_FILE), list[Event]()
            for number in range(first, first + _A_FILE):
                address = f"member{number}@union{number % 5000}.example"
                place = f"list{number % 1000}"
                events += (
                    rosterevents.member(number, address, at=at, consent=_CONSENT, lang="es"),
                    rosterevents.subscribe(place, number, at=at, consent=_CONSENT),
                )
            blob = rosterevents.encode_events(events)
            changes.append(Change(rosterevents.event_path(at, blob), blob))
            if len(changes) >= _A_COMMIT or first + _A_FILE > members:
                writer.commit(changes, author_name="", when=at, message="Join\n")
                writer.checkpoint()
                changes = []


def _asked(hub: Config, members: int) -> Iterator[Result]:
    before, many = _resident(), f"{members:,} members"
    started = time.process_time()
    store = RosterStore.of(hub)
    roster = store.roster()
    yield _result(f"{many}: the file made", time.process_time() - started, "s")
    size = (hub.state / book.FILE).stat().st_size / 2**20
    yield _result(f"{many}: the file", size, "MiB")
    numbers = iter(range(1, members, 997))

    def ask() -> None:
        number = next(numbers)
        roster.listed_role(f"list{number % 1000}", f"member{number}@union{number % 5000}.example")

    yield _result(f"{many}: a role asked", _median(ask, 50), "ms", "≤ 1")
    yield _result(f"{many}: a list's {members // 1000}", _median(_all_of(store), 9), "ms")
    yield _result(f"{many}: one more event, and seen", _median(_append(store), 15), "ms", "≤ 20")
    yield _result(f"{many}: memory for them", _resident() - before, "MiB", "≤ 60")
    store.close()


def _all_of(store: RosterStore) -> Callable[[], object]:
    return lambda: list(store.roster().subscribers("list7"))


def _append(store: RosterStore) -> Callable[[], object]:
    def append() -> None:
        at = datetime.now(UTC)
        event = rosterevents.subscribe("list3", 1, at=at, consent=_CONSENT)
        store.append([event], at=at, subject="Join")
        store.roster()

    return append


def _lists(root: Path) -> Iterator[Result]:
    hub, log = ListHub(root), MailLog(lambda line: None)
    create(hub.config.site_repo)
    names = [f"list-{number}" for number in range(_LISTS)]
    for name in names:
        repo = hub.add_conference(name)
        hub.settings(repo, Conference(name, {"en": name}, kind="list", posting="open"))
    hub.members([f"member{number}@union.example" for number in range(3)], to=names[0])

    def go() -> None:
        asyncio.run(deliver(hub.config, once=True, log=log))

    for turn in range(2):  # the second: what is read once for all is known
        spool = Spool(hub.config.spool_in)
        for name in names:
            raw = smallhub.mail(msgid=f"<{turn}.{name}@union.example>")
            spool.put([smallhub.item(raw, f"{name}@{smallhub.DOMAIN}")])
        spool.close()
        taken, sent = _spent(lambda: ingest(hub.config, once=True, log=log)), _spent(go)
    many = f"{_LISTS} lists, each"
    yield _result(f"{many}: a post taken", taken, "ms")
    yield _result(f"{many}: sent on", sent, "ms")
    yield _result(f"{many}: a courier that starts and finds nothing", _spent(go), "ms")
    yield _result(f"{many}: status", _spent(lambda: gather(hub.config)), "ms")


def _spent(work: Callable[[], object]) -> float:
    """Milliseconds of processor time a list, of this process and its children."""
    before = os.times()
    work()
    after = os.times()
    return 1000 * (sum(after[:4]) - sum(before[:4])) / _LISTS


def _median(work: Callable[[], object], times: int) -> float:
    taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - started))
    return sorted(taken)[times // 2]


def _resident() -> float:
    """MiB of this process."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _result(name: str, value: float, unit: str, goal: str = "") -> Result:
    return Result(name, value, unit, more_is_better=False, goal=goal)
