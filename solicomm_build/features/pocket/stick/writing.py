"""Writes a stick: the hub's pages as files, its repositories as bundles, the signed list.

What is there already stays; so the second run costs what changed, and a run that was broken off,
by a stick pulled out or a machine without power, is gone on with.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from solicomm_build.builder import publish
from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.builder.carrying.putting import Made
from solicomm_build.features.pocket import carried, updating
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.sealed import gathering as inside
from solicomm_build.features.pocket.sealed import package as packing
from solicomm_build.features.pocket.sealed.package import Package
from solicomm_build.features.pocket.stick import about, bundles, room, sums
from solicomm_build.features.pocket.stick.about import About
from solicomm_build.features.pocket.stick.bundles import Bundled
from solicomm_build.features.pocket.updating import lists
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, SoliCommError, UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid

OUTBOX = "outbox"
"""Where whoever has only the stick puts letters for the next hub."""

_APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW

Progress = Callable[[str, int, int], None]
"""What is being done, and how far it is."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was written: files and octets, how many files are on the stick, and their octets;
    `opens` are the folder and the words of each package, by conference."""

    written: int
    removed: int
    carried: int
    files: int
    octets: int
    opens: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)


def write(
    config: Config,
    folder: Path,
    choice: Choice,
    *,
    size: int = 0,
    members: Sequence[str] = (),
    progress: Progress,
) -> Done:
    """Brings the stick in `folder` up to date. `size` is how many octets it may have, 0 what there
    is room for. `members` are conferences for members that come along sealed, each under words of
    its own. Raises UsageError for a folder that is none of ours, too small or cannot be
    written; nothing that was sound on it is harmed. Blocking."""
    _ours(folder)
    wished = tuple(dict.fromkeys(members))
    inside.look(config, wished)
    identity = identities.of(config)
    work = config.state / "pocket" / f"{choice.mark}.sealed"
    with (
        carried.alone(config, choice, "hub"),
        _packed(config, wished, work, progress) as packages,
    ):
        progress("making pages", 0, 0)
        small, wanted = carried.build(
            config, choice, "hub", {one.name: one.octets for one in packages}
        )
        sealed = {name: path for one in packages for name, path in one.files.items()}
        try:
            done = _write(
                config, small, wanted, folder, identity, choice.since, size, sealed, progress
            )
        except OSError as error:
            raise UsageError(could_not(folder, error)) from error
    opens = {one.conference: (f"{packing.FOLDER}/{one.name}", one.words) for one in packages}
    return replace(done, opens=opens)


@contextlib.contextmanager
def _packed(
    config: Config, conferences: Sequence[str], work: Path, progress: Progress
) -> Iterator[list[Package]]:
    """The packages of these conferences; their files lie in `work` until they are brought."""
    shutil.rmtree(work, ignore_errors=True)
    try:
        yield [
            packing.make(config, one, work, lambda done, of: progress("sealing topics", done, of))
            for one in conferences
        ]
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _write(
    config: Config,
    small: Config,
    wanted: Mapping[str, Oid],
    folder: Path,
    identity: identities.Identity,
    since: datetime | None,
    size: int,
    sealed: Mapping[str, Path],
    progress: Progress,
) -> Done:
    (folder / sums.OWN).mkdir(parents=True, exist_ok=True)
    (folder / OUTBOX).mkdir(exist_ok=True)
    listed = _listed(folder, identity)
    before = listed | sums.begun(folder)
    old = _about(folder, listed)
    if old is not None and old.hub != identity.id:
        raise UsageError(
            f"{folder} is a stick of {old.name} ({old.hub}), and stays so. Name a new folder"
        )
    progress("packing repositories", 0, 0)
    had = _sound(folder, before, old.repositories if old else {})
    now, packed = bundles.bring(small.root, wanted, had, small.state / "bundles")
    at = max(clock.now(), old.at) if old else clock.now()  # an older one would be refused
    said = About(
        identity.id, config.name, config.url, small.languages, at, now, since, identity.chain
    )
    if old is not None and replace(old, at=at) == said:
        said = old
    stays = {
        name: Made(before[name], (folder / name).stat().st_size)
        for one in now.values()
        for name in one.files
        if name not in packed
    }
    tree = bringing.Tree(small.public, config.url, small.state / "carried.sqlite", carried.left_out)
    packed = {**packed, **sealed}
    new = {name: path.stat().st_size for name, path in packed.items()}
    room.look(folder, tree, new, sum(made.octets for made in stays.values()), size)
    with _Journal(folder) as journal:
        done = bringing.bring(
            tree,
            folder,
            before,
            more={**packed, about.FILE: about.encode(said), updating.SCRIPT: updating.script()},
            stays=stays,
            written=journal.note,
            progress=lambda number, of: progress("writing files", number, of),
        )
    if done.written or done.removed:
        publish.sync(folder)
    sums.write(folder, {name: made.sha256 for name, made in done.files.items()}, identity)
    lists.keep(config, (folder / sums.SUMS).read_bytes())
    shutil.rmtree(small.state / "bundles", ignore_errors=True)
    return Done(done.written, done.removed, done.carried, len(done.files), done.octets)


class _Journal:
    """Notes each file that is in its place, for a run that goes on with this one. The file is there
    from the first change on: the list of before does not hold any more."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / sums.WRITING
        self._fd = -1

    def __enter__(self) -> _Journal:
        return self

    def note(self, name: str, sha256: str) -> None:
        """A file is in its place."""
        if self._fd < 0:
            self._fd = os.open(self._path, _APPENDED, 0o644)
        os.write(self._fd, f"{sha256}  {name}\n".encode())

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)


