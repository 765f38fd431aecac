"""`cluster:` of hub.yaml: the machines that a hub may run on, and what keeps it on more than one.

Foundation; imports schema. The format is docs/formats/hub-yaml.md. Without the key a hub is on one
machine: nothing is loaded, started, written or asked for this.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from solicomm_build.foundation.objects import settings as objects
from solicomm_build.foundation.schema import Section

TTL = 5
MOST = 9
"""Servers of one kind: an etcd of more members, or more followers, only gets slower."""

_NODE = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_HOST = r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])"
_ETCD = re.compile(rf"https?://{_HOST}(?::\d{{1,5}})?/?", re.ASCII)
_FOLLOWER = re.compile(
    rf"(?:ssh://(?:[A-Za-z0-9_][A-Za-z0-9._-]{{0,31}}@)?|https://){_HOST}(?::\d{{1,5}})?(?:/[\w.~-]+)*/?"
    r"|(?:file://)?(?:/[\w.~-]+)+/?",
    re.ASCII,
)
"""Where git may push to, as `GIT_ALLOW_PROTOCOL` has it; no secret can stand in it."""
_DASK = re.compile(rf"tls://{_HOST}:\d{{1,5}}", re.ASCII)
_RELAY = re.compile(rf"{_HOST}:\d{{1,5}}", re.ASCII)
_FOLDER = re.compile(r"(?:/[\w.~-]+)+/?", re.ASCII)
_CELL = re.compile(r"\d{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Lease:
    """The etcd that says whose the hub is, by the addresses of its members, and the seconds after
    which one that is silent is thought dead."""

    etcd: tuple[str, ...] = ()
    ttl: int = TTL


@dataclass(frozen=True, slots=True)
class Followers:
    """The git servers that have all that this machine has, on other machines, as addresses of
    folders without a slash at the end; `ack` of them must have a commit before it counts. `own` is
    the folder that other machines' followers name here, if they do. `names` says which machine a
    follower is on, where hub.yaml does."""

    followers: tuple[str, ...] = ()
    ack: int = 1
    own: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    here: str = ""
    """This machine's own folder as others call it, where hub.yaml names it among the others."""

    @property
    def needed(self) -> int:
        """How many followers must answer so that nothing that counts can be missed: each write is
        on this many less than all, and our own folder is one more to look at."""
        places = len(self.followers) + 1
        kept = self.ack + 1
        return max(1, places + 1 - kept - (1 if self.own else 0))


@dataclass(frozen=True, slots=True)
class Cluster:
    """`node` is what this machine is called. Without a lease the hub is on one machine. With
    `divided` each cell has an owner of its own; `prefers` are those that this machine would
    rather have."""

    node: str = ""
    lease: Lease = field(default_factory=Lease)
    git: Followers = field(default_factory=Followers)
    s3: objects.S3 | None = None
    """The store of objects that the machines share."""
    divided: bool = False
    prefers: tuple[int, ...] = ()
    dask: str = ""
    """Where machines that help with full builds are found; empty for none."""
    relay: tuple[tuple[str, int], ...] = ()
    """Mail servers that copies go to in turn, in place of the one of `relay:`; empty for that."""

    @property
    def is_shared(self) -> bool:
        """Whether more than one machine may have the hub."""
        return bool(self.lease.etcd)


def read(top: Section) -> Cluster:
    """What a file says below `cluster`. Notes faults."""
    if not top.has("cluster"):
        return Cluster()
    section = top.section("cluster")
    node = section.text("node", example="n1", pattern=_NODE)
    found = Cluster(
        node,
        _lease(section),
        _git(section, node),
        objects.read(section),
        section.flag("divided", False),
        _cells(section),
        _build(section),
        _relays(section),
    )
    if found.lease.etcd and not found.git.followers:
        fault = "`cluster` has a lease, but `git` names no followers: a machine that took over"
        section.fault("lease", f"{fault} would have nothing", "Add `git: {followers: [ssh://…]}`")
    elif found.git.followers and not found.lease.etcd:
        fault = "`cluster.git` names followers, but there is no `lease` that says whose the hub is"
        section.fault("git", fault, "Add `lease: {etcd: [http://127.0.0.1:2379]}`")
    if found.lease.etcd and not found.node and not section.has("node"):
        section.fault("lease", "`cluster.node` is missing", "Add `node: n1`, another on each")
    if found.divided:
        _check_divided(section, found)
    elif found.prefers:
        fault = "`cluster.prefers` names cells, but all cells of this hub go together"
        section.fault("prefers", fault, "Add `divided: true`, or take `prefers` out")
    section.close()
    return found


