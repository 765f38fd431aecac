"""Twice as many cells: in hub.yaml, then on the disk."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable

from solicomm_build.features.cells import lending
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import cells, hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.post.cells import dividing

_LINE = re.compile(rb"(?m)^cells:[ \t]*\d+")
_ELSEWHERE = "Write that into hub.yaml of the other machines, too; nothing waits for it"


def double(config: Config, say: Callable[[str], None]) -> str:
    """Doubles the cells, durable on return; a sentence about it. A split that was killed is
    finished first, and not doubled again. Raises UsageError, and where cells have owners of their
    own HubError, EtcdError, NotKeptError. Blocking."""
    is_apart, now = config.cluster.divided, cells.division(config)
    if is_apart:
        _insist(config)
    if config.cells < now.named:
        if not is_apart:
            raise UsageError(
                f"hub.yaml says `cells: {config.cells}`, fewer than are there. Start the hub again"
            )
        config = _write(config, now.named)  # they were doubled on another machine
        if dividing.is_settled(config):
            return f"hub.yaml here says `cells: {now.named}` now, as the hub is cut; again doubles"
    if not dividing.is_settled(config):
        _settle(config, say)
        return f"the hub is cut as hub.yaml says now, `cells: {config.cells}`; again doubles that"
    count = config.cells * 2
    if count > cells.MOST:
        raise UsageError(f"A hub has at most {cells.MOST} cells, and this one has {config.cells}")
    _settle(_write(config, count), say)
    if is_apart:
        return f"`cells: {count}` now. {_ELSEWHERE}"
    return f"`cells: {count}` now; while the hub runs, their stages begin within seconds"


def go_on(config: Config, log: MailLog) -> None:
    """Finishes on the machine with cell 0 what was killed, on whichever it was, and sees to cells
    that its hub.yaml has more of, where they have owners of their own. Quick while there is nothing
    to do. Blocking."""
    if dividing.is_settled(config) or not lending.is_home(config):
        return
    with dividing.still(config, blocking=False) as is_free:
        if not is_free:
            return
    try:
        _insist(config)
        lending.double(config, lambda said: log.event("cut", reason=said))
    except SoliCommError as error:
        log.event("not-cut", reason=error.public)


def _insist(config: Config) -> None:
    """Raises UsageError, HubError or EtcdError where cells with owners of their own cannot be
    doubled now."""
    now = cells.division(config)
    if now.cells > now.named:
        raise UsageError(
            f"Of {now.cells} cells {now.cells - now.named} were being given up when `divided` came "
            "into hub.yaml. Stop all machines, take it out on each, and start the one that had "
            "cell 0, which finishes that; then write it again"
        )
    lending.insist(config)
    lending.insist_on_owners(config)


def _write(config: Config, count: int) -> Config:
    """Has hub.yaml say so many, durable on return; the settings then."""
    path = config.root / FILE
    octets, facts = path.read_bytes(), path.stat()
    line = b"cells: %d" % count
    new = _LINE.sub(line, octets, count=1)
    if new == octets:
        new = octets.rstrip(b"\n") + b"\n" + line + b"\n"
    found = hubyaml.parse(new, config.root)  # nothing is written that cannot be read
    owner = (facts.st_uid, facts.st_gid) if os.geteuid() == 0 else None
    safeio.write_atomic(path, new, mode=facts.st_mode & 0o777, owner=owner)
    return dataclasses.replace(config, cells=found.cells)


def _settle(config: Config, say: Callable[[str], None]) -> None:
    if config.cluster.divided:
        lending.double(config, say)
    else:
        dividing.settle(config)
