"""What conferences, libraries and unions were called before: `private/renamed.json`.

    {"renamed": [{"kind": "conferences", "old": "water", "new": "rivers", "at": …, "done": true}]}

Each renaming is a row, the oldest first, written before anything is done (`note`) and marked when
all of it is (`settle`). Old names lead to the new one for good, so nothing new may take one.
Foundation; imports safeio and errors. Asked wherever a name comes from outside, so reading costs a
look at the file's stamp.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError

FILE = "renamed.json"
_LOCK = "renamed.lock"
KINDS = ("conferences", "libraries", "unions")


@dataclass(frozen=True, slots=True)
class Renaming:
    """One renaming of a `kind`; `done` says that all that lay under the old name lies under the
    new one."""

    kind: str
    old: str
    new: str
    at: datetime
    done: bool = False


@dataclass
class Names:
    """What former names of conferences are called now, for who reads events in their order: events
    that say the old name are of the new one, also those before the renaming. `seen` are renamings
    that the events say; where these make other names than the events were read by (`is_stale`), all
    has to be read anew, by `renewed`."""

    now: Mapping[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)

    def take(self, old: str, new: str) -> None:
        """Takes a renaming. Raises ValueError when it is none."""
        if not old or not new or old == new:
            raise ValueError("no renaming")
        self.seen.append((old, new))

    @property
    def is_stale(self) -> bool:
        """Whether events were read by names that are not those of now."""
        return bool(self.seen) and called(self.seen) != self.now

    def renewed(self) -> Names:
        """Those of now."""
        return Names(called(self.seen))

    def of(self, name: str) -> tuple[str, ...]:
        """What a place is called, and what it was called before."""
        return (name, *sorted(old for old, new in self.now.items() if new == name))


def rows(private: Path) -> tuple[Renaming, ...]:
    """All renamings there were, the oldest first. Raises StoreError for a file that is none."""
    path = private / FILE
    try:
        found = path.stat()
    except OSError:
        return ()
    return _read(path, found.st_mtime_ns, found.st_size, found.st_ino)


def now(private: Path, kind: str) -> Mapping[str, str]:
    """What each former name of a kind is called now."""
    found = rows(private)
    return called((one.old, one.new) for one in found if one.kind == kind) if found else {}


def called(renamings: Iterable[tuple[str, str]]) -> dict[str, str]:
    """What each old name is called after these renamings, in their order. One that was taken back
    is no old name any more."""
    names: dict[str, str] = {}
    for old, new in renamings:
        names = {one: new if to == old else to for one, to in names.items()}
        names[old] = new
        names.pop(new, None)
    return names


def first(private: Path, kind: str) -> dict[str, str]:
    """What each place of a kind that was ever renamed was called first, by what it is called now:
    the same where it was taken back."""
    found: dict[str, str] = {}
    for one in rows(private):
        if one.kind == kind:
            found[one.new] = found.pop(one.old, one.old)
    return found


def then(renamed: Sequence[Renaming], kind: str, name: str, at: datetime) -> str:
    """What a place, by what it is called now, was called at a moment, after all `rows`."""
    for one in reversed(renamed):
        if one.kind == kind and one.new == name and one.at > at:
            name = one.old
    return name


def of(private: Path, kind: str, name: str) -> tuple[str, ...]:
    """The former names of a place, by name."""
    return tuple(sorted(old for old, new in now(private, kind).items() if new == name))


def current(private: Path, folder: Path, name: str) -> str:
    """What a place of a folder of repositories is called now: by its own name while it lies there,
    else by what that became."""
    names = now(private, folder.name)
    if name in names and not (folder / f"{name}.git").exists():
        return names[name]
    return name


def alone(private: Path) -> AbstractContextManager[bool]:
    """Within, nobody else renames, removes or brings back a place: of two at once, each would write
    down what it knew of before, and a name could lead to where nothing is."""
    return safeio.locked(private / _LOCK)


def note(private: Path, one: Renaming) -> None:
    """Writes a renaming down before it is done; durable on return."""
    _write(private, (*rows(private), one))


def settle(private: Path, one: Renaming) -> None:
    """Marks a renaming as done; durable on return."""
    found = rows(private)
    _write(private, tuple(replace(row, done=True) if row == one else row for row in found))


def _write(private: Path, found: tuple[Renaming, ...]) -> None:
    made = [{**asdict(one), "at": one.at.isoformat()} for one in found]
    blob = json.dumps({"renamed": made}, indent=1).encode() + b"\n"
    safeio.write_atomic(private / FILE, blob, mode=0o600)


@lru_cache(maxsize=4)
def _read(path: Path, _stamp: int, _size: int, _node: int) -> tuple[Renaming, ...]:
    try:
        return tuple(_decoded(json.loads(path.read_bytes())["renamed"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{path} does not say what was renamed. Bring it back from a backup; without it "
            "nothing is found by its old name"
        ) from error


def _decoded(made: list[dict[str, object]]) -> Iterator[Renaming]:
    for row in made:
        kind, old, new = (str(row[name]) for name in ("kind", "old", "new"))
        if kind not in KINDS:
            raise ValueError(kind)
        yield Renaming(kind, old, new, datetime.fromisoformat(str(row["at"])), bool(row["done"]))
