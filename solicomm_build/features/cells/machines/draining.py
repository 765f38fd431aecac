"""`solicomm cluster drain`: what this machine has goes to others, and it may be switched off."""

from __future__ import annotations

import time
from collections.abc import Collection
from urllib.parse import urlsplit

from solicomm_build.features.cells import handing
from solicomm_build.features.cells.machines import survey
from solicomm_build.features.cells.machines.beginning import WAITS, Say, tell
from solicomm_build.features.cells.machines.survey import Survey
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import etcd, lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault
from solicomm_build.git.replica import comparing
from solicomm_build.git.replica.carried import Carried

_PATIENCE = 60.0  # seconds for stages to end, once another machine has what they served
_LOOK = 0.5


def drain(config: Config, to: str, say: Say) -> int:
    """Hands over all that is here, to that machine or by turns to all others; the exit code.
    Raises UsageError, HubError, EtcdError. Blocking; safe to run again."""
    if not config.cluster.is_shared:
        raise UsageError("this hub is on one machine; `cluster` in hub.yaml names others")
    client, node = etcd.etcd_of(config), config.cluster.node
    there = sorted(key.removeprefix(etcd.NODES) for key in client.below(etcd.NODES))
    others = [name for name in there if name != node]
    if to == node:
        raise UsageError(f"{node} is this machine. Name another one: {', '.join(others) or 'none'}")
    if not others or (to and to not in others):
        raise HubError(
            f"{to or 'another machine'} is not there, so nobody can take what is here. Start "
            "`serve` on it; or go back to this machine alone: docs/howto/cluster.md"
        )
    mine = _mine(config)
    for number, cell in enumerate(mine):
        say(handing.hand_over(config, cell, to or others[number % len(others)]))
    _ended(config)
    left = left_here(config, mine)
    if left:
        say(f"FAULT: {len(left)} files are here alone, such as {left[0]}. Copy them to the same")
        say("place on the machine that has the cell, as the hub's user")
        return WAITS
    if tell(list(_without(config, survey.look(config))), say):
        say(f"{node} has no cell any more. Do not switch it off before that is mended")
        return WAITS
    say(f"{node} has no cell, and nothing waits here. It may be switched off:")
    say("  systemctl stop solicomm")
    return 0


def left_here(config: Config, mine: Collection[int]) -> list[str]:
    """Plain files here, of these cells, that other machines never got as they are, by path."""
    every = cells.every(config) if config.cluster.divided else [config]
    parts = [part for part in every if part.cell or part.cell in mine]  # cell 0's are everywhere
    found: list[str] = []
    for part in parts:
        carried = Carried(part)
        if carried.repo.path.is_dir():
            found += carried.lacking()
    return found


def _mine(config: Config) -> list[int]:
    """The cells that this machine has; 0 where all go together and it has the hub."""
    rows = etcd.etcd_of(config).below(etcd.CELLS)
    count = cells.division(config).cells if config.cluster.divided else 1
    owners = {cell: rows.get(etcd.owner_key(cell)) for cell in range(count)}
    return [cell for cell, row in owners.items() if row and row.value == config.cluster.node]


def _ended(config: Config) -> None:
    """Waits until no stage here has a cell any more. Raises HubError."""
    end = time.monotonic() + _PATIENCE
    count = cells.division(config).cells if config.cluster.divided else 1
    while any(lease.is_held(config, cell) for cell in range(count)):
        if time.monotonic() > end:
            raise HubError("stages here do not end. What does `serve` say?")
        time.sleep(_LOOK)


def _without(config: Config, found: Survey) -> list[Finding]:
    """What would be wrong with the others once this machine is off."""
    faults: list[Finding] = []
    said, node = config.cluster.git, config.cluster.node
    well = sum(row.state == comparing.SAME for row in found.followers)
    if well - 1 < said.ack:  # one of them is the new owner's own
        faults.append(
            fault(
                f"without {node} there are {max(0, well - 1)} followers for who has the hub, and "
                f"`ack` is {said.ack}: no mail would be taken",
                f"Mend the others, or put a machine in the place of {node} first",
            )
        )
    here = urlsplit(said.here).hostname
    rest = [one for one in found.etcd if urlsplit(one.address).hostname not in (here, node)]
    if 2 * sum(one.answers for one in rest) <= len(found.etcd):
        faults.append(
            fault(
                f"without the etcd of {node} the others have no majority",
                "Start those that do not answer, or leave etcd running here",
            )
        )
    return faults