def _check_divided(section: Section, found: Cluster) -> None:
    """What it takes for cells to have owners of their own."""
    needs = "`cluster.divided` needs"
    if not found.git.names:
        fault, remedy = "the names of the other machines", "`followers: {n2: ssh://n2/srv/git}`"
        section.fault("divided", f"{needs} {fault}", f"Write {remedy}")
    if not found.git.own:
        fault = "`git: own`, the folder that others name here"
        section.fault("divided", f"{needs} {fault}", "Add `own: /srv/git` to `git`")
    if found.s3 is None or not found.s3.spool:
        fault = "`s3: spool`, where mail waits for machines that did not take it"
        section.fault("divided", f"{needs} {fault}", "Add `s3: {endpoint: …, spool: …}`")


def _cells(cluster: Section) -> tuple[int, ...]:
    words = cluster.words("prefers", pattern=_CELL, example="[0, 2]", most=1024)
    return tuple(sorted({int(one) for one in words}))


def _lease(cluster: Section) -> Lease:
    section = cluster.section("lease")
    example = "[https://n1.example:2379, https://n2.example:2379]"
    etcd = section.words("etcd", pattern=_ETCD, example=example, most=MOST)
    ttl = section.integer("ttl", TTL, low=2, high=60)
    if cluster.has("lease") and not section.has("etcd"):
        section.fault("etcd", "`cluster.lease.etcd` is missing", f"Add `etcd: {example}`")
    section.close()
    return Lease(tuple(one.rstrip("/") for one in etcd), ttl)


def _relays(cluster: Section) -> tuple[tuple[str, int], ...]:
    example = "[mta1.example:10026, mta2.example:10026]"
    words = cluster.words("relay", pattern=_RELAY, example=example, most=MOST)
    found = []
    for word in words:
        host, _, port = word.rpartition(":")
        if not 0 < int(port) < 65536:
            cluster.fault("relay", f"`cluster.relay`: {word!r} has no port", f"Write {example}")
        found.append((host.strip("[]").lower(), int(port)))
    if len(set(found)) < len(found):
        cluster.fault("relay", "`cluster.relay` names a mail server twice", "Name each once")
    return tuple(found)


def _build(cluster: Section) -> str:
    if not cluster.has("build"):
        return ""
    section = cluster.section("build")
    dask = section.text("dask", required=True, pattern=_DASK, example="tls://n9.example:8786")
    section.close()
    return dask


def _git(cluster: Section, node: str) -> Followers:
    section = cluster.section("git")
    example = "[ssh://git@n2.example/srv/git/, ssh://git@n3.example/srv/git/]"
    names = _named(section)
    here = names.pop(node, "")  # so the list may be the same on all machines
    words = (
        [*names.values()]
        if names or here
        else section.words("followers", pattern=_FOLLOWER, example=example, most=MOST)
    )
    followers = tuple(one.rstrip("/") for one in words)
    ack = section.integer("ack", 1, low=1, high=MOST)
    own = section.text("own", pattern=_FOLDER, example="/srv/git").rstrip("/")
    if followers and ack > len(followers):
        fault = f"`cluster.git.ack` is {ack}, and there are {len(followers)} followers"
        section.fault("ack", fault, f"Write `ack: {max(1, len(followers) // 2)}`")
    if own and own in {one.removeprefix("file://") for one in followers}:
        fault = f"`cluster.git.own` is {own}, which is among the followers"
        section.fault("own", fault, "Followers are on other machines: take it out there")
    section.close()
    return Followers(followers, ack, own, names, here)


def _named(git: Section) -> dict[str, str]:
    """Followers by the names of their machines, where they are written so."""
    if not isinstance(git.value("followers"), dict):
        return {}
    section, found = git.section("followers"), dict[str, str]()
    for name in section.values:
        said = section.text(name, pattern=_FOLLOWER, example="ssh://git@n2.example/srv/git/")
        if not _NODE.fullmatch(name):
            section.fault(name, f"`{name[:40]}` is no name of a machine", "Write it as its `node`")
        elif said:
            found[name] = said.rstrip("/")
    section.close()
    return found
