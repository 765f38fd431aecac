"""Which stages of a hub run, whether each still comes round, and how those ended that did not stay.

In `state/alive` each stage holds a file of its name, locked
(fcntl(2), record locks) as long as it lives: the kernel lets go of the lock however the stage ends,
and children do not inherit it. The file's time is when the stage last came round. The supervisor
notes in `ended.json` what ended without being asked. Nothing here says anything of people.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.foundation import clock, hooks, safeio
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a hub: what runs, as a process of its own, until it is asked to stop.

    `rank` is its place on the way of mail. `run` gets the hub and a function to call when it is
    ready. `module` is what brings along all that it uses, loaded once for all stages. `bell` gives
    the doorbell to ring after a commit, for those who wait for one. `is_long` says that one round
    may take an hour. `is_needed` says of a hub's folder whether the stage has anything to do there;
    it is asked again and again, and the stage begins once it is so. A stage that `rests` ends by
    itself, with code 0, while there is nothing for it to do; it is begun again and again to look,
    and counts as running all the while. `wakes` gives the doorbell that it waits at: it is begun
    when that rings, too. `looks` is how many seconds lie between two beginnings to look, where the
    supervisor's own pause is not right.
    """

    name: str
    rank: int
    run: Callable[[Config, Callable[[], None]], None]
    module: str
    bell: Callable[[Config], Ringer] | None = None
    is_long: bool = False
    is_needed: Callable[[Path], bool] = lambda _root: True
    rests: bool = False
    wakes: Callable[[Config], Bell] | None = None
    looks: float | None = None


class Ringer(Protocol):
    """What has a bell."""

    def ring(self) -> object:
        """Wakes whoever waits."""


class StagesHook(Protocol):
    """`stages.py` of a feature."""

    STAGES: Iterable[Stage]
    """Stages that the feature adds to a hub."""
    SETTLE: Callable[[Config, MailLog], None]
    """Does at once what a build that is asked for would otherwise find undone."""
    BEGIN_AGAIN: Mapping[str, Callable[[Config, str], None]]
    """Has a stage of the feature look at a conference from the beginning, by the stage's name."""
    OF_THIS_DISK: Iterable[str]
    """Consumers (git/cursor.py) whose results lie on the disk of one machine: where a hub has
    several, each is as far as it is."""
    SAMPLE_MAIL: Callable[[Config], None]
    """Sends the mail of a sample network, once all stages run."""


OWN = {"bridge": 10, "ingest": 20, "build": 40, "desk": 50, "deliver": 60, "web": 80}
"""The stages that every hub has, with their places on the way of mail."""


def beginnings() -> Mapping[str, Callable[[Config, str], None]]:
    """What has a stage of a feature look at a conference from the beginning, by the stage's
    name."""
    return hooks.table("stages", "BEGIN_AGAIN")


DIVIDED = ("ingest", "deliver")
"""The stages that each cell has its own of (cells.py)."""
OF_OWNERS = (*DIVIDED, "carry")
"""The same where each cell has an owner of its own."""
NODE = "node"
"""The stage that serves the web on a machine without cell 0; where that is, `web` does."""
CUT = "cut"
"""The stage that brings conferences to their cells then. It is the machine's, and not cell 0's,
which gets a new token meanwhile, and begins only where cell 0 is."""
OF_MACHINES = ("bridge", "build", NODE, "follow", CUT)
"""The stages of each machine then; all others are where cell 0 is."""
FOLLOWED = "followed"
"""A file beside the leases: this machine's copy has all repositories of the hub."""


def stages() -> tuple[str, ...]:
    """All that a hub of one cell consists of, in the order mail passes them."""
    ranks = OWN | {stage.name: stage.rank for stage in of_features()}
    return tuple(sorted(ranks, key=ranks.__getitem__))


def in_cells(root: Path, names: Iterable[str]) -> list[str]:
    """These stages of the hub in a folder, those that each cell has once for each."""
    count = cells.division_of(root).cells
    return [
        of_cell(name, cell) for name in names for cell in range(count if name in DIVIDED else 1)
    ]


def of_cell(name: str, cell: int) -> str:
    """What a stage of a cell is called: `ingest-3`; that of cell 0 as in a hub of one cell."""
    return f"{name}-{cell}" if cell else name


def parted(name: str) -> tuple[str, int]:
    """The stage and the cell that are meant by such a name."""
    stage, _, cell = name.rpartition("-")
    return (stage, int(cell)) if stage in OF_OWNERS and cell.isdigit() else (name, 0)


def of_hub(root: Path) -> list[str]:
    """The stages that have something to do in a hub's folder, on this machine."""
    here = lease.cells_here(root / "state")
    if here is not None:
        return [
            *of_machine(root),
            *(name for cell in sorted(here) for name in of_owner(root, cell)),
        ]
    return in_cells(root, [name for name in stages() if is_needed(name, root)])


