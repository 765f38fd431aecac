"""Twice as many cells: in hub.yaml, then on the disk."""

from __future__ import annotations

import dataclasses
import os
import re

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import cells, hubyaml
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.post.cells import dividing

_LINE = re.compile(rb"(?m)^cells:[ \t]*\d+")


def double(config: Config) -> str:
    """Doubles the cells, durable on return; a sentence about it. A split that was killed is
    finished first, and not doubled again. Raises UsageError. Blocking."""
    if config.cluster.divided:
        raise UsageError(
            "Cells are not doubled while each may have an owner of its own. Stop all machines, take"
            " `divided` out of hub.yaml on each, and start the one that had cell 0. Say `solicomm"
            " cells split` there; then write the new `cells` and `divided` on each, and start all"
        )
    if config.cells < cells.division(config).named:
        raise UsageError(
            f"hub.yaml says `cells: {config.cells}`, fewer than are there. Start the hub again"
        )
    if dividing.is_needed(config):
        dividing.settle(config)
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
    dividing.settle(dataclasses.replace(config, cells=found.cells))
    return f"`cells: {count}` now; while the hub runs, their stages begin within seconds"
