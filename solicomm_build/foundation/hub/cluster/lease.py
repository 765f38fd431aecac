"""Whose the hub is just now, as far as this machine knows: `state/cluster/lease.json`, and
`lease-<n>.json` for cell n where each cell has an owner of its own. `owners.json` says of all cells
whose they are, as etcd said a moment ago.

The process that keeps the lease (cli/serving/candidate.py) writes the file, every other one of the
machine reads it before it moves a ref. It holds the token, a number that grows with each owner, and
until when the lease lasts by this machine's own clock since it started (CLOCK_BOOTTIME, which goes
on while the machine sleeps). That is for courtesy: who overlooks it is refused by the fence
(git/replica/moving.py), for which no clock counts.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import DeposedError
from solicomm_build.foundation.hub.config import Config

FOLDER = "cluster"
"""Below `state`."""
BEHIND = "behind"
"""Below that: an empty file for each repository that some place lacks a step of."""
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


def us(root: Path) -> str:
    """What tells a machine of this name from another one: its host, its start, and the folder."""
    return f"{socket.gethostname()} {boot()} {root}"


def path(config: Config, cell: int = 0) -> Path:
    """Where that of a cell is written."""
    return config.state / FOLDER / (f"lease-{cell}.json" if cell else "lease.json")


def write(config: Config, lease: Lease, cell: int = 0) -> None:
    """Says how it stands. Not durable: after a start of the machine it counts no more."""
    _put(path(config, cell), asdict(lease))


def begin(config: Config, cell: int) -> None:
    """Marks when this machine got a cell: just before `write`, from which on its stages fill spools
    of that cell themselves."""
    file = _begun(config, cell)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)


def begun(config: Config, cell: int) -> int | None:
    """The moment of that mark, by the clock of the disk (nanoseconds); None without one."""
    try:
        return _begun(config, cell).stat().st_mtime_ns
    except FileNotFoundError:
        return None


def read(config: Config, cell: int = 0) -> Lease | None:
    """What was said last; None when nothing was that can be read."""
    try:
        facts = json.loads(path(config, cell).read_bytes())
        return Lease(
            str(facts["node"]), int(facts["token"]), float(facts["until"]), str(facts["boot"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def end(config: Config, cell: int = 0) -> None:
    """Forgets it. Safe to call again."""
    path(config, cell).unlink(missing_ok=True)


def token(config: Config, cell: int = 0) -> int:
    """The token of the lease that lasts. Raises DeposedError when none does."""
    found = read(config, cell)
    if found is None or not found.holds:
        what = f"cell {cell}" if config.cluster.divided else "the hub"
        raise DeposedError(
            f"{config.cluster.node} does not have {what} just now. `solicomm cells` says who has "
            "it; do it there"
        )
    return found.token


def is_held(config: Config, cell: int) -> bool:
    """Whether this machine has a cell: where all go together, whether it has the hub."""
    found = read(config, cell if config.cluster.divided else 0)
    return found is not None and found.holds


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a cell is: the name of the machine, and its token; and what etcd said at that moment of
    how it is cut (cutting.py)."""

    node: str
    token: int
    cut: str = field(default="", compare=False)


def write_owners(config: Config, owners: Mapping[int, Owner]) -> None:
    """Says whose the cells are. Not durable."""
    _put(_owners(config.state), {str(cell): asdict(one) for cell, one in owners.items()})


def owners(config: Config) -> dict[int, Owner]:
    """Whose the cells were a moment ago; nobody's is none. Empty when nothing was said."""
    try:
        facts = json.loads(_owners(config.state).read_bytes())
        return {
            int(cell): Owner(str(one["node"]), int(one["token"]), str(one.get("cut", "")))
            for cell, one in facts.items()
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def known(config: Config) -> dict[int, Owner]:
    """Whose the cells are, as this machine knows: of all where each has an owner of its own, else
    of its own hub, which all cells are then."""
    if config.cluster.divided:
        return owners(config)
    found = read(config)
    return {0: Owner(found.node, found.token)} if found is not None and found.holds else {}


def behind(config: Config) -> int:
    """How many repositories some follower lacks a step of, as this machine has noted."""
    try:
        return len(os.listdir(config.state / FOLDER / BEHIND))
    except FileNotFoundError:
        return 0


def cells_here(state: Path) -> set[int] | None:
    """The cells that this machine has, where each has an owner of its own; else None."""
    if not _owners(state).exists():
        return None
    return {int(one.stem.partition("-")[2] or 0) for one in (state / FOLDER).glob("lease*.json")}


def forget_owners(config: Config) -> None:
    """All cells go together on this machine from now on. Safe to call again."""
    _owners(config.state).unlink(missing_ok=True)


def _owners(state: Path) -> Path:
    return state / FOLDER / "owners.json"


def _begun(config: Config, cell: int) -> Path:
    return config.state / FOLDER / f"begun-{cell}"


def _put(file: Path, facts: Mapping[str, object]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    octets = json.dumps(facts).encode("ascii") + b"\n"
    safeio.write_atomic(file, octets, durable=False, mode=0o600)
