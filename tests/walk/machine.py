"""A bare Debian that has booted with its own systemd, and what a person does in its shell.

It lives in namespaces: its network has one cable, which leads to the world of `tests/walk/world.py`
and nowhere else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "scripts" / "bare-debian"
PATIENCE = 300.0  # seconds for the slowest single block


def child_of(process: subprocess.Popen[bytes]) -> int:
    """The first process inside the namespaces that `unshare` made; waits until it is there."""
    place = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        unshared = Path(f"/proc/{process.pid}/comm").read_text() == "unshare\n"  # the script before
        if unshared and (children := place.read_text().split()):
            return int(children[0])
        time.sleep(0.05)
    raise TimeoutError("no namespaces were made")


@dataclass(frozen=True, slots=True)
class Said:
    """How a block ended and what was to be read."""

    code: int
    text: str


@dataclass
class Machine:
    """The one that the how-tos make a hub of."""

    root: Path
    cwd: str = "/root"
    _process: subprocess.Popen[bytes] | None = None
    pid: int = 0
    steps: int = field(default=0)

    def boot(self) -> None:
        """Returns when systemd says that it is up."""
        self._process = subprocess.Popen(
            [SCRIPT, "boot", self.root], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        self.pid = child_of(self._process)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if self.run("systemctl is-system-running").text.strip() in {"running", "degraded"}:
                return
            time.sleep(0.3)
        raise TimeoutError("systemd did not come up")

    def run(self, text: str, *, typed: str = "") -> Said:
        """Runs a block as root in a login shell, in the folder where the last block ended.

        Each line must end well, as a person would stop at the first that does not.
        """
        script = self.root / "root" / ".walk"
        script.write_text(f'cd "{self.cwd}"\nset -e\n{text}\npwd > ~/.walked\n')
        words = ["nsenter", "--target", str(self.pid), "--all", "--root", "--wd", "--"]
        words += ["/usr/bin/env", "-i", "HOME=/root", "TERM=dumb", "USER=root", "LANG=C.UTF-8"]
        words += [
            "DEBIAN_FRONTEND=noninteractive",
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin",
        ]
        words += ["/bin/bash", "-lc", ". ~/.walk"]
        done = subprocess.run(
            words,
            input=typed.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=PATIENCE,
            check=False,
            start_new_session=True,
        )
        walked = self.root / "root" / ".walked"
        if done.returncode == 0 and walked.exists():
            self.cwd = walked.read_text().strip()
        return Said(done.returncode, done.stdout.decode("utf-8", "replace"))

    def path(self, inside: str) -> Path:
        """Where a file of the machine lies outside of it."""
        return self.root / inside.replace("~", "root", 1).lstrip("/")

    def connect(self, world: int, *, six: bool = False) -> None:
        """Lays the cable between its network and that of the process `world`; for IPv6 alone when
        `six`."""
        here = ["nsenter", "--target", str(self.pid), "--net"]
        there = ["nsenter", "--target", str(world), "--net"]
        net, size = ("2001:db8::", "64 nodad") if six else ("192.0.2.", "24")
        cable = f"ip link add eth0 type veth peer name eth0 netns {world}"
        lines = [(here, cable), (here, f"ip addr add {net}25/{size} dev eth0")]
        lines += [(there, f"ip addr add {net}{one}/{size} dev eth0") for one in (1, 2, 3)]
        lines += [(there, "ip link set eth0 up"), (here, "ip link set eth0 up")]
        lines += [(here, f"ip {'-6 ' if six else ''}route add default via {net}1")]
        for where, line in lines:
            subprocess.run([*where, *line.split()], check=True)

    def stop(self) -> None:
        """Ends it, and with it all that runs in its namespaces."""
        if self._process is not None:
            os.kill(self.pid, signal.SIGKILL)
            self._process.wait(PATIENCE)
