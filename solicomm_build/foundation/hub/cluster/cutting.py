"""Conferences that go from cell to cell where each cell has an owner of its own: what other
machines have to know of it before they take one of these cells, or write to its mail.

    the machine with cell 0: cells.json, and who moves something now ─→ etcd `/cells/<n>/cut` ─→ all

Only cells that this machine has get or lose conferences, so every other owner of them comes later.
It takes one only when its own cells.json is no older than what etcd says of that cell, and none
while something goes from or to it. Both are one question to etcd, by which no clock counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config

MOVING: Final = "moving"
_FILE = "moving"
"""Beside the leases: the cells between which something goes now, as long as somebody has a lock on
it, which ends with whoever has it."""


@contextmanager
def moving(config: Config, between: Collection[int]) -> Iterator[None]:
    """Something goes from cell to cell here until the block ends. Waits for who does so already."""
    path = config.state / lease.FOLDER / _FILE
    with safeio.locked(path):
        path.write_text(" ".join(map(str, between)))
        try:
            yield
        finally:
            path.write_text("")


def said(config: Config) -> dict[int, str]:
    """What etcd shall say of each cell, by the machine that has cell 0."""
    then = cells.announced(config) if cells.is_announced(config) else None
    now, busy = cells.division(config), _busy(config)
    if then is not None:  # who announced it may have been killed
        busy |= {cell for cell, count in then.epochs.items() if now.epochs.get(cell, 0) != count}
    return {
        cell: MOVING if cell in busy else str(now.epochs.get(cell, 0)) for cell in range(now.cells)
    }


def is_known(config: Config, cell: int, told: str) -> bool:
    """Whether this machine knows how a cell was cut last, by what etcd told; where nothing was told
    it never was."""
    if not told.isdecimal():
        return not told
    return cells.division(config).epochs.get(cell, 0) >= int(told)


def _busy(config: Config) -> set[int]:
    path = config.state / lease.FOLDER / _FILE
    if not path.exists():
        return set()
    with safeio.locked(path, blocking=False) as is_free:
        return set() if is_free else set(map(int, path.read_text("ascii").split()))
