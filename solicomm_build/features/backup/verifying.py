"""Shows that a backup is good: it is restored into a temporary folder, and looked at there."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.backup import moment
from solicomm_build.features.backup.errors import BackupError
from solicomm_build.foundation import scratch
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import refs
from solicomm_build.git.repo import Repo
from solicomm_build.people import grants
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.fsck import check

_ASIDE = "verify-"
_MAIN = "refs/heads/main"


@dataclass(frozen=True, slots=True)
class Looked:
    """What is in a backup that came back whole: repositories, posts, and people in the roster; how
    many repositories the hub has just so now, and the names of those that have changed since."""

    repositories: int
    posts: int
    people: int
    same: int
    changed: tuple[str, ...]


@contextlib.contextmanager
def aside(config: Config | None) -> Iterator[Path]:
    """A folder to restore into, which goes at the end: in the hub's `state/` where there is a hub,
    so that nobody else may look."""
    if config is None:
        with tempfile.TemporaryDirectory(prefix=_ASIDE, ignore_cleanup_errors=True) as made:
            yield Path(made)
        return
    clear(config)
    with scratch.folder(_parent(config), _ASIDE) as folder:
        yield folder


def clear(config: Config) -> None:
    """Takes away the folders of those that were cut off; what is looked at just now stays."""
    scratch.sweep(_parent(config), _ASIDE, bare=0.0)


def _parent(config: Config) -> Path:
    path = config.state / "backup"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def look(restored: Config, repositories: int, hub: Config | None) -> Looked:
    """Whether what was restored is sound; and how it stands to the hub where there is one. Raises
    BackupError with every fault."""
    found = {path.relative_to(restored.root) for path in moment.repositories_of(restored.root)}
    same, changed = _compared(restored, found, hub)
    with contextlib.suppress(SoliCommError):  # what hinders it, `check` names
        grants.settle(restored)  # a role that was given in the moment of the backup
    faults = [f"{one.where}: {one.fault}" for one in check(restored)]
    if len(found) != repositories:
        faults.append(f"it has {len(found)} repositories, and was made with {repositories}")
    if faults:
        raise BackupError("; ".join(faults) + ". Make a new one, and look at the disks of both")
    return Looked(len(found), _posts(restored), _people(restored), same, changed)


def _compared(
    restored: Config, found: set[Path], hub: Config | None
) -> tuple[int, tuple[str, ...]]:
    """How many repositories stand where the hub's stand now, tree for tree; which have moved."""
    if hub is None:
        return 0, ()
    same, changed = 0, []
    for inner in sorted(found):
        here = hub.root / inner
        if _tree(restored.root / inner) == _tree(here):
            same += 1
        else:
            changed.append(inner.as_posix())
    return same, tuple(changed)


def _tree(path: Path) -> bytes | None:
    """What main shows: the id of its tree."""
    if not (path / "HEAD").is_file() or refs.read(path, _MAIN) is None:
        return None
    return Repo(path).git("rev-parse", f"{_MAIN}^{{tree}}")


def _posts(config: Config) -> int:
    """How many files of posts the conferences show."""
    count = 0
    for path in sorted(config.conferences.glob("*.git")):
        if refs.read(path, _MAIN) is not None:
            names = Repo(path).git("ls-tree", "-r", "-z", "--name-only", _MAIN, "topics/")
            count += sum(b"/posts/" in one and one.endswith(b".md") for one in names.split(b"\0"))
    return count


def _people(config: Config) -> int:
    """How many people the roster knows."""
    store = RosterStore.of(config)
    try:
        return len(store.roster().members)
    finally:
        store.close()
