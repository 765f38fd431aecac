"""The same three machines where each cell has an owner of its own, and a store of objects beside.

n1 ═╗                      cell 0  the desk, pages, …
n2 ═╬═ switch ═══ store    each cell  a conference, called after its number
n3 ═╝
"""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import ClassVar

from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.courier import sink
from solicomm_build.features.founding import founding
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub import cells, hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.cells import dividing
from solicomm_build.testing import mailservers, namespaces, objectstores
from solicomm_build.testing.namespaces import Place
from solicomm_build.testing.objectstores import Store
from tests.cluster import world as worlds
from tests.cluster.world import DOMAIN, Host, World

CELLS = 4
STORE = "10.197.0.9"
MEMBERS = ("bo@union.example", "cleo@union.example")
_ID = re.compile(rb"(?mi)^Message-ID:\s*(<[^>]+>)")
PREFERS = {"n1": [0], "n2": [1], "n3": [2, 3]}


def conferences() -> list[str]:
    """One conference for each cell, by number of the cell; those of odd ones are in new cells when
    cells are doubled."""
    found: dict[int, str] = {}
    for number in range(200):
        name = f"c{number}"
        found.setdefault(cells.place(cells.CONFERENCES, name, 2 * CELLS), name)
    return [found[cell + cell % 2 * CELLS] for cell in range(CELLS)]


class Apart(World):
    """All of it. `store` answers on the switch; `wanted` is whose each cell is when all is well."""

    wanted: ClassVar = {cell: name for name, liked in PREFERS.items() for cell in liked}

    def __init__(self, folder: Path, places: dict[str, Place], store: Store) -> None:
        self.store = store
        super().__init__(folder, places)

    def _founded(self, root: Path) -> Config:
        founding.found_hub(root, name="Hub", domain=DOMAIN, sample=False)
        config = mailservers.configure(root, f"delivery: sink\ncells: {CELLS}\n")
        dividing.settle(config)
        for name in conferences():
            worlds.conference(config, name)
            for member in MEMBERS:
                done = CliRunner().invoke(main, ["member", "add", name, member, "--hub", str(root)])
                assert done.exit_code == 0, done.output
        keys.spool_key(config.keys)
        account = config.keys / "s3.key"
        account.touch(mode=0o600)
        account.write_text(f"{self.store.account.access} {self.store.account.secret}\n")
        return config

    def _cluster(self, host: Host) -> str:
        etcd = [f"http://{one.address}:2379" for one in self.hosts]
        others = {
            one.name: f"ssh://root@{one.address}{one.git}" for one in self.hosts if one is not host
        }
        port = self.store.s3.endpoint.rpartition(":")[2]
        return (
            f"cluster:\n  node: {host.name}\n  divided: true\n"
            f"  prefers: {PREFERS[host.name]}\n"
            f"  lease: {{etcd: {json.dumps(etcd)}, ttl: {worlds.TTL}}}\n"
            f"  git: {{followers: {json.dumps(others)}, own: {host.git}}}\n"
            f"  s3: {{endpoint: 'http://{STORE}:{port}', spool: {self.store.s3.spool}}}\n"
        )

    def begin(self) -> None:
        """Everything runs, and each cell is where its machine prefers it."""
        for host in self.hosts:
            self.etcd(host)
            self.sshd(host)
        self.serve(self.hosts[0])
        self.until(lambda: self.owners() == dict.fromkeys(range(CELLS), "n1"), "n1 with all cells")
        for host in self.hosts[1:]:
            self.serve(host)
        self.until(lambda: self.owners() == self.wanted, "cells where they are preferred", 120)
        for host in self.hosts:
            self.until(lambda host=host: worlds.takes_mail(host), f"mail at {host.name}")  # type: ignore[misc]

    def standing(self) -> list[dict[str, object]]:
        """What `solicomm cells --json` says, on the first machine that can."""
        for host in self.hosts:
            done = host.run("cells", "--json")
            if done.returncode == 0:
                return list(json.loads(done.stdout))
        return []

    def epochs(self) -> dict[object, object]:
        """How often each cell was given to somebody, or gave something away."""
        return {one["cell"]: one["epoch"] for one in self.standing()}

    def owners(self) -> dict[int, str]:
        """Whose each cell is."""
        return {int(str(one["cell"])): str(one["owner"]) for one in self.standing()}

    def taken(self, lost: Sequence[int], old: Host) -> float:
        """Waits until other machines have taken these cells over; the seconds since now."""
        began = time.monotonic()

        def count(cell: int) -> int:
            lines = [
                line for host in self.hosts if host is not old for line in host.log().splitlines()
            ]
            return sum(f"cell {cell}: " in line and "taken over in" in line for line in lines)

        before = {cell: count(cell) for cell in lost}
        self.until(lambda: all(count(cell) > before[cell] for cell in lost), "new owners")
        lasted = time.monotonic() - began
        print(f"\ncells {lost} taken over after {lasted:.1f} s", end="")
        return lasted

    def host(self, name: str) -> Host:
        return next(host for host in self.hosts if host.name == name)

    def copies(self) -> Counter[tuple[str, str]]:
        """How often each member got each message, by all machines."""
        found: Counter[tuple[str, str]] = Counter()
        for host in self.hosts:
            path = host.root / "spool" / "sink.mbox"
            for entry in sink.split_mbox(path.read_bytes() if path.exists() else b""):
                if named := _ID.search(entry):
                    found[sink.recipient_of(entry), named[1].decode()] += 1
        return found


def alone(host: Host, folder: Path) -> Config:
    """The hub of a machine as one that has no others, for what it would publish."""
    folder.mkdir()
    for name in ("content", "unions", "private"):
        if (host.root / name).exists():
            subprocess.run(["cp", "-a", host.root / name, folder / name], check=True)
    lines = (host.root / "hub.yaml").read_text()
    (folder / "hub.yaml").write_text(lines[: lines.index("cluster:")])
    return hubyaml.load(folder)


@contextlib.contextmanager
def apart(folder: Path) -> Iterator[Apart]:
    """Three machines where everything runs, until the block ends."""
    worlds.cables_gone()
    with namespaces.places(["1", "2", "3", "s", "x"]) as places:
        at = places["x"]
        with objectstores.seaweedfs(folder / "store", at.words, reached=at.address) as store:
            made = Apart(folder, places, store)
            made.plug(places["s"], at, STORE)
            with worlds.running(made):
                yield made
