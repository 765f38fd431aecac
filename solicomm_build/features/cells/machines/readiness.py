"""Whether a machine has what it takes to be one of several, before anything is changed."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from solicomm_build.features.cells.machines import survey, troubles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import finding
from solicomm_build.foundation.hub.cluster import etcd, lease, members
from solicomm_build.foundation.hub.cluster.etcd import EtcdError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault
from solicomm_build.git.replica.carried import NAME
from solicomm_build.git.replica.fence import FENCE
from solicomm_build.git.replica.places import Place, Places
from solicomm_build.git.repo import Repo

_STORE = "objects"
"""The check of `solicomm check` that looks at the store of objects."""


def look(config: Config) -> Iterator[Finding]:
    """What is wrong here, with etcd, and with the store; not with followers elsewhere. Blocking."""
    yield from own_place(config)
    asked = tuple(members.look(config))
    yield from troubles.of_etcd(asked)
    if any(one.has_majority for one in asked):
        yield from _of_names(config)
    if config.cluster.s3 is not None:
        for check in (one for one in finding.of_features() if one.id == _STORE):
            try:
                yield from (one for one in check.look(config) if one.level != "fine")
            except SoliCommError as error:
                yield fault(error.public, "`solicomm docs s3` says how it is set up")


def own_place(config: Config) -> Iterator[Finding]:
    """What is wrong with this machine's folder for followers."""
    folder = Path(config.cluster.git.own)
    make = f"As root: install -d -m 700 -o {config.root.owner()} {folder}"
    if not folder.is_dir():
        yield fault(f"{folder} is not there", f"Mount its disk. {make}")
    elif not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield fault(f"this user cannot write to {folder}", make)
    elif folder == config.root or config.root in folder.parents or folder in config.root.parents:
        yield fault(f"{folder} and the hub lie in each other", "Put it elsewhere, as /srv/git")
    elif not _may_write(folder):
        yield fault(
            f"the unit of the hub does not let it write to {folder}",
            "Put deploy/cluster/solicomm-cluster.conf into /etc/systemd/system/solicomm.service.d/ "
            "and say systemctl daemon-reload",
        )


def unreached(config: Config) -> dict[str, str]:
    """The other machines whose followers cannot be written to, by name, and why. Begins an empty
    repository at each of the others, which the hub needs first anyway. Blocking."""
    places, repo = Places(config), Repo(config.root / NAME)
    found: dict[str, str] = {}
    for place, answer in places.listing(NAME).items():
        if place.is_own:
            continue
        name = survey.place_of(config.cluster.git.names, place.address)
        if answer.kind == "silent":
            found[name] = answer.said
        elif not places.create(repo, place):
            found[name] = "it does not begin repositories: is its folder there, and its disk?"
    return found


def own_address(config: Config) -> Iterator[Finding]:
    """Whether the others' address for this machine leads here, by beginning a repository there and
    finding it here. Blocking."""
    said = config.cluster.git
    name = f"private/{secrets.token_hex(8)}.git"
    begun = Places(config).create(Repo(config.root / name), Place(said.here))
    path = Path(said.own) / name
    if path.is_dir():
        shutil.rmtree(path)
    elif begun:
        yield fault(
            f"{said.here} is another machine than this one",
            f"Has {config.cluster.node} joined already? Give this one a name of its own; or mend "
            "its address, in the DNS or /etc/hosts of all machines",
        )
    else:
        yield fault(
            f"git cannot write to {said.here}",
            "Others reach this machine so. See that sshd runs, that it has read its settings "
            "(systemctl reload ssh), and that the user has a shell (usermod --shell /bin/sh)",
        )


def of_before(config: Config) -> Iterator[Finding]:
    """Whether places still have what was there when a hub, which is on one machine now, was on
    several once: that would count as newer than what came since. Blocking."""
    for place, answer in Places(config).listing(NAME).items():
        if FENCE in answer.said:
            yield fault(
                f"{place.address} has repositories of before: they would count as newer",
                "Stop whoever writes there, and empty that folder",
            )


def _of_names(config: Config) -> Iterator[Finding]:
    """Whether etcd knows machines that are none of this hub's, or another one of this name."""
    client, node = etcd.etcd_of(config), config.cluster.node
    try:
        nodes, owners = client.below(etcd.NODES), client.below(etcd.CELLS)
    except EtcdError:
        return  # it answered a moment ago; said already
    row = nodes.get(etcd.NODES + node)
    if row is not None and not _is_us(config, row.value):
        yield fault(
            f"another machine is called {node} ({row.value})",
            f"Give each machine a name of its own. If {node} was replaced by this machine, stop "
            f"the old one and wait {config.cluster.lease.ttl} seconds",
        )
    known = {node, *config.cluster.git.names}
    if strange := {row.value for key, row in owners.items() if key != etcd.ROSTER} - known:
        yield fault(
            f"etcd serves another hub, or machines that hub.yaml does not name: {min(strange)}",
            "One etcd serves one hub: name all of its machines, or begin another etcd",
        )


def _is_us(config: Config, value: str) -> bool:
    """Whether a key is of this host and folder, before its last start, too."""
    host, _, rest = value.partition(f" {etcd.VERSION}")[0].partition(" ")
    ours, _, own = lease.us(config.root).partition(" ")
    return (host, rest.partition(" ")[2]) == (ours, own.partition(" ")[2])


def _may_write(folder: Path) -> bool:
    """Whether the hub's unit, where systemd has one, lets it write there."""
    if not Path("/run/systemd/system").is_dir() or shutil.which("systemctl") is None:
        return True
    words = ["systemctl", "show", "solicomm.service", "-p", "ProtectSystem", "-p", "ReadWritePaths"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    said = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if said.get("ProtectSystem") != "strict":
        return True
    paths = [Path(one.lstrip("-+")) for one in said.get("ReadWritePaths", "").split()]
    return any(one == folder or one in folder.parents for one in paths)
