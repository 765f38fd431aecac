"""How a hub is doing, in numbers: what waits and since when, how far consumers are behind, what
came back. For `solicomm status`, `solicomm metrics` and the web server's /metrics.

Reads only; costs some git processes, but no walk through the posts. Ages are seconds, by the file
system's time for files and by receipt for held mail.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from solicomm_build.features.bounces import bounce
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation import clock, logfile
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import backups, cells, certificates, liveness, quarantine
from solicomm_build.foundation.hub.cluster import lease, relays
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.foundation.hub.config import Config, named
from solicomm_build.foundation.hub.liveness import Sign
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import COURIER, ROLE_CURSORS, Cursor, consumers
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference
from solicomm_build.post.cells.hubmail import HubMail

SPOOLS = ("in", "desk", "bounces", "out")
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits in one place: files, their octets, and the age of the oldest."""

    files: int = 0
    octets: int = 0
    oldest: float = 0.0


@dataclass(frozen=True, slots=True)
class Lag:
    """How many commits a consumer has yet to read; None when it has not begun."""

    repo: str
    consumer: str
    behind: int | None


@dataclass(frozen=True, slots=True)
class Build:
    """The last build: when it ended (seconds since 1970), how long it took, and how many places it
    could not show."""

    at: float
    seconds: float
    failures: int


@dataclass(frozen=True, slots=True)
class Machine:
    """How what mail stands on is doing. `free` is the share of the disk, `certificate` when it
    ends, `backups` when the last into each place was made, both in seconds since 1970. On several
    machines, whose each cell is, and how many repositories some follower lacks a step of; of mail
    servers that copies go to in turn, whether a courier of this machine passes each over."""

    stages: tuple[Sign, ...] = ()
    build: Build | None = None
    free: float = 0.0
    certificate: float | None = None
    backups: Mapping[str, float] = field(default_factory=dict)
    overdue: int = 0
    owners: Mapping[int, Owner] = field(default_factory=dict)
    behind: int = 0
    relays: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measures:
    """The numbers of one hub. `held` counts by conference, `bounces` by (domain, class): domains of
    members are membership data, and stay on the operator's machine."""

    spools: dict[str, Queue]
    deferred: int
    quarantine: Queue
    sink: int
    log: int
    held: dict[str, Queue]
    lags: tuple[Lag, ...]
    bounces: Counter[tuple[str, str]]
    frozen: tuple[str, ...]
    events: Counter[str]
    lists: frozenset[str] = field(default_factory=frozenset)
    machine: Machine = field(default_factory=Machine)


def measure(config: Config) -> Measures:
    """The numbers as of now. Blocking."""
    found, frozen = _bounces(config)
    sink = config.sink
    return Measures(
        spools={name: _queue(config.root / "spool" / name) for name in _spools(config)}
        | dict(_in_objects(config)),
        deferred=sum(len(list(one.glob("*.state"))) for one in cells.spools_out(config)),
        quarantine=_aside(config.spool_quarantine),
        sink=sink.stat().st_size if sink.exists() else 0,
        log=logfile.size(config.mail_log),
        held=_held(config),
        lags=tuple(_lags(config)),
        bounces=found,
        frozen=frozen,
        events=logfile.counts(config.mail_log),
        lists=frozenset(path.stem for path in config.conferences.glob("*.git") if _is_list(path)),
        machine=_machine(config),
    )


def _machine(config: Config) -> Machine:
    usage = shutil.disk_usage(config.root)
    ends = certificates.ends(config)
    now = clock.now()
    try:
        made = backups.read(config)
        overdue = sum(backups.is_overdue(one, now) for one in made)
    except SoliCommError:  # nobody knows: `solicomm check` says why
        made, overdue = [], 1
    return Machine(
        stages=tuple(liveness.signs(config.state)),
        build=_build(config),
        free=usage.free / usage.total,
        certificate=None if ends is None else ends.timestamp(),
        backups={one.place: one.at.timestamp() for one in made if one.at is not None},
        overdue=overdue,
        owners=lease.known(config) if config.cluster.is_shared else {},
        behind=lease.behind(config),
        relays=_relays(config),
    )


def _relays(config: Config) -> dict[str, bool]:
    over = relays.passed_over(config)
    return {named(one): named(one) in over for one in config.cluster.relay}


