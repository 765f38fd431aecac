"""`solicomm cluster join`: another machine becomes one of a hub's.

It gets hub.yaml with its own name, and the keys; others may push to it; then it waits until it has
everything, which the machine with the hub brings. It may be run again at any time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from solicomm_build.cli import owner
from solicomm_build.features.cells.machines import beginning, parcel, plan, readiness
from solicomm_build.features.cells.machines.beginning import FAULTY, Say
from solicomm_build.features.cells.machines.sshkeys import KEY
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.cluster import etcd
from solicomm_build.foundation.hub.cluster.etcd import EtcdError
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.git.replica import standing
from solicomm_build.git.replica.carried import repositories

_LOOK = 1.0
_PUBLIC = f"private/keys/{KEY}.pub"


@dataclass(frozen=True, slots=True)
class Wish:
    """The hub's folder here, what this machine is to be called, what came from the first one, and
    whether files outside of the hub are only named, and nothing is waited for."""

    root: Path
    node: str
    parcel: bytes
    by_hand: bool = False
    is_quick: bool = False


def join(wish: Wish, say: Say) -> int:
    """Does it; the exit code. Raises UsageError, ConfigError, HubError. Blocking, until this
    machine has everything."""
    text, keys = parcel.read(wish.parcel)
    config = _fitting(wish, text)
    text = plan.named(text, wish.node)
    public = keys.get(_PUBLIC, b"").decode("ascii", "replace")
    user = beginning.user_of(wish.root)
    wanted = beginning.follower(config, user, public)
    beginning.follow(wanted, by_hand=wish.by_hand, say=say)
    owner.become(wish.root)
    parcel.lay(wish.root, text, keys)
    config = hubyaml.load(wish.root)
    hosts, port = _hosts(config)
    beginning.meet(config, hosts, port, say)
    faults = list(readiness.look(config))
    if not any(one.level == "fault" for one in faults):
        faults += readiness.own_address(config)
    if beginning.tell(faults, say):
        say("Mend this, then type the same line again")
        return FAULTY
    say(f"{wish.node} can be written to. Type the line of `solicomm cluster init` again on the")
    say("machine that has the hub, once all have joined, and restart it there")
    if not wish.is_quick:
        _wait(config, say)
    return 0


def _fitting(wish: Wish, text: str) -> Config:
    """The settings that this machine gets. Raises UsageError when it cannot have them."""
    first = hubyaml.parse(text, wish.root).cluster
    if first.node == wish.node:
        fault = f"{wish.node} is the machine that this comes from"
        raise UsageError(f"{fault}. Each has a name of its own")
    found = hubyaml.parse(plan.named(text, wish.node), wish.root)
    git = found.cluster.git
    if not git.here:
        known = ", ".join(name for name in git.names if name != first.node)
        raise UsageError(
            f"hub.yaml names no machine {wish.node}. It names {known}; for another one say "
            f"`solicomm cluster init` with it on {first.node} first"
        )
    if (wish.root / FILE).exists():
        there = hubyaml.load(wish.root)
        is_other = there.cluster.node != wish.node and bool(repositories(there))
        if there.domain != found.domain or is_other:
            what = f"{there.cluster.node} of {there.domain}" if there.cluster.node else there.domain
            raise UsageError(
                f"{wish.root} has a hub already, {what}. A machine joins with an empty folder"
            )
    return found


def _hosts(config: Config) -> tuple[dict[str, str], int]:
    """The hosts of all followers by name, and the port of their sshd."""
    git = config.cluster.git
    found = {name: urlsplit(one) for name, one in {**git.names, "": git.here}.items()}
    ports = {one.port or 22 for one in found.values()}
    return {name: one.hostname or "" for name, one in found.items()}, max(ports)


def _wait(config: Config, say: Say) -> None:
    """Until this machine's place has everything that the hub has."""
    client, said = etcd.etcd_of(config), ""
    while True:
        try:
            rows = client.below(etcd.CELLS)
            tokens = {row.revision for key, row in rows.items() if key.endswith("/owner")}
        except EtcdError:
            tokens = set()
        lacking = standing.lacking(config, tokens) if tokens else None
        if lacking == []:
            break
        now = "It waits for that; Ctrl-C does no harm" if lacking is None else "It follows"
        if now != said:
            say(now if lacking is None else f"{now}: {len(lacking)} repositories to come")
        said = now
        time.sleep(_LOOK)
    say(f"{config.cluster.node} has caught up: it has every repository of the hub. Start it:")
    say("  systemctl enable --now solicomm")