def of_machine(root: Path) -> list[str]:
    """The stages of each machine, where each cell has an owner of its own. Mail is taken, and pages
    are made and served, once it is known what there is."""
    is_known = (root / "state" / lease.FOLDER / FOLLOWED).exists()
    return [name for name in OF_MACHINES if is_needed(name, root)] if is_known else ["follow"]


def of_owner(root: Path, cell: int) -> list[str]:
    """The stages of a cell there; those of the hub as a whole are with cell 0."""
    if cell:
        return [of_cell(name, cell) for name in OF_OWNERS]
    return [name for name in stages() if name not in OF_MACHINES and is_needed(name, root)]


def is_needed(name: str, root: Path) -> bool:
    """Whether a stage has anything to do in a hub's folder."""
    return all(stage.is_needed(root) for stage in of_features() if stage.name == name)


def _long() -> frozenset[str]:
    """Stages of which one round may take an hour."""
    return frozenset({"build", *(stage.name for stage in of_features() if stage.is_long)})


def of_features() -> tuple[Stage, ...]:
    """The stages that features add."""
    return tuple(stage for some in hooks.each("stages", "STAGES") for stage in some)


FALLING = 3
"""Ends soon after one another from which on a stage is said to keep ending."""
_LONG = 3600.0  # seconds that a build, a first mirror or many pictures may take
_SHORT = 300.0  # seconds that one round of any other stage takes at most, waiting for the DNS too
_FRESH = 300.0  # seconds that the end of a stage counts
_EVERY = 1.0  # seconds between two signs of life
_held: dict[Path, int] = {}


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of a stage: whether it runs, the seconds since it came round, and, when it
    ended without being asked lately, how often and with which code (negative: a signal).
    `is_long` says that one round of it may take an hour."""

    stage: str
    runs: bool
    idle: float = 0.0
    ends: int = 0
    code: int = 0

    @property
    def trouble(self) -> str | None:
        """What is wrong with it, in words without a name or an address; None when all is well."""
        how = f"killed by signal {-self.code}" if self.code < 0 else f"exit code {self.code}"
        if self.ends >= FALLING:
            return f"{self.stage} keeps ending ({how}, {self.ends} times); it is started again"
        if not self.runs:
            return f"{self.stage} does not run" + (f" ({how})" if self.ends else "")
        if self.idle > (_LONG if parted(self.stage)[0] in _long() else _SHORT):
            return f"{self.stage} has been at one piece of work for {int(self.idle / 60)} minutes"
        return None


class Pulse:
    """A stage's sign of life: taken by making it, kept until the process ends."""

    def __init__(self, state: Path, stage: str) -> None:
        path = _folder(state) / stage
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(self._fd, fcntl.LOCK_SH)  # shared: one that is started beside it runs, too
        _held[path] = os.getpid()
        self._last = 0.0
        self.beat()

    def beat(self) -> None:
        """Says that the stage has come round; as often as it likes, written once a second."""
        now = clock.timestamp()
        if not 0 <= now - self._last < _EVERY:
            self._last = now
            os.utime(self._fd, (now, now))

    def end(self) -> None:
        """The sign is gone, as if the process had ended."""
        os.close(self._fd)
        _held.pop(self._path, None)


def signs(state: Path) -> list[Sign]:
    """The stages of a hub that have something to do, in their order. Raises OSError when this user
    may not look."""
    ended = _ended(state)
    return [_sign(state, name, ended.get(name, {})) for name in of_hub(state.parent)]


def runs(state: Path, stage: str) -> bool:
    """Whether this stage runs. Raises OSError when this user may not look."""
    return _sign(state, stage, {}).runs


def begin(state: Path) -> None:
    """Forgets how stages ended before; for who starts them all."""
    (_folder(state) / "ended.json").unlink(missing_ok=True)


def note_end(state: Path, stage: str, code: int, times: int) -> None:
    """Writes down that a stage ended unasked, for the `times`-th time soon after its start."""
    row = {"code": code, "times": times, "at": clock.timestamp()}
    text = json.dumps(_ended(state) | {stage: row})
    with contextlib.suppress(OSError):  # a full disk is said elsewhere, and must not end the hub
        path = _folder(state) / "ended.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(path, text.encode("ascii"), durable=False)


def _sign(state: Path, stage: str, end: dict[str, Any]) -> Sign:
    path = _folder(state) / stage
    is_late = clock.timestamp() - float(end.get("at", 0.0)) < _FRESH
    ends = int(end.get("times", 1)) if end and is_late else 0
    code = int(end.get("code", 0))
    if _held.get(path) == os.getpid():  # to open and close it again would let go of the lock
        return Sign(stage, True, 0.0, ends, code)
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return Sign(stage, False, 0.0, ends, code)
    try:
        idle = max(0.0, clock.timestamp() - os.fstat(fd).st_mtime)
        try:
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # fcntl(2): EAGAIN or EACCES when it is held
            return Sign(stage, True, idle, ends, code)
        return Sign(stage, False, idle, ends, code)
    finally:
        os.close(fd)


def _ended(state: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads((_folder(state) / "ended.json").read_text("ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _folder(state: Path) -> Path:
    return state / "alive"
