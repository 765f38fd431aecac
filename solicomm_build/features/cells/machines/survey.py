"""How the machines of a hub stand, from one of them: who is there, whose the cells are, how far
followers are, what the store and etcd say. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solicomm_build.features.cells import standing
from solicomm_build.features.cells.standing import Standing
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.cluster import etcd, members
from solicomm_build.foundation.hub.cluster.etcd import EtcdError
from solicomm_build.foundation.hub.cluster.members import Member
from solicomm_build.foundation.hub.cluster.relays import Relay
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import client
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.git.replica import standing as replicas
from solicomm_build.git.replica.comparing import Row


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine: whether `serve` runs there, on which host and of which version, and the cells
    that it has. None is expected that hub.yaml does not name (`git: followers` with names)."""

    name: str
    is_there: bool
    host: str
    version: str
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Store:
    """The store of objects: whether it answers, and why not."""

    endpoint: str
    answers: bool
    says: str = ""


@dataclass(frozen=True, slots=True)
class Survey:
    """All of it, from the machine `node`. `cells` and `machines` are None when etcd does not tell;
    `behind` are repositories that some follower lacks something of, as this machine noted."""

    node: str
    machines: tuple[Machine, ...] | None
    cells: tuple[Standing, ...] | None
    followers: tuple[Row, ...]
    behind: tuple[str, ...]
    store: Store | None
    etcd: tuple[Member, ...]
    relays: tuple[Relay, ...] = ()
    """The mail servers that copies go to in turn, as they answer this machine, where asked."""


def look(config: Config) -> Survey:
    """As it is now. Blocking: seconds, where somebody does not answer."""
    asked = tuple(members.look(config))
    machines: tuple[Machine, ...] | None = None
    cells: tuple[Standing, ...] | None = None
    if any(one.has_majority for one in asked):
        try:
            cells = tuple(_cells(config))
            machines = tuple(_machines(config, cells))
        except EtcdError:  # it answered a moment ago
            cells = machines = None
    return Survey(
        config.cluster.node,
        machines,
        cells,
        tuple(replicas.followers(config)),
        tuple(replicas.noted(config)),
        _store(config),
        asked,
    )


def place_of(names: Mapping[str, str], place: str) -> str:
    """The name of the machine that a follower is on, else its address."""
    return next((name for name, address in names.items() if address == place), place)


def _cells(config: Config) -> list[Standing]:
    try:
        return standing.of(config)
    except ObjectsError:  # said of the store
        return standing.of(config, counted=False)


def _machines(config: Config, cells: tuple[Standing, ...]) -> list[Machine]:
    there = {
        key.removeprefix(etcd.NODES): row.value
        for key, row in etcd.etcd_of(config).below(etcd.NODES).items()
    }
    wanted = {config.cluster.node, *config.cluster.git.names, *there}
    had: dict[str, list[int]] = {name: [] for name in wanted}
    for one in cells:
        had.get(one.owner, []).append(one.cell)
    return [
        Machine(
            name,
            name in there,
            there.get(name, "").partition(" ")[0],
            etcd.version(there.get(name, "")),
            tuple(had[name]),
        )
        for name in sorted(wanted)
    ]


def _store(config: Config) -> Store | None:
    s3 = config.cluster.s3
    if s3 is None:
        return None
    try:
        for use in s3.buckets:
            client.bucket(s3, use, config.keys).names(most=1)
    except SoliCommError as error:
        return Store(s3.endpoint, answers=False, says=error.public)
    return Store(s3.endpoint, answers=True)
