"""Drafts of sites as pages: below `previews/`, never below public/, each at its secret address.

    a branch beside main ─→ OpenSite with a base ─→ previews/preview/<letters>/

What was made of which commit, and when it was first seen, is in `previews/records/<letters>.json`.
A draft that nobody moved for 30 days is taken away, its branch stays; a push brings it back.
All of it is derived: without the folder it is made anew. One process at a time (a lock).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from solicomm_build.builder.apart import batch, watching
from solicomm_build.builder.contents import Deferred, Place
from solicomm_build.builder.sections import Built
from solicomm_build.builder.sources import Sources
from solicomm_build.features.sites import drafts
from solicomm_build.features.sites.rendering import section
from solicomm_build.features.sites.rendering.opensite import OpenSite
from solicomm_build.features.sites.rendering.surroundings import Surroundings
from solicomm_build.features.sites.values import site as sites
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo

_trace = logging.getLogger("solicomm.previews")

KEPT = 30 * 86_400
"""Seconds that a draft is shown after it last moved."""
NICE = 5
"""How much drafts stand back where mail, pages and copies want the machine."""
_LOOK = 86_400.0
"""Seconds after which all sites are looked at, beside those of which there was word."""


@dataclass(frozen=True, slots=True)
class Record:
    """What is made of a draft: `since` is when its commit was first seen, in seconds since 1970;
    `fault` says why nothing is shown, empty when all is well."""

    union: str
    branch: str
    commit: Oid
    env: str
    since: int
    fault: str = ""


def bring_up_to_date(
    config: Config, hub: Built, unions: Iterable[str] | None = None
) -> list[Record]:
    """Makes the drafts of these sites, else of all, as they are now, and takes away what is over.
    Returns all records of them. Blocking; renders in children with limits."""
    unions = with_drafts(config) if unions is None else unions
    if not unions:
        return []
    with safeio.locked(config.state / "previews.lock"):
        known = dict(_records(config))
        kept = []
        for union in unions:
            wanted = {}
            with suppress(SoliCommError):  # the site is gone, and so are its drafts
                wanted = drafts.branches(open_repo(config.union_repo(union)))
            here = {drafts.address(config, union, branch): branch for branch in wanted}
            for address, branch in here.items():
                record = Record(union, branch, wanted[branch], hub.env, int(clock.timestamp()))
                kept.append(_brought(config, hub, address, record, known.get(address)))
            for address, record in known.items():
                if record.union == union and address not in here:
                    _take_away(config, address, record=True)
                    if record.branch not in wanted:
                        drafts.forget(config, union, record.branch)
        return kept


def _brought(config: Config, hub: Built, address: str, now: Record, old: Record | None) -> Record:
    """The record of one draft, which is made when it moved or the hub's looks did."""
    if old is not None and old.commit == now.commit:
        now = replace(now, since=old.since)
    if clock.timestamp() - now.since > KEPT:
        _take_away(config, address, record=False)
        now = replace(now, fault="not moved for 30 days")
    elif old is not None and replace(old, fault="") == now:
        return old
    else:
        now = replace(now, fault=_made(config, hub, address, now))
    safeio.write_atomic(_record(config, address), json.dumps(asdict(now)).encode(), durable=False)
    return now


def _made(config: Config, hub: Built, address: str, wanted: Record) -> str:
    """Makes the pages of a draft; why there are none, or nothing."""
    sources = Sources(config)
    try:
        place = _place(config, wanted)
        shown = Surroundings(sources, config, hub.found, hub.env).shown(place)
        make = partial(OpenSite, sources, config, place, shown, hub.env, hub.today, address)
        task = section.task(config, wanted.union, place, wanted.commit, make, {})
        renderer = hub.renderer()
        before, renderer.root = renderer.root, config.previews
        try:
            results = list(batch.build([task], renderer, sources, stop=lambda: False))
        finally:
            renderer.root = before
    except SoliCommError as error:
        return error.public
    finally:
        sources.close()
    if results and results[0].ended != "done":
        return "; ".join(reason for _, reason in results[0].faults) or "not finished"
    if results:
        _sweep(config, results[0].paths, address)
    return ""


