"""Cells: a hub cut into parts that each have a `mail.git`, a spool and stages of their own.

A conference, a library or a union's site belongs to one cell: `place` of its kind and id by the
number of cells, or the exception that `solicomm cells move` made of it. What is in force lies in
`private/cells.json` (docs/formats/cells.md), which is replaced as a whole; hub.yaml says how many
there shall be (post/store/dividing.py brings the two together). Without the file there is one cell,
0, whose folders are those of the hub. Cells are looked up at each use, since they change while
stages run: a `stat`, and the file again when it is another one.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config

FILE = "cells.json"
NEXT = "cells.next"
"""Beside it: what it shall be, for the moment in which other machines are told. A hub that others
have copies of writes nothing meanwhile (git/replica/moving.py)."""
CONFERENCES = "conferences"
MOST = 1024
"""More than a hub can have conferences worth a process each."""
KINDS = (CONFERENCES, "libraries", "unions")
"""What lies in a cell."""


@dataclass(frozen=True, slots=True)
class Division:
    """How a hub is cut: `cells` are in force, and names are divided among the first `named` of
    them, which are fewer only while the others are given up. `moved` has what lies elsewhere than
    its name says, as `<kind>/<id>`; of these `pinned` stay there, the others are on their way.
    `left` has the conferences of which something lies in cells that they have left. `epochs` counts
    how often a cell got or gave something away."""

    cells: int = 1
    named: int = 1
    moved: Mapping[str, int] = field(default_factory=dict)
    pinned: tuple[str, ...] = ()
    left: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    epochs: Mapping[int, int] = field(default_factory=dict)

    def cell_of(self, kind: str, name: str) -> int:
        """The cell that a place belongs to."""
        if self.cells == 1:
            return 0
        exception = self.moved.get(f"{kind}/{name}")
        return place(kind, name, self.named) if exception is None else exception

    def with_places(self, keys: Iterable[str], cell: int, *, pin: bool = False) -> Division:
        """The same with these, each `<kind>/<id>`, in a cell; with `pin` they stay there."""
        moved, pinned = dict(self.moved), set(self.pinned)
        for key in keys:
            moved.pop(key, None)
            kind, _, name = key.partition("/")
            if place(kind, name, self.named) != cell:
                moved[key] = cell
            if pin and key in moved:
                pinned.add(key)
        kept = tuple(sorted(pinned & moved.keys()))
        return replace(self, moved=moved, pinned=kept)

    @property
    def astray(self) -> dict[str, int]:
        """What is on its way to where its name says, and where it is now."""
        return {key: cell for key, cell in self.moved.items() if key not in self.pinned}


ONE = Division()
_Mark = tuple[int, int, int]
_known: dict[str, tuple[_Mark, Division]] = {}


def place(kind: str, name: str, cells: int) -> int:
    """Where a place belongs by its name alone: SHA-256 of `<kind>/<id>`, as a number, modulo the
    number of cells; so doubling them moves half of the places, each to one new cell."""
    digest = hashlib.sha256(f"{kind}/{name}".encode()).digest()
    return int.from_bytes(digest, "big") % cells


def division(config: Config) -> Division:
    """How the hub is cut now. Raises HubError when that cannot be read: what belongs where is not
    guessed."""
    return division_of(config.root)


def division_of(root: Path) -> Division:
    """The same of the hub in a folder."""
    path = f"{root}/private/{FILE}"  # asked for every message, and a Path takes longer
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return ONE
    mark = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
    known = _known.get(path)
    if known is None or known[0] != mark:
        known = _known[path] = (mark, _read(Path(path)))
    return known[1]


def write(config: Config, found: Division) -> None:
    """Puts another division in force, durable on return. Hold `changing`."""
    _put(config.private / FILE, found)


def announce(config: Config, found: Division) -> None:
    """Says what shall be in force next, durable on return: `enforce` puts it in force."""
    _put(config.private / NEXT, found)


def is_announced(config: Config) -> bool:
    """Whether something shall be in force that is not."""
    return os.path.exists(f"{config.root}/private/{NEXT}")


def announced(config: Config) -> Division | None:
    """What shall be in force next; None when nothing is announced any more. Raises HubError."""
    try:
        return _read(config.private / NEXT)
    except HubError:
        if is_announced(config):
            raise
        return None


def withdraw(config: Config) -> None:
    """Forgets what was announced. Safe to call again."""
    (config.private / NEXT).unlink(missing_ok=True)


def enforce(config: Config) -> None:
    """Puts in force what was announced, durable on return."""
    os.replace(config.private / NEXT, config.private / FILE)
    safeio.fsync_dir(config.private)


def _put(path: Path, found: Division) -> None:
    facts = asdict(found) | {"epochs": {str(key): one for key, one in found.epochs.items()}}
    octets = json.dumps(facts, indent=1, sort_keys=True).encode("ascii") + b"\n"
    safeio.write_atomic(path, octets, mode=0o600)


def cell_of(config: Config, kind: str, name: str) -> int:
    """The cell that a place belongs to now."""
    return division(config).cell_of(kind, name)


def at(config: Config, conference: str) -> Config:
    """The settings of the cell that a conference belongs to: its `mail_repo` has the mail."""
    return config.in_cell(cell_of(config, CONFERENCES, conference))


def every(config: Config) -> list[Config]:
    """The settings of each cell that is in force."""
    return [config.in_cell(cell) for cell in range(division(config).cells)]


def mail_repos(config: Config) -> list[Path]:
    """Each mail.git there is, those that are not in force included."""
    more = sorted(
        (config.private / "cells").glob("*/mail.git"), key=lambda one: int(one.parent.name)
    )
    return [config.in_cell(0).mail_repo, *more]


def given_up(config: Config) -> list[int]:
    """The cells that are in force no more, or not yet, and have a mail.git."""
    count, more = division(config).cells, mail_repos(config)[1:]
    return [cell for path in more if (cell := int(path.parent.name)) >= count]


def spools_in(config: Config) -> list[Path]:
    """The spool of each cell that has one, that of cell 0 first."""
    return _spools(config.in_cell(0).spool_in)


def spools_out(config: Config) -> list[Path]:
    """The same of what waits to go out."""
    return _spools(config.in_cell(0).spool_out)


def _spools(first: Path) -> list[Path]:
    more = first.parent.glob(f"{first.name}-*")
    return [first, *sorted(more, key=lambda one: (len(one.name), one.name))]


def of_repository(config: Config, git_dir: Path) -> int:
    """The cell that a repository belongs to: that of its conference, its own mail's, else 0."""
    parts = git_dir.relative_to(config.root).parts
    if parts[:2] == ("private", "cells") and len(parts) > 2 and parts[2].isdigit():
        return int(parts[2])
    if parts[:2] == ("content", CONFERENCES) and len(parts) > 2:
        return cell_of(config, CONFERENCES, parts[2].removesuffix(".git"))
    return 0


def of_spool(folder: Path) -> tuple[str, int]:
    """What is in a folder of the spool, and whose it is: `in` and 3 of `in-3`."""
    kind, _, cell = folder.name.partition("-")
    return (kind, int(cell)) if cell.isdigit() else (folder.name, 0)


_REMEDY = "It says where the mail of each conference lies: bring it back from a backup"


def _read(path: Path) -> Division:
    try:
        facts = json.loads(path.read_bytes())
        found = Division(
            int(facts["cells"]),
            int(facts["named"]),
            {str(key): int(cell) for key, cell in facts["moved"].items()},
            tuple(map(str, facts["pinned"])),
            {str(key): tuple(map(int, cells)) for key, cells in facts["left"].items()},
            {int(key): int(epoch) for key, epoch in facts["epochs"].items()},
        )
        is_one = all(0 <= cell < found.cells for cell in found.moved.values())
        if not (is_one and 1 <= found.named <= found.cells):
            raise ValueError("cells that are not there")
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise HubError(f"{path} cannot be read: {error}. {_REMEDY}") from error
    return found
