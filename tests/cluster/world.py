"""Three machines on one switch, each with an etcd, an sshd that is a follower, and `serve`.

      the test (senders of mail, who asks) ── a cable to each
n1 ═══╗
n2 ═══╬══ switch: etcd, ssh; this cable can be pulled
n3 ═══╝
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica import connections
from solicomm_build.git.repo import Repo
from solicomm_build.testing import mailservers, namespaces
from solicomm_build.testing.namespaces import Place

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
ETCD = shutil.which("etcd") or "/usr/bin/etcd"
SHELL = Path(__file__).parents[2] / "deploy" / "cluster" / "follower-shell"
SOLICOMM = [sys.executable, "-m", "solicomm_build.cli.main"]
TTL = 5
SMTP, HTTP = 8025, 8080
DOMAIN = "hub.example"
CONFERENCE = "water"
_PATIENCE = 60.0
_MOUNT = ["mount", "-t", "tmpfs", "-o", "size=96m", "disk"]


def missing() -> str:
    """What there is not; empty when all is there."""
    for program, package in ((ETCD, "etcd-server"), (SSHD, "openssh-server")):
        if not os.path.exists(program):
            return f"{program} is missing: apt-get install {package}"
    if reason := namespaces.missing():
        return reason
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*_MOUNT, folder], capture_output=True, check=False)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
            return ""
    return f"no disk can be mounted here: {done.stderr.decode().strip()[:200]}"


@dataclass
class Host:
    """One of the machines."""

    number: int
    place: Place
    folder: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    program: Sequence[str] = tuple(SOLICOMM)
    """What `solicomm` is there."""

    @property
    def name(self) -> str:
        return f"n{self.number}"

    @property
    def address(self) -> str:
        """On the switch."""
        return f"10.197.0.{self.number}"

    @property
    def root(self) -> Path:
        return self.folder / "hub"

    @property
    def config(self) -> Config:
        return hubyaml.load(self.root)

    @property
    def git(self) -> Path:
        return self.folder / "git"

    def log(self, what: str = "serve") -> str:
        path = self.folder / f"{what}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self, what: str, *words: str) -> None:
        """A program of this machine, in the background."""
        with open(self.folder / f"{what}.log", "ab") as out:
            self.processes[what] = subprocess.Popen(
                [*self.place.words, *words],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def run(self, *words: str, fault: str = "") -> subprocess.CompletedProcess[str]:
        """A command of `solicomm` here, to its end; with a fault to the point where it is
        killed."""
        full = [*self.place.words, *self.program, *words, "--hub", str(self.root)]
        given = {**os.environ, "SOLICOMM_FAULT": fault} if fault else None
        return subprocess.run(full, capture_output=True, text=True, check=False, env=given)

    def pids(self) -> list[int]:
        said = subprocess.run(
            ["ip", "netns", "pids", self.place.name], capture_output=True, text=True, check=True
        )
        return [int(one) for one in said.stdout.split()]

    def signal(self, number: int, what: Callable[[str], bool] = lambda _command: True) -> None:
        for pid in self.pids():
            with contextlib.suppress(OSError):
                if what(Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()):
                    os.kill(pid, number)

    def dies(self) -> None:
        """At once, as by a power cut; its cable is dead, too."""
        namespaces.pull(self.place, out=True)
        while self.pids():
            self.signal(signal.SIGKILL)
        for process in self.processes.values():
            process.wait()

    def main(self, repo: str = f"content/conferences/{CONFERENCE}.git") -> str:
        path = self.root / repo
        return str(Repo(path).ref() or "") if path.is_dir() else ""

    def posts(self, conference: str = CONFERENCE) -> Counter[str]:
        """The ids of all posts of a conference here, by commits that made them."""
        path = self.root / f"content/conferences/{conference}.git"
        said = Repo(path).git("log", "--format=", "--name-status", "--diff-filter=A", "main")
        made = [line.split("\t")[1] for line in said.decode().splitlines() if "/posts/" in line]
        return Counter(Path(one).stem for one in made)


class World:
    """All of it."""

    def __init__(self, folder: Path, places: dict[str, Place]) -> None:
        self.took: list[float] = []
        """Seconds of each take-over."""
        self.hosts = [
            Host(number, places[str(number)], folder / f"n{number}") for number in (1, 2, 3)
        ]
        self._wire(places["s"])
        for host in self.hosts:
            host.git.mkdir(parents=True)
        self._key(folder)
        self._hubs()

    def _wire(self, switch: Place) -> None:
        def ip(*words: str) -> None:
            subprocess.run(["ip", "-n", switch.name, *words], check=True, capture_output=True)

        ip("link", "add", "br0", "type", "bridge")
        ip("link", "set", "br0", "up")
        for host in self.hosts:
            self.plug(switch, host.place, host.address)

    def plug(self, switch: Place, place: Place, address: str) -> None:
        """A cable from the switch to a machine, which has this address on it."""

        def ip(name: str, *words: str) -> None:
            subprocess.run(["ip", "-n", name, *words], check=True, capture_output=True)

        port = f"port{address.rpartition('.')[2]}"
        there = ("type", "veth", "peer", "name", "cable", "netns", place.name)
        ip(switch.name, "link", "add", port, *there)
        ip(switch.name, "link", "set", port, "master", "br0")
        ip(switch.name, "link", "set", port, "up")
        ip(place.name, "addr", "add", f"{address}/24", "dev", "cable")
        ip(place.name, "link", "set", "cable", "up")

    def _key(self, folder: Path) -> None:
        self.key = folder / "key"
        _keygen(self.key)
        known: list[str] = []
        for host in self.hosts:
            own = host.folder / "host_key"
            _keygen(own)
            kind, public, *_ = own.with_suffix(".pub").read_text().split()
            known.append(f"{host.address} {kind} {public}\n")
            allowed = self.key.with_suffix(".pub").read_text()
            rule = f'restrict,command="{SHELL} {host.git}" {allowed}'
            (host.folder / "authorized_keys").write_text(rule)
            (host.folder / "sshd_config").write_text(
                f"ListenAddress {host.address}\nPort 22\nHostKey {own}\nUsePAM no\n"
                f"AuthorizedKeysFile {host.folder}/authorized_keys\nStrictModes no\n"
                f"PidFile {host.folder}/sshd.pid\nPasswordAuthentication no\n"
                f"SetEnv HOME={host.folder}\n"  # what the shell of root reads is not the machine's
            )
        self.known = "".join(known)

    def _hubs(self) -> None:
        first, *others = self.hosts
        config = self._founded(first.root)
        (config.keys / "cluster").write_bytes(self.key.read_bytes())
        (config.keys / "cluster").chmod(0o600)
        (config.keys / "cluster_known_hosts").write_text(self.known)
        plain = (first.root / "hub.yaml").read_text()
        for host in self.hosts:
            host.root.mkdir(exist_ok=True)
            (host.root / "hub.yaml").write_text(plain + self._cluster(host))
        for host in others:
            shutil.copytree(config.keys, host.root / "private" / "keys")
            (host.root / "private").chmod(0o700)

    def _founded(self, root: Path) -> Config:
        """The hub as the first machine has it, before there is any other."""
        founding.found_hub(root, name="Hub", domain=DOMAIN, sample=False)
        config = mailservers.configure(root, "delivery: sink\n")
        conference(config, CONFERENCE)
        return config

    def _cluster(self, host: Host) -> str:
        etcd = [f"http://{one.address}:2379" for one in self.hosts]
        others = [f"ssh://root@{one.address}{one.git}" for one in self.hosts if one is not host]
        return (
            f"cluster:\n  node: {host.name}\n"
            f"  lease: {{etcd: {json.dumps(etcd)}, ttl: {TTL}}}\n"
            f"  git: {{followers: {json.dumps(others)}, own: {host.git}}}\n"
        )

    # -- programs -------------------------------------------------------------------------------

    def etcd(self, host: Host, *, again: bool = False) -> None:
        peers = ",".join(f"{one.name}=http://{one.address}:2380" for one in self.hosts)
        host.start(
            "etcd", ETCD, "--name", host.name, "--data-dir", str(host.folder / "etcd"),
            "--listen-peer-urls", f"http://{host.address}:2380",
            "--initial-advertise-peer-urls", f"http://{host.address}:2380",
            "--listen-client-urls", f"http://{host.address}:2379",
            "--advertise-client-urls", f"http://{host.address}:2379",
            "--initial-cluster", peers, "--initial-cluster-state", "existing" if again else "new",
            "--heartbeat-interval", "100", "--election-timeout", "1000", "--log-level", "error",
        )  # fmt: skip

    def sshd(self, host: Host) -> None:
        Path("/run/sshd").mkdir(exist_ok=True)
        host.start("sshd", SSHD, "-D", "-f", str(host.folder / "sshd_config"))

    def serve(self, host: Host) -> None:
        http, smtp = f"0.0.0.0:{HTTP}", f"0.0.0.0:{SMTP}"
        words = ["serve", "--hub", str(host.root), "--http", http, "--smtp", smtp]
        host.start("serve", *host.program, *words)

    def begin(self) -> None:
        """Everything runs, and n1 has the hub."""
        for host in self.hosts:
            self.etcd(host)
            self.sshd(host)
        self.serve(self.hosts[0])
        self.until(lambda: self.owner() == "n1" and takes_mail(self.hosts[0]), "n1 with the hub")
        for host in self.hosts[1:]:
            self.serve(host)
        for host in self.hosts[1:]:
            self.until(lambda host=host: "stands by" in host.log(), f"{host.name} standing by")  # type: ignore[misc]

    def owner(self, asked: Host | None = None) -> str:
        """Whose cell 0 is, as `solicomm cells --json` says on a machine."""
        for host in [asked] if asked else self.hosts:
            done = host.run("cells", "--json")
            if done.returncode == 0:
                return str(json.loads(done.stdout)[0]["owner"])
        return ""

    def until(self, look: Callable[[], object], what: str, patience: float = _PATIENCE) -> float:
        """Waits until something is so; the seconds that it took. A look that takes long, such as a
        command, comes seldom: what is waited for needs the processors."""
        began = asked = time.monotonic()
        while not look():
            lasted = time.monotonic() - asked
            if time.monotonic() - began > patience:
                said = "\n".join(f"--- {one.name}\n{one.log()[-3000:]}" for one in self.hosts)
                raise TimeoutError(f"no {what}\n{said}")
            time.sleep(max(0.05, 2 * lasted))
            asked = time.monotonic()
        return time.monotonic() - began


def conference(config: Config, name: str) -> None:
    founding.new_conference(
        config, name, kind="conference", title=name.capitalize(), posting="open", lang="en",
        visibility="public",
    )  # fmt: skip


def takes_mail(host: Host) -> bool:
    try:
        with smtplib.SMTP(host.place.address, SMTP, timeout=2) as client:
            return client.noop()[0] == 250
    except OSError:
        return False


def _keygen(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "solicomm", "-f", str(path)]
    subprocess.run(words, check=True)


def cables_gone() -> None:
    """Waits for the kernel, which takes a namespace away only when its last process is gone."""
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        said = subprocess.run(["ip", "-br", "link"], capture_output=True, text=True, check=True)
        if f" t{os.getpid() % 10**7}" not in f" {said.stdout}".replace("\n", " "):
            return
        time.sleep(0.1)


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """Three machines where everything runs, until the block ends. What each has of the others is
    on a small disk of its own."""
    cables_gone()
    with namespaces.places(["1", "2", "3", "s"]) as places, contextlib.ExitStack() as end:
        made = World(folder, places)
        for host in made.hosts:
            subprocess.run([*_MOUNT, str(host.git)], check=True)
            end.callback(subprocess.run, ["umount", "--lazy", str(host.git)], check=True)
        with running(made):
            yield made


_Any = TypeVar("_Any", bound=World)


@contextlib.contextmanager
def running(made: _Any) -> Iterator[_Any]:
    """Has everything run in a world, until the block ends."""
    try:
        made.begin()
        yield made
    finally:
        for host in made.hosts:
            while host.pids():
                host.signal(signal.SIGKILL)
            for process in host.processes.values():
                process.wait()
            if sockets := connections.folder_of(host.config):
                shutil.rmtree(sockets)
