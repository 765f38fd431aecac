"""The machine and its world while setup runs, and the power that goes."""

from __future__ import annotations

import contextlib
import re
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.operate import foreign
from tests.operate.router import Router
from tests.walk.machine import Machine
from tests.walk.step import Walk
from tests.walk.world import PROVIDER, World

ANSWERS = """\
domain: hub.example.org
name: Workers' hub
operator: you@elsewhere.example
unions: [docks.example.org]
web: {server: SERVER, name: www.hub.example.org}
backup: /var/backups/solicomm
acme: https://acme.example:14000/dir
"""
_RELAY = f"""\
relay: {{host: {PROVIDER}, port: 587, user: {foreign.USER}, password-file: /etc/relay-password}}
"""
_TRUST = """\
apt-get install -y -q ca-certificates curl > /dev/null
install -m 644 ~/roots.pem /usr/local/share/ca-certificates/world.crt
install -m 644 ~/server.pem /usr/local/share/ca-certificates/acme.crt
update-ca-certificates > /dev/null
"""
_INSTALL = """\
apt-get install -y -q git make python3 python3-venv > /dev/null
git clone -q git://@SERVER@/source.git /usr/local/lib/solicomm
make -s -C /usr/local/lib/solicomm setup
"""
SETUP = "/usr/local/lib/solicomm/.venv/bin/solicomm setup --answers ~/answers.yaml --wait 5"
_LONGEST = 600.0  # seconds for all of setup


@dataclass
class Setting(Walk):
    """A walk with one command."""

    server: str = "caddy"
    kind: str = "plain"
    router: Router | None = None
    seconds: float = 0.0
    steps: dict[str, float] = field(default_factory=dict)

    def __init__(
        self, machine: Machine, world: World, server: str, kind: str, *, stays: bool
    ) -> None:
        super().__init__(machine, world, stays=stays)
        self.server, self.kind, self.seconds, self.steps = server, kind, 0.0, {}
        self.router = Router() if kind == "home" else None

    def step(self, prove: Callable[[Setting], None]) -> None:
        """One proof; what it does not get is a fault."""
        self.page = (prove.__doc__ or "").partition("\n")[0]
        print(self.page, flush=True)
        try:
            prove(self)
        except Exception as error:
            self.expect(False, repr(error))

    def begin(self) -> None:
        """Switches on machine and world."""
        self.page = "before"
        self.world.begin()
        self.switch_on()
        self.world.serve()
        self.machine.path("~/roots.pem").write_text(self.world.roots())
        self.machine.path("~/server.pem").write_text(self.world.server_certificate())
        foreign.begin(self.world)
        answers = ANSWERS.replace("SERVER", self.server)
        if self.router is not None:
            answers += f"addresses: [{self.world.machine}]\n{_RELAY}"
            self.machine.path("/etc/relay-password").write_text(f"{foreign.SECRET}\n")
        self.machine.path("~/answers.yaml").write_text(answers)
        self.must(_TRUST, "whom people trust")

    def switch_on(self) -> None:
        """Boots the machine and lays the cable."""
        self.machine.boot()
        if self.router is not None:
            self.router.connect(self.machine.pid, self.world.pid)
        else:
            self.machine.connect(self.world.pid, six=self.world.six)
        self.machine.path("/etc/resolv.conf").write_text(f"nameserver {self.world.address}\n")

    def install(self) -> None:
        """The program, as the how-to says."""
        begun = time.monotonic()
        self.must(_INSTALL.replace("@SERVER@", self.world.server), "installing")
        print(f"installed in {time.monotonic() - begun:.0f} s", flush=True)

    def set_up(self, cuts: Sequence[str]) -> None:
        """Runs setup until it ends well; at each of `cuts` the power goes once."""
        self.page, left = "setup", list(cuts)
        threading.Thread(target=self._publishes, daemon=True).start()
        begun = time.monotonic()
        while True:
            code, text = self._runs(left)
            if code is None:
                self.machine.stop()
                self._unplugged()
                self.switch_on()
                continue
            self.seconds = time.monotonic() - begun
            self.expect(code == 0, f"setup ended with {code}:\n{text[-3000:]}")
            self.expect(not left, f"the power was never cut at {left}")
            print(f"set up in {self.seconds:.0f} s with {len(cuts)} cuts", flush=True)
            return

    def _runs(self, cuts: list[str]) -> tuple[int | None, str]:
        """One run: how it ended and what it said; None when the power was cut in it."""
        words = ["nsenter", "--target", str(self.machine.pid), "--all", "--root", "--wd", "--"]
        words += ["/usr/bin/env", "-i", "HOME=/root", "LANG=C.UTF-8", "PYTHONUNBUFFERED=1"]
        words += ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "bash", "-lc", SETUP]
        said = list[str]()
        with subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            assert running.stdout is not None
            for line in running.stdout:
                said.append(line)
                print(f"  {time.monotonic() % 10000:.1f} {line}", end="", flush=True)
                named = re.match(r" *\d+/\d+ ([a-z-]+): (?!proved|is so)", line)
                if named and named[1] in cuts:  # their order is another with each web server
                    cuts.remove(named[1])
                    time.sleep(_MIDST.get(named[1], 0.3))
                    print(f"  the power is cut in {named[1]}", flush=True)
                    return None, ""
        return running.returncode, "".join(said)

    def _unplugged(self) -> None:
        """What a machine forgets with its power."""
        for name in ("~/.walk", "~/.walked"):
            self.machine.path(name).unlink(missing_ok=True)
        self.machine.cwd = "/root"

    def _publishes(self) -> None:
        """The person who copies the records, as soon as they are there; once more where the cable
        was out meanwhile."""
        zone = self.machine.path("/etc/solicomm/zone.txt")
        ends = time.monotonic() + _LONGEST
        while time.monotonic() < ends:
            time.sleep(0.5)
            if (text := _text(zone)) and "SRV" in text:
                with contextlib.suppress(RuntimeError):
                    self.world.publish(text)
                    return


_MIDST = {"packages": 6.0, "hub": 0.4, "records": 0.5, "postfix": 1.0, "service": 1.0, "web": 1.0}
"""Seconds from the beginning of a step into the midst of it, roughly."""


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
