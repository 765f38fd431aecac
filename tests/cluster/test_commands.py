"""A hub goes from one machine to three and back by the commands alone: real etcd, sshd and git on
three addresses of this machine, `solicomm` as people type it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import smtplib
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.cluster import etcd
from solicomm_build.foundation.hub.cluster.etcd import Etcd
from solicomm_build.git.repo import Repo
from solicomm_build.testing import mailservers, smallhub
from solicomm_build.testing.ports import free_ports
from tests.cluster import world as worlds
from tests.cluster.world import CONFERENCE, DOMAIN, ETCD, SHELL, SOLICOMM, SSHD

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (os.path.exists(ETCD) and os.path.exists(SSHD)) or os.geteuid() != 0,
        reason="no etcd or sshd: apt-get install etcd-server openssh-server; and root",
    ),
]
_PATIENCE = 120.0


@dataclass
class Machine:
    """One of three, at an address of its own."""

    number: int
    folder: Path
    ports: tuple[int, ...]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"n{self.number}"

    @property
    def host(self) -> str:
        return f"127.0.7.{self.number}"

    @property
    def root(self) -> Path:
        return self.folder / "hub"

    @property
    def words(self) -> list[str]:
        """What a command line begins with to run there: a host of its own name, whose disk for
        followers is where that of each of them is."""
        place = self.folder.parent / "git"
        line = f'hostname {self.name}; mount --bind {self.folder}/git {place} && exec "$@"'
        return ["unshare", "--mount", "--uts", "sh", "-c", line, "sh"]

    def log(self, what: str) -> str:
        return (self.folder / f"{what}.log").read_text()

    def start(self, what: str, *words: str) -> None:
        with open(self.folder / f"{what}.log", "ab") as out:
            self.processes[what] = subprocess.Popen(
                [*self.words, *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def end(self, what: str, number: int = signal.SIGTERM) -> None:
        process = self.processes.pop(what)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        process.wait()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        full = [*self.words, *SOLICOMM, *words, "--hub", str(self.root)]
        return subprocess.run(full, capture_output=True, text=True, check=False)

    def serve(self) -> None:
        smtp, http = self.ports[:2]
        where = ["--smtp", f"{self.host}:{smtp}", "--http", f"{self.host}:{http}"]
        self.start("serve", *SOLICOMM, "serve", "--hub", str(self.root), *where)

    def takes_mail(self, name: str) -> bool:
        raw = smallhub.mail(f"words {name}", msgid=f"<{name}@union.example>", subject=name)
        raw = raw.replace(b"bar@", f"{CONFERENCE}@".encode())
        try:
            with smtplib.SMTP(self.host, self.ports[0], timeout=8) as client:
                client.sendmail("ana@union.example", [f"{CONFERENCE}@{DOMAIN}"], raw)
        except OSError:
            return False
        return True

    def posts(self) -> int:
        path = self.root / f"content/conferences/{CONFERENCE}.git"
        if not path.is_dir():
            return 0
        said = Repo(path).git("ls-tree", "-r", "--name-only", "main").decode()
        return sum("/posts/" in line for line in said.splitlines())


def until(look: Callable[[], object], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not look():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Machine]]:
    """Three machines with etcd and sshd; the first has a hub."""
    ports = free_ports(5)
    made = [Machine(number, tmp_path / f"n{number}", tuple(ports)) for number in (1, 2, 3)]
    _, _, ssh, client, peer = ports
    (tmp_path / "git").mkdir()
    peers = ",".join(f"{one.name}=http://{one.host}:{peer}" for one in made)
    Path("/run/sshd").mkdir(exist_ok=True)
    for one in made:
        (one.folder / "git").mkdir(parents=True)
        worlds._keygen(one.folder / "host_key")
        (one.folder / "sshd_config").write_text(
            f"ListenAddress {one.host}\nPort {ssh}\nHostKey {one.folder}/host_key\nUsePAM no\n"
            f"AuthorizedKeysFile {one.folder}/allowed\nStrictModes no\nPasswordAuthentication no\n"
            f"PidFile none\nSetEnv HOME={one.folder}\nForceCommand {SHELL} {tmp_path}/git\n"
        )
        one.start("sshd", SSHD, "-D", "-f", str(one.folder / "sshd_config"))
        urls, own = f"http://{one.host}:{client}", f"http://{one.host}:{peer}"
        one.start(
            "etcd", ETCD, "--name", one.name, "--data-dir", str(one.folder / "etcd"),
            "--listen-peer-urls", own, "--initial-advertise-peer-urls", own,
            "--listen-client-urls", urls, "--advertise-client-urls", urls,
            "--initial-cluster", peers, "--log-level", "error",
        )  # fmt: skip
    founding.found_hub(made[0].root, name="Hub", domain=DOMAIN, sample=False)
    worlds.conference(mailservers.configure(made[0].root, "delivery: sink\n"), CONFERENCE)
    try:
        yield made
    finally:
        for one in made:
            for what in list(one.processes):
                one.end(what, signal.SIGKILL)


def begins(three: list[Machine]) -> subprocess.CompletedProcess[str]:
    first, client = three[0], three[0].ports[3]
    return first.run(
        "cluster", "init", *(f"{one.name}={one.host}" for one in three),
        "--folder", str(first.folder.parent / "git"), "--ssh-port", str(first.ports[2]),
        *(word for one in three for word in ("--etcd", f"http://{one.host}:{client}")),
    )  # fmt: skip


def joins(machine: Machine, name: str, *more: str) -> list[str]:
    tar = machine.folder.parent / "join.tar"
    words = ["cluster", "join", name, "--from", str(tar), *more, "--hub", str(machine.root)]
    return [*SOLICOMM, *words]


def refused(machine: Machine, name: str) -> tuple[int, str]:
    words = [*machine.words, *joins(machine, name, "--no-wait")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def well(machine: Machine) -> bool:
    """Whether all is well, as `status` says once etcd knows of three machines and an owner."""
    if whose(machine) is None or len(asked(machine).below(etcd.NODES)) < 3:
        return False
    done = machine.run("cluster", "status")
    return done.returncode == 0 and "Nothing is wrong" in done.stdout


def owner(machine: Machine) -> str:
    done = machine.run("cluster", "status", "--json")
    cells = json.loads(done.stdout)["cells"] if done.stdout.startswith("{") else None
    return str(cells[0]["owner"]) if cells else ""


def whose(machine: Machine) -> str | None:
    """Who has the hub, as the etcd of a machine says: for who asks again and again."""
    found = asked(machine).below(etcd.CELLS).get(etcd.owner_key(0))
    return found.value if found is not None else None


def asked(machine: Machine) -> Etcd:
    return Etcd([f"http://{machine.host}:{machine.ports[3]}"], machine.root)


def test_from_one_machine_to_three_and_back(three: list[Machine]) -> None:
    first, second, third = three
    until(lambda: "Type, as root" in begins(three).stdout, "etcd with a majority")
    before = (first.root / "hub.yaml").read_text()
    assert "cluster:" not in before
    allowed = (first.root / "private/keys/cluster.pub").read_text()
    for one in three:
        (one.folder / "allowed").write_text(allowed)
    shutil.copy(first.root / "state/cluster/join.tar", first.folder.parent)

    for machine, name, code, said in (
        (second, "n1", 64, "n1 is the machine that this comes from"),
        (second, "n9", 64, "names no machine n9"),
        (third, "n2", 78, "is another machine than this one"),
    ):
        found, words = refused(machine, name)
        assert (found, said in words) == (code, True), words
    second.start("join", *joins(second, "n2"))
    third.start("join", *joins(third, "n3"))
    for one in (second, third):
        until(lambda one=one: "can be written to" in one.log("join"), "a machine that joined")  # type: ignore[misc]

    done = begins(three)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not (first.root / "state/cluster/join.tar").exists()
    first.serve()
    for one in (second, third):
        until(lambda one=one: "has caught up" in one.log("join"), "a follower with everything")  # type: ignore[misc]
        one.serve()
    until(lambda: well(third), "three machines that are well")
    assert owner(second) == "n1"
    until(lambda: first.takes_mail("a"), "mail at n1")
    until(lambda: first.posts() == 1, "a post")

    done = first.run("cluster", "drain", "--to", "n2")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "n1 has no cell, and nothing waits here" in done.stdout
    until(lambda: second.takes_mail("b"), "mail at n2")
    until(lambda: second.posts() == 2, "both posts")

    second.end("serve", signal.SIGKILL)
    until(lambda: whose(third) in ("n1", "n3"), "a new owner")
    assert owner(third) in ("n1", "n3")
    done = third.run("cluster", "status")
    assert done.returncode == 75
    assert "FAULT: n2 is not there. Start it" in done.stdout
    second.serve()
    until(lambda: well(third), "three machines again")

    if owner(third) == "n3":
        done = third.run("cluster", "drain", "--to", "n1")
        assert done.returncode == 0, done.stdout + done.stderr
    until(lambda: first.takes_mail("c"), "mail at n1, which has taken everything over")
    until(lambda: first.posts() == 3, "the third post")
    done = first.run("cluster", "drain", "--alone")
    assert (done.returncode, "Stop it" in done.stderr) == (66, True), done.stderr
    for one in (second, third, first):
        one.end("serve")
    done = third.run("cluster", "drain", "--alone")
    assert done.returncode == 66, done.stdout + done.stderr
    done = first.run("cluster", "drain", "--alone")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (first.root / "hub.yaml").read_text() == before
    done = begins(three)
    assert (done.returncode, "count as newer" in done.stdout) == (78, True), done.stdout
    assert (first.root / "hub.yaml").read_text() == before
    first.serve()
    until(lambda: first.takes_mail("d"), "mail at n1 alone")
    until(lambda: first.posts() == 4, "all posts")
