"""How each cell of a hub stands. Reads only."""

from __future__ import annotations

import os
from dataclasses import dataclass

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cells import Division
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.post.cells import dividing

NOBODY, HERE = "nobody", "this machine"


@dataclass(frozen=True, slots=True)
class Standing:
    """A cell: its number, whose it is while the hub runs, how often it got or gave away something
    (of a hub on several machines, the token of its owner), its conferences, and how many mails wait
    in its spool here."""

    cell: int
    owner: str
    epoch: int
    lag: int
    conferences: tuple[str, ...]


def of(config: Config, *, counted: bool = True) -> list[Standing]:
    """Of every cell, by number; nothing waits where that is not `counted`. Raises EtcdError,
    ObjectsError. Blocking."""
    cut = cells.division(config)
    here: dict[int, list[str]] = {cell: [] for cell in range(cut.cells)}
    for path in sorted(config.conferences.glob("*.git")):
        here[cut.cell_of(cells.CONFERENCES, path.stem)].append(path.stem)
    owners = _owners_elsewhere(config) if config.cluster.is_shared else _owners(config, cut)
    return [
        Standing(
            cell, *owners[cell], _waiting(config.in_cell(cell)) if counted else 0, tuple(names)
        )
        for cell, names in here.items()
    ]


def _owners(config: Config, cut: Division) -> dict[int, tuple[str, int]]:
    """Of each cell whose it is, and its epoch."""
    running = {one.stage for one in liveness.signs(config.state) if one.runs}
    return {
        cell: (
            HERE if liveness.of_cell("ingest", cell) in running else NOBODY,
            cut.epochs.get(cell, 0),
        )
        for cell in range(cut.cells)
    }


def _owners_elsewhere(config: Config) -> dict[int, tuple[str, int]]:
    """The same as etcd says. Raises EtcdError."""
    from solicomm_build.foundation.hub.cluster import etcd

    rows = etcd.etcd_of(config).below(etcd.CELLS)
    found: dict[int, tuple[str, int]] = {}
    for cell in range(cells.division(config).cells):
        row = rows.get(etcd.owner_key(cell))
        lead = row if config.cluster.divided else rows.get(etcd.owner_key(0))
        found[cell] = (row.value, lead.revision if lead else 0) if row else (NOBODY, 0)
    return found


def note(config: Config) -> str:
    """What is not as hub.yaml says; empty when all is."""
    if config.cluster.divided:
        return _note_apart(config)
    if not dividing.is_needed(config):
        return ""
    return f"hub.yaml says `cells: {config.cells}`: the hub is cut anew when `serve` starts"


def _note_apart(config: Config) -> str:
    """The same where each cell has an owner of its own. Raises EtcdError."""
    from solicomm_build.foundation.hub.cluster import etcd

    cut, rows = cells.division(config), etcd.etcd_of(config).below(etcd.CELLS)
    notes = [
        f"cell {cell} goes back to {row.value} when the command that moves conferences has ended; "
        f"if it was killed: `solicomm cells move {cell} {row.value}`"
        for cell in range(cut.cells)
        if (row := rows.get(etcd.lender_key(cell))) is not None
    ]
    if config.cells < cut.named:
        notes.append(f"hub.yaml here says `cells: {config.cells}`: write `cells: {cut.named}`")
    elif config.cells > cut.named:
        notes.append(f"hub.yaml here says `cells: {config.cells}`: where cell 0 is, that counts")
    if count := len(cut.astray.keys() | {f"{cells.CONFERENCES}/{name}" for name in cut.left}):
        notes.append(
            f"on the way to another cell: {count}. `serve` goes on with that where cell 0 is, and"
            " `solicomm cells split` there at once"
        )
    return "\n".join(notes)


def snapshots(config: Config) -> str:
    """How old snapshots of repositories in S3 are; empty on a hub that has no place for them."""
    s3 = config.cluster.s3
    if not config.cluster.is_shared or s3 is None or not s3.spool:
        return ""
    from solicomm_build.git.replica import snapshots

    return snapshots.told(config)


def _waiting(config: Config) -> int:
    """The mails in the spool of a cell; its folder is not made by looking."""
    if incoming.in_objects(config) is None and not os.path.isdir(config.spool_in):
        return 0
    spool, count = incoming.of(config), 0
    for path in spool.pending():
        try:
            count += len(spool.read(path))
        except (StoreError, FileNotFoundError):
            count += 1
    return count