def _build(config: Config) -> Build | None:
    try:
        last = json.loads((config.state / "build.json").read_text("utf-8"))
        at = datetime.fromisoformat(last["at"]).timestamp()
        return Build(at, float(last["seconds"]), len(last["failures"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _queue(folder: Path) -> Queue:
    files = octets = 0
    oldest = now = time.time()
    for path in folder.glob("*.mail"):
        with contextlib.suppress(FileNotFoundError):
            facts = path.stat()
            files, octets = files + 1, octets + facts.st_size
            oldest = min(oldest, facts.st_mtime)
    return Queue(files, octets, max(0.0, now - oldest))


def _in_objects(config: Config) -> Iterator[tuple[str, Queue]]:
    """What waits in a store of objects, by `s3/` and the spool; nothing while that is away. Names
    say when it came; sizes are not asked."""
    now = clock.timestamp()
    for one in cells.every(config):
        spool = incoming.in_objects(one)
        if spool is None:
            return
        with contextlib.suppress(ObjectsError):
            names = [path.name for path in spool.pending() if not path.exists()]
            ages = [now - int(name[:16]) / 1e6 for name in names if name[:16].isdigit()]
            yield f"s3/{one.spool_in.name}", Queue(len(names), 0, max((0.0, *ages)))


def _aside(folder: Path) -> Queue:
    found = quarantine.counted(folder)
    if found.first is None:
        return Queue()
    return Queue(found.files, found.octets, max(0.0, time.time() - found.first))


def _spools(config: Config) -> list[str]:
    more = (*cells.spools_in(config)[1:], *cells.spools_out(config)[1:])
    return [*SPOOLS, *(one.name for one in more)]


def _held(config: Config) -> dict[str, Queue]:
    if not config.mail_repo.is_dir():
        return {}
    store, now = HubMail(config), clock.now()
    ages: dict[str, list[float]] = {}
    try:
        for held in store.held():
            received = datetime.fromisoformat(held.facts["envelope"]["received_at"])
            ages.setdefault(held.conference, []).append((now - received).total_seconds())
    finally:
        store.close()
    return {name: Queue(len(found), 0, max(found)) for name, found in sorted(ages.items())}


def _lags(config: Config) -> Iterator[Lag]:
    """Every cursor of every repository that consumers follow, and those that ought to be there."""
    for path in sorted(config.conferences.glob("*.git")):
        yield from _of_repo(path, f"conferences/{path.stem}", {PAGES, COURIER})
    for folder in (config.libraries, config.unions):
        for path in sorted(folder.glob("*.git")):
            yield from _of_repo(path, f"{folder.name}/{path.stem}", {PAGES})
    yield from _of_repo(config.site_repo, "site", {PAGES})
    yield from _of_repo(config.people_repo, "people", {PAGES})
    yield from _of_repo(config.roster_repo, "roster", set())
    for one in cells.every(config):
        yield from _of_repo(one.mail_repo, f"mail-{one.cell}" if one.cell else "mail", set())


def _of_repo(path: Path, name: str, expected: set[str]) -> Iterator[Lag]:
    if not path.is_dir():
        return
    repo = open_repo(path)
    tip = repo.ref()
    if tip is None:
        return
    for consumer in sorted(expected | set(consumers(repo, ""))):
        if consumer.startswith(ROLE_CURSORS):
            continue  # looked at when a role is asked for, not followed: its place tells nothing
        at = Cursor(repo, consumer).read()
        yield Lag(name, consumer, None if at is None else _behind(repo, at, tip))


def _behind(repo: Repo, at: Oid, tip: Oid) -> int:
    if at == tip:
        return 0
    return int(repo.git("rev-list", "--count", "--end-of-options", f"{at}..{tip}"))


def _is_list(path: Path) -> bool:
    with contextlib.suppress(SoliCommError), Reader(open_repo(path)) as reader:
        blob = reader.at(MAIN, conference.FILE)
        return blob is not None and conference.decode(blob).is_list
    return False


def _bounces(config: Config) -> tuple[Counter[tuple[str, str]], tuple[str, ...]]:
    """What is on record of members' mail that came back, and the domains that are left alone."""
    found: Counter[tuple[str, str]] = Counter()
    if not config.roster_repo.is_dir():
        return found, ()
    store = RosterStore.of(config)
    try:
        folded, now = store.roster(), bounce.time_text(clock.now())
        returns = folded.ledger(Returns)
        for number, bounces in returns.copies.items():
            if (member := folded.members.get(number)) is not None:
                domain = bounce.domain_of(member.address)
                found.update((domain, str(one.kind)) for one in bounces)
        domains = {domain for domain, _ in found}
        return found, tuple(sorted(d for d in domains if returns.is_frozen(d, now)))
    finally:
        store.close()