def _place(config: Config, wanted: Record) -> Place[sites.Site]:
    path = config.union_repo(wanted.union)
    with Reader(open_repo(path)) as reader:
        blob_id = reader.oid_at(wanted.commit, sites.FILE) or ""
        blob = reader.at(wanted.commit, sites.FILE) or b""
    site = sites.decode_site(blob, sites.FILE, union=wanted.union)
    shows = bool(site.conferences or site.has_shelf)
    return Place(path, wanted.commit, Deferred(lambda: site), blob_id, shows)


def _sweep(config: Config, paths: set[str], address: str) -> None:
    """Takes away what an earlier state of the draft had."""
    for file in (config.previews / address.strip("/")).rglob("*"):
        name = file.relative_to(config.previews).as_posix()
        if file.is_file() and name.removesuffix(".br").removesuffix(".gz") not in paths:
            file.unlink(missing_ok=True)


def _take_away(config: Config, address: str, *, record: bool) -> None:
    shutil.rmtree(config.previews / address.strip("/"), ignore_errors=True)
    if record:
        _record(config, address).unlink(missing_ok=True)


def _record(config: Config, address: str) -> Path:
    return config.previews / "records" / f"{address.strip('/').rpartition('/')[2]}.json"


def _records(config: Config) -> Iterator[tuple[str, Record]]:
    folder = config.previews / "records"
    config.previews.mkdir(mode=0o700, exist_ok=True)
    folder.mkdir(exist_ok=True)
    for path in sorted(folder.glob("*.json")):
        with suppress(ValueError, TypeError, OSError):
            yield f"{drafts.FOLDER}{path.stem}/", Record(**json.loads(path.read_bytes()))


class BackgroundPreviews:
    """Keeps the drafts of a hub up to date beside its builder, in one child at a time. Blocks for a
    fork only: pages of main never wait for a draft."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._pid = 0
        self._waiting: set[str] = set()
        self._looked = float("-inf")
        self._env = ""

    @property
    def busy(self) -> bool:
        """Whether something is being made, or has to be."""
        return bool(self._pid or self._waiting)

    def built(self, hub: Built, *, public: bool) -> None:
        """Drafts show what the last build found, whatever that was."""
        del hub, public

    def step(self, hub: Built) -> None:
        """Looks after the child, and starts the next one when there is reason to and no build waits
        to go on."""
        if hub.unfinished:
            return
        self._waiting.update(drafts.noted(self._config))
        if clock.timestamp() - self._looked > _LOOK or hub.env != self._env:
            self._looked, self._env = clock.timestamp(), hub.env
            self._waiting.update(with_drafts(self._config))
        if self._pid:
            ended, _ = os.waitpid(self._pid, os.WNOHANG)
            if not ended:
                return
            self._pid = 0
        if self._waiting:
            unions, self._waiting = sorted(self._waiting), set()
            hub.renderer()  # made here, and not by each child
            self._start(hub, unions)

    def close(self) -> None:
        """Ends the child; the next builder goes on."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _start(self, hub: Built, unions: list[str]) -> None:
        self._pid = os.fork()
        if self._pid:
            return
        code = 1
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            watching.unwatched()  # the children that render have limits
            os.nice(NICE)
            bring_up_to_date(self._config, hub, unions)
            code = 0
        except Exception:  # noqa: BLE001 - the stage's edge: the trace is logged, the data is in git
            _trace.exception("drafts could not be shown")
        finally:
            os._exit(code)


def with_drafts(config: Config) -> list[str]:
    """The sites that have drafts, or had some."""
    found = {record.union for _, record in _records(config)}
    for path in sorted(config.unions.glob("*.git")):
        if drafts.branches(open_repo(path)):
            found.add(path.stem)
    return sorted(found)
