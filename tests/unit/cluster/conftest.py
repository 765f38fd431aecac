"""Machines for tests: hubs in folders, each with followers in other folders, by git itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.cluster.settings import Cluster, Followers, Lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.reader import Reader
from solicomm_build.git.replica import machine
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once

WHEN = datetime(2026, 11, 28, tzinfo=UTC)
WATER = "content/conferences/water.git"


class Machine:
    """One of three: its hub, and its folder for the others."""

    def __init__(self, top: Path, node: str, others: tuple[str, ...], ack: int = 1) -> None:
        self.node, self.place = node, top / node / "git"
        self.place.mkdir(parents=True, exist_ok=True)
        root = top / node / "hub"
        said = Followers(tuple(str(top / one / "git") for one in others), ack, str(self.place))
        self.config = Config(
            root,
            "Hub",
            "hub.example.org",
            "https://hub.example.org",
            cluster=Cluster(node, Lease(("http://127.0.0.1:1",)), said),
        )
        for folder in ("content/conferences", "private", "spool/in", "state"):
            (root / folder).mkdir(parents=True, exist_ok=True)

    def holds(self, token: int, seconds: float = 600) -> None:
        """Gives it the lease, and no other: what etcd does."""
        until = lease.now() + seconds
        lease.write(self.config, lease.Lease(self.node, token, until, lease.boot()))

    def takes_over(self, token: int) -> int:
        self.holds(token)
        return machine.take_over(self.config)

    def acts(self) -> None:
        """Has this process be one of the machine's."""
        machine.join(self.config)

    def repo(self, name: str = WATER) -> Repo:
        return open_repo(self.config.root / name)

    def found(self, name: str = WATER) -> Repo:
        return create(self.config.root / name)

    def writes(self, word: str, name: str = WATER) -> Oid:
        self.acts()
        changes = [Change(f"{word}.md", word.encode())]
        return write_once(self.repo(name), changes, message=word, when=WHEN)

    def words(self, name: str = WATER) -> list[str]:
        """What was written, the newest first."""
        repo, found = self.repo(name), list[str]()
        at = repo.ref()
        with Reader(repo) as reader:
            while at is not None:
                octets = reader.commit(at)
                assert octets is not None, f"{name} lacks {at}"
                head, _, said = octets.decode().partition("\n\n")
                found.append(said.partition("\n")[0])
                before = [line[7:] for line in head.split("\n") if line.startswith("parent ")]
                at = Oid(before[0]) if before else None
        return found

    def at_place(self, name: str = WATER, ref: str = MAIN) -> Oid | None:
        path = self.place / name
        return refs.read(path, ref) if path.is_dir() else None

    def place_gone(self) -> None:
        self.place.rename(self.place.with_name("gone"))

    def place_back(self) -> None:
        self.place.with_name("gone").rename(self.place)

    def with_ack(self, ack: int) -> None:
        said = dataclasses.replace(self.config.cluster.git, ack=ack)
        self.config = dataclasses.replace(
            self.config, cluster=dataclasses.replace(self.config.cluster, git=said)
        )


def machines(top: Path) -> tuple[Machine, Machine, Machine]:
    """Three, whose folders are below this one."""
    names = ("n1", "n2", "n3")
    for name in names:
        (top / name / "git").mkdir(parents=True, exist_ok=True)
    one, two, other = (
        Machine(top, name, tuple(one for one in names if one != name)) for name in names
    )
    return one, two, other


@pytest.fixture
def three(tmp_path: Path) -> Iterator[tuple[Machine, Machine, Machine]]:
    yield machines(tmp_path)
    machine.leave()


@pytest.fixture(autouse=True)
def alone_again() -> Iterator[None]:
    """Whatever a test made of this process, the next one's hub is on one machine."""
    yield
    machine.leave()