def _ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder")
    try:
        there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    except OSError as error:
        raise UsageError(could_not(folder, error)) from error
    foreign = {name for name in there if not name.startswith((".", "System Volume", "LOST"))}
    if foreign and sums.OWN not in foreign:
        raise UsageError(
            f"{folder} holds other things, and nothing of them shall be lost. Name a new folder, "
            f"such as {folder / 'hub'}"
        )


def _listed(folder: Path, identity: identities.Identity) -> dict[str, str]:
    """What lies on a stick: its list, where this hub has signed it; of one that somebody changed,
    or that was being written when the stick was pulled out, only what is so when it is read."""
    try:
        said = sums.read(folder)
    except ContentError:
        return {}  # a list that was damaged says nothing; all is compared by what it is
    try:
        if not said or sums.signer(folder) == identity.public:
            return said
    except ContentError:
        pass
    return sums.whole(folder, said)


def _about(folder: Path, listed: Mapping[str, str]) -> About | None:
    path = folder / about.FILE
    if sums.hashed(path) != listed.get(about.FILE, "-"):
        return None
    try:
        return about.decode(path.read_bytes())
    except SoliCommError:
        return None


def _sound(
    folder: Path, before: Mapping[str, str], had: Mapping[str, Bundled]
) -> dict[str, Bundled]:
    """The repositories on a stick whose bundles are all there."""
    return {
        path: one
        for path, one in had.items()
        if all(name in before and _octets(folder / name) for name in one.files)
    }


def _octets(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def could_not(folder: Path, error: OSError) -> str:
    """Why a stick could not be written, and what helps."""
    if error.errno == errno.EROFS:
        return f"{folder} cannot be written: it is locked, or mounted for reading alone. Unlock it"
    if error.errno in (errno.EACCES, errno.EPERM):
        return ownership.not_allowed(folder)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"{folder} is full. What was written stays; make room, take a larger stick, or choose "
            "a part"
        )
    if error.errno in (errno.EIO, errno.ENODEV, errno.ENOENT, errno.ENXIO):
        return (
            f"{folder} was pulled out, or is damaged. Put it in and run the same again: it goes on"
        )
    return (
        f"{folder} could not be written: {error.strerror or error}. Run the same again: it goes on"
    )
