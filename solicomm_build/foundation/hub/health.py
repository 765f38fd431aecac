"""Whether a hub does its work now: all stages run, mail finds room; and whether it will go on: it
shows everything, is backed up, its certificate holds. For `/healthz`, `solicomm check` and
`solicomm status`. Reads a few small files; names nobody."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import backups, cells, certificates, hindrance, liveness
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.lease import Owner
from solicomm_build.foundation.hub.config import Config

STOPPED = "the hub does not run"
SOON = timedelta(days=14)
"""So long before its end a certificate ought to have been renewed: certbot does it after 60 of 90
days."""


def troubles(config: Config) -> list[str]:
    """What keeps it from its work, a line each; empty when all is well. Raises OSError when this
    user may not look."""
    return [*stages(config), *room(config)]


def stages(config: Config) -> list[str]:
    """What is wrong with the stages, and with what goes along with them."""
    signs = liveness.signs(config.state)
    if not any(sign.runs for sign in signs):
        falling = [sign.trouble for sign in signs if sign.ends >= liveness.FALLING]
        return [STOPPED, *filter(None, falling)]
    found = [trouble for sign in signs if (trouble := sign.trouble)]
    return found + hindrance.troubles(config.state)


def disk(config: Config) -> str:
    """What is wrong with the room on the disk; empty when there is enough."""
    least = config.limits.free_disk_percent
    usage = shutil.disk_usage(config.root)
    return (
        f"less than {least} % of the disk is free" if 100 * usage.free < least * usage.total else ""
    )


def spare(config: Config) -> int:
    """Octets that may be written until `disk` says that it is full."""
    usage = shutil.disk_usage(config.root)
    return max(0, usage.free - usage.total * config.limits.free_disk_percent // 100)


def room(config: Config) -> list[str]:
    """Why mail is not taken: a disk or a spool that is full (bridge/groupcommit.py)."""
    low = disk(config)
    found = [f"{low}: mail is refused for now (452)"] if low else []
    for folder in cells.spools_in(config):
        waiting = files_in(folder)
        if waiting > config.limits.spool_files:
            name = f"spool/{folder.name}"
            found.append(f"{waiting} files wait in {name}: mail is refused for now (452)")
    return found


def files_in(folder: Path) -> int:
    """How many files a folder has; none where there is no folder."""
    try:
        return sum(1 for _ in os.scandir(folder))
    except FileNotFoundError:
        return 0


@dataclass(frozen=True, slots=True)
class Figures:
    """What will keep it from its work one day. Each is None where there is none: when the last
    build ended, how many places it could not show, when the certificate ends. `backups` is when
    the last was made at each place (None: none was yet), and whether that is too long ago."""

    built: datetime | None
    failures: int
    backups: tuple[tuple[datetime | None, bool], ...]
    certificate: datetime | None
    owners: Mapping[int, Owner] = field(default_factory=dict)
    """Of a hub on several machines, whose each cell is."""
    behind: int = 0
    """Of its repositories, how many some follower lacks a step of."""
    is_usable: bool = True
    """Whether certificate and key could be read again now."""


def figures(config: Config) -> Figures:
    """As of now."""
    built, failures = last_build(config)
    now = clock.now().astimezone(UTC)
    kept = _backups(config, now)
    is_usable = certificates.is_usable(config)
    if not config.cluster.is_shared:
        return Figures(built, failures, kept, certificates.ends(config), is_usable=is_usable)
    owners, behind = lease.known(config), lease.behind(config)
    return Figures(
        built, failures, kept, certificates.ends(config), owners, behind, is_usable=is_usable
    )


def _backups(config: Config, now: datetime) -> tuple[tuple[datetime | None, bool], ...]:
    """When the last was made at each place, and whether that is too long ago. Where nobody knows,
    since the file that says it is damaged, it is."""
    try:
        return tuple((one.at, backups.is_overdue(one, now)) for one in backups.read(config))
    except StoreError:
        return ((None, True),)


def last_build(config: Config) -> tuple[datetime | None, int]:
    """When the last build ended, and how many places it could not show; None and 0 where there was
    none, or its note cannot be read."""
    try:
        last = json.loads((config.state / "build.json").read_text("utf-8"))
        return datetime.fromisoformat(last["at"]), len(last["failures"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, 0


def overdue(found: Figures) -> Iterator[str]:
    """What of these is wrong, a line each, in words for everybody."""
    if found.failures:
        yield "the last build could not show everything"
    if any(late for _at, late in found.backups):
        yield "a backup is overdue"
    if not found.is_usable:
        yield "the certificate cannot be used"
    elif found.certificate is not None:
        left = found.certificate - clock.now().astimezone(UTC)
        if left < timedelta():
            yield "the certificate has ended"
        elif left < SOON:
            yield f"the certificate ends in {left.days} days"


def in_numbers(found: Figures) -> Iterator[str]:
    """The same in numbers, a line each, for whoever sits at the machine."""
    now = clock.now().astimezone(UTC)
    if found.built is not None:
        age = _hours(now - found.built)
        yield f"build: {age} hours ago, {found.failures} places not shown"
    for at, late in found.backups:
        made = "none yet" if at is None else f"{_hours(now - at)} hours ago"
        yield f"backup: {made}{', overdue' if late else ''}"
    if found.certificate is not None:
        yield f"certificate: {(found.certificate - now).days} days left"
    for cell, owner in sorted(found.owners.items()):
        yield f"cell {cell}: {owner.node}, token {owner.token}"
    if found.owners:
        yield f"behind at followers: {found.behind}"


def _hours(age: timedelta) -> int:
    return int(age.total_seconds()) // 3600
