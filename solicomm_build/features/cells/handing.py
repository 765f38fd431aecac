"""Handing a hub, or a cell that has its own owner, over to another of its machines, before one is
stopped for an hour or for good."""

from __future__ import annotations

import time

from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import cutting, etcd
from solicomm_build.foundation.hub.config import Config

_STOPPING = 30.0  # seconds that stages may need to finish what they are at
_LOOK = 0.2


def hand_over(config: Config, cell: int, node: str, *, lent: bool = False) -> str:
    """Asks whoever has the hub, or the cell where each has its own owner, to stop, and all others
    but `node` to wait; returns a sentence when that one has it. One that is `lent` gets a new token
    also where `node` has it already, and goes back one day (lending.py). Raises UsageError,
    HubError, EtcdError. Blocking; safe to call again."""
    said = _hand_over(config, cell, node, lent=lent)
    if not lent:
        client = etcd.etcd_of(config)
        row = client.below(etcd.CELLS).get(etcd.lender_key(cell))
        if row is not None:  # it is where somebody wants it
            client.delete(row.key, row.revision)
    return said


def _hand_over(config: Config, cell: int, node: str, *, lent: bool) -> str:
    if not config.cluster.is_shared:
        raise UsageError("this hub is on one machine; `cluster` in hub.yaml names others")
    count = cells.division(config).cells
    if not 0 <= cell < count:
        raise UsageError(f"There is no cell {cell}: this hub has {count}, from 0")
    client, ttl = etcd.etcd_of(config), config.cluster.lease.ttl
    there = sorted(key.removeprefix(etcd.NODES) for key in client.below(etcd.NODES))
    if node not in there:
        raise UsageError(f"{node} is not there. Machines that run: {', '.join(there) or 'none'}")
    is_apart = config.cluster.divided
    cell = cell if is_apart else 0
    what = f"cell {cell}" if is_apart else "the hub"
    key = etcd.owner_key(cell)
    rows = client.below(etcd.CELLS)
    old = rows[key].revision if lent and key in rows else 0
    if not lent and key in rows and rows[key].value == node:
        return f"{node} has {what} already"
    cut = rows.get(etcd.cut_key(cell)) if cell and not lent else None
    if cut is not None and cut.value == cutting.MOVING:  # its owner would stop in the middle
        raise HubError(
            f"Conferences go to or from cell {cell} just now. Say it again when the command has "
            "ended that moves them, where cell 0 is"
        )
    if lent and (before := rows.get(etcd.wanted_key(cell))) is not None:
        client.delete(before.key, before.revision)  # a key that is new is newer than the token
    lease = client.grant(2 * ttl)
    client.put(etcd.wanted_key(cell), node, lease)
    end = time.monotonic() + _STOPPING + 2 * ttl
    while time.monotonic() < end:
        row = client.below(etcd.CELLS).get(key)
        if row is not None and row.value == node and row.revision != old:
            return f"{node} has {what} now" + ("" if is_apart else ", and all of its cells")
        if row is not None:
            client.keep(lease)  # stages that stop may take longer than it lasts
        time.sleep(_LOOK)
    raise HubError(f"{node} did not take {what}. What does `solicomm serve` say there?")
