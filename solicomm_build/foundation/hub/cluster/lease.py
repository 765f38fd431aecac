"""Whose the hub is just now, as far as this machine knows: `state/cluster/lease.json`.

The process that keeps the lease (cli/serving/candidate.py) writes the file, every other one of the
machine reads it before it moves a ref. It holds the token, a number that grows with each owner, and
until when the lease lasts by this machine's own clock since it started (CLOCK_BOOTTIME, which goes
on while the machine sleeps). That is for courtesy: who overlooks it is refused by the fence
(git/replica/moving.py), for which no clock counts.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import DeposedError
from solicomm_build.foundation.hub.config import Config

FOLDER = "cluster"
"""Below `state`."""
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class Lease:
    """Who has the hub: the token, and the time of `now` at which the lease ends. `boot` says which
    start of the machine that clock counts from."""

    node: str
    token: int
    until: float
    boot: str = ""

    @property
    def holds(self) -> bool:
        """Whether it lasts still."""
        return self.boot == boot() and now() < self.until


def now() -> float:
    """Seconds since this machine started, those that it slept included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot() -> str:
    """Which start of the machine this is."""
    try:
        return _BOOT.read_text("ascii").strip()
    except OSError:
        return ""


def path(config: Config) -> Path:
    """Where it is written."""
    return config.state / FOLDER / "lease.json"


def write(config: Config, lease: Lease) -> None:
    """Says how it stands. Not durable: after a start of the machine it counts no more."""
    file = path(config)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    octets = json.dumps(asdict(lease)).encode("ascii") + b"\n"
    safeio.write_atomic(file, octets, durable=False, mode=0o600)


def read(config: Config) -> Lease | None:
    """What was said last; None when nothing was that can be read."""
    try:
        facts = json.loads(path(config).read_bytes())
        return Lease(
            str(facts["node"]), int(facts["token"]), float(facts["until"]), str(facts["boot"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end(config: Config) -> None:
    """Forgets it. Safe to call again."""
    path(config).unlink(missing_ok=True)


def token(config: Config) -> int:
    """The token of the lease that lasts. Raises DeposedError when none does."""
    found = read(config)
    if found is None or not found.holds:
        raise DeposedError(
            f"{config.cluster.node} does not have the hub just now. `solicomm cells` says who has "
            "it; do it there"
        )
    return found.token
