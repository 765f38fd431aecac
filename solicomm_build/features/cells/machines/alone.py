"""`solicomm cluster drain --alone`: a hub that was on several machines is on this one again."""

from __future__ import annotations

import shutil
from pathlib import Path

from solicomm_build.cli.serving.supervisor import is_served
from solicomm_build.features.cells.machines import plan
from solicomm_build.features.cells.machines.beginning import Say
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import etcd
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import passing
from solicomm_build.git.replica import comparing, machine
from solicomm_build.git.replica.carried import Carried, name_of

_AGAIN = (
    "Start `serve` here and there, and when `solicomm cluster status` says that nothing is wrong "
    "say `solicomm cluster drain --to {node}` there; then stop all, and say this again"
)


def alone(config: Config, say: Say) -> None:
    """Does it on the machine that had the hub last, while nobody serves it; what was killed after
    hub.yaml said so is ended. Raises UsageError, HubError, EtcdError. Blocking; safe to run
    again."""
    if not config.cluster.is_shared:
        if not _is_left(config):
            raise UsageError("this hub is on one machine already")
        _take_away(config)
        say("The hub is on this machine alone. What it kept for others is gone now")
        return
    node = config.cluster.node
    if is_served(config):
        raise HubError("`serve` runs here. Stop it: systemctl stop solicomm")
    there = sorted(key.removeprefix(etcd.NODES) for key in etcd.etcd_of(config).below(etcd.NODES))
    if there:
        raise HubError(
            f"`serve` runs on {', '.join(there)}, or did {config.cluster.lease.ttl} seconds ago. "
            "Stop it there: systemctl stop solicomm"
        )
    again = _AGAIN.format(node=node)
    if said := _older(config):
        raise HubError(f"{said}. {again}")
    if waiting := _on_the_way(config):
        raise HubError(f"{waiting} wait in the store to be taken by other machines. {again}")
    plan.keep(config.root, plan.alone(config))
    machine.leave()  # from here on this process, too
    _take_away(config)
    say(f"The hub is on {node} alone; hub.yaml says so. Start it: systemctl start solicomm")
    say(f"On the others delete the hub's folder and {config.cluster.git.own or 'followers'}: they")
    say("have mail and members. Here etcd, /etc/solicomm/followers and the followers may go, too")


def _places(config: Config) -> list[Path]:
    """Where plain files lie that others had of each cell."""
    return [config.root / name_of(cell) for cell in range(cells.division(config).cells)]


def _is_left(config: Config) -> bool:
    return cells.is_announced(config) or any(path.is_dir() for path in _places(config))


def _take_away(config: Config) -> None:
    cells.withdraw(config)  # it was never in force
    passing.let_in(config)
    for path in _places(config):
        shutil.rmtree(path, ignore_errors=True)


def _older(config: Config) -> str:
    """Why this machine may not have the newest of everything; empty when it has."""
    carried = Carried(config)
    listed = carried.listed()
    lost = [name for name in listed if not (config.root / name).is_dir()]
    if not listed or lost:
        return f"{config.cluster.node} has not got all of the hub: it did not have it last"
    rows = list(comparing.compare(config))
    newer = next((row for row in rows if row.state == comparing.OTHER), None)
    if newer is not None:
        return f"{newer.repository} is newer at {newer.place}, or other"
    others = set(config.cluster.git.followers)
    heard = {row.place for row in rows if row.place in others and row.state != comparing.SILENT}
    if len(heard) < (needed := config.cluster.git.needed):
        return f"{len(heard)} followers answer, and {needed} have to, so that nothing is missed"
    return ""


def _on_the_way(config: Config) -> int:
    """How many files for a cell of another machine are in the store of objects."""
    if not config.cluster.divided:
        return 0
    return sum(
        len(passing.of(config, kind, cell).objects())
        for kind in passing.KINDS[:3]
        for cell in range(cells.division(config).cells)
    )
