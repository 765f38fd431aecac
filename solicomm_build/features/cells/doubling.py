"""Twice as many cells: in hub.yaml, then on the disk."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import cells, hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.post.cells import dividing

_LINE = re.compile(rb"(?m)^cells:[ \t]*\d+")


def double(config: Config, say: Callable[[str], None]) -> str:
    """Doubles the cells, durable on return; a sentence about it. A split that was killed is
    finished first, and not doubled again. Raises UsageError, and where cells have owners of their
    own HubError, EtcdError, NotKeptError. Blocking."""
    is_apart, named = config.cluster.divided, cells.division(config).named
    if is_apart:
        from solicomm_build.features.cells import lending

        lending.insist(config)
    if config.cells < named:
        remedy = f"Write `cells: {named}`" if is_apart else "Start the hub again"
        raise UsageError(f"hub.yaml says `cells: {config.cells}`, fewer than are there. {remedy}")
    if not dividing.is_settled(config) if is_apart else dividing.is_needed(config):
        _settle(config, say)
        return f"the hub is cut as hub.yaml says now, `cells: {config.cells}`; again doubles that"
    count = config.cells * 2
    if count > cells.MOST:
        raise UsageError(f"A hub has at most {cells.MOST} cells, and this one has {config.cells}")
    path = config.root / FILE
    octets, facts = path.read_bytes(), path.stat()
    line = b"cells: %d" % count
    new = _LINE.sub(line, octets, count=1)
    if new == octets:
        new = octets.rstrip(b"\n") + b"\n" + line + b"\n"
    found = hubyaml.parse(new, config.root)  # nothing is written that cannot be read
    owner = (facts.st_uid, facts.st_gid) if os.geteuid() == 0 else None
    safeio.write_atomic(path, new, mode=facts.st_mode & 0o777, owner=owner)
    _settle(dataclasses.replace(config, cells=found.cells), say)
    if is_apart:
        return f"`cells: {count}` now. Write it into hub.yaml of the other machines, too"
    return f"`cells: {count}` now; while the hub runs, their stages begin within seconds"


def _settle(config: Config, say: Callable[[str], None]) -> None:
    if config.cluster.divided:
        from solicomm_build.features.cells import lending

        lending.double(config, say)
    else:
        dividing.settle(config)
