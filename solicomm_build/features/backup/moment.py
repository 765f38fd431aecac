"""What belongs into a backup, as it was at one moment of a hub that goes on working.

    spool/ in, desk, bounces   ─┐
    refs of every repository   ─┼─ looked at twice, until nothing moved between: one moment
    spool/out                  ─┘
    then: objects of git, SQLite files, all else

**Order.** Mail leaves `spool/in` last, after it is committed, so what is looked at first is where
mail comes from: what ingest takes away afterwards is still in the copy, and taking it once more
changes nothing. Where refs do not come to rest (a hub under load), that order alone holds: a mail
may then be there twice until ingest has seen it, and none is missing. `spool/out` comes after the
refs: a cursor of the copy never stands behind copies that the courier had yet to write.

Refs are read before objects: objects are written before a ref leads to them, and never change, so
each ref of the copy finds its own. `repack` takes some away after their octets are in another pack,
so folders of single objects are looked at before packs, and what is gone when it is read has it
begun again (`Moved`). So does a place that came, went or was renamed since its refs were read, and
an erasure that took away what they lead to.

Files of a spool have their name when they are whole, and go when they are dealt with: they are held
by a hard link in `state/backup/` (a copy on another disk). SQLite files are copied by SQLite. Where
a file went before it was read, all that is new is held by links the next time: in a hub that is in
use something goes all the time, such as a mail that somebody opens by IMAP, and a first backup
takes hours.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from solicomm_build.features.backup.errors import BackupError
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo

LEFT_OUT = ("state", "mta", "public", "previews", "mirrors")
"""Folders of a hub that are made again from the rest."""
VIEW = "view"
"""Beside what is held: the hub as restic is shown it."""
_BEFORE = ("in", "desk", "bounces")
_TRIES = 20
_SQLITE = b"SQLite format 3\0"
_OID = re.compile(rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")


class Moved(Exception):
    """A file of git went while it was looked at: begin again."""


@dataclass(frozen=True, slots=True)
class File:
    """One file: its place in the hub, where its octets lie now, and what the original was: `stamp`
    is the same as long as nobody changed it. Octets of git's objects never change."""

    path: str
    source: Path
    mode: int
    mtime_ns: int
    stamp: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """All of a hub. `at_rest` says that nothing moved while it was looked at."""

    folders: tuple[tuple[str, int], ...]
    files: tuple[File, ...]
    links: tuple[tuple[str, str], ...]
    at_rest: bool


Wanted = Callable[[File], bool]
"""Which files shall stay until the backup is whole."""


def nothing(_file: File) -> bool:
    """No other file than those of spools."""
    return False


def everything(_file: File) -> bool:
    """Each file."""
    return True


@dataclass(slots=True)
class _Held:
    """What was taken aside so that it stays: place in the hub → the file that has it."""

    folder: Path
    wanted: Wanted = nothing
    count: int = 0
    files: dict[str, File] = field(default_factory=dict)

    def kept(self, file: File) -> File:
        """The same file, held by a link where that is wanted and can be: else, as on another disk,
        it is read where it lies. Raises Moved when it has just gone."""
        if not self.wanted(file):
            return file
        here = self._next()
        try:
            os.link(file.source, here, follow_symlinks=False)
        except FileNotFoundError as error:
            raise Moved from error
        except OSError:
            return file
        return replace(file, source=here)

    def link(self, config: Config, path: Path) -> None:
        """Holds a file that may be taken away; what is gone already is not held."""
        name = path.relative_to(config.root).as_posix()
        if name in self.files:
            return
        here = self._next()
        with contextlib.suppress(FileNotFoundError):
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode):
                return
            try:
                os.link(path, here, follow_symlinks=False)
            except OSError:
                shutil.copyfile(path, here)
            self.files[name] = _file(name, here, found)

    def octets(self, config: Config, path: Path, content: bytes) -> None:
        """Holds what was read of a small file."""
        here = self._next()
        here.write_bytes(content)
        self._keep(config, path, here)

    def database(self, config: Config, path: Path) -> None:
        """Holds a SQLite file as of one transaction."""
        here = self._next()
        try:
            with (
                contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db,
                contextlib.closing(sqlite3.connect(here)) as copy,
            ):
                db.backup(copy)
        except sqlite3.Error as error:
            raise BackupError(
                f"{path}: {error}. If it is damaged, `solicomm fsck` says what to do"
            ) from error
        self._keep(config, path, here)

    def _keep(self, config: Config, path: Path, here: Path) -> None:
        """Gives a copy the mode and the time of what it is a copy of."""
        name = path.relative_to(config.root).as_posix()
        try:
            found = path.stat()
        except FileNotFoundError as error:  # packed meanwhile
            raise Moved from error
        mode = stat.S_IMODE(found.st_mode)
        here.chmod(mode)
        os.utime(here, ns=(found.st_mtime_ns, found.st_mtime_ns))
        self.files[name] = File(name, here, mode, found.st_mtime_ns, ())

    def _next(self) -> Path:
        self.count += 1
        return self.folder / f"{self.count:08d}"


@contextlib.contextmanager
def of_hub(config: Config, wanted: Wanted = nothing) -> Iterator[Moment]:
    """The hub at one moment; one at a time, so a second backup waits for the first, which may go to
    another place. What is held, `wanted` included, goes at the end. Raises Moved, BackupError."""
    folder = _held(config)
    with safeio.locked(folder.with_name(".lock")):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield _taken(config, _Held(folder, wanted))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def clear(config: Config) -> None:
    """Takes away what a backup held that was cut off; nothing while one is at work."""
    folder = _held(config)
    with safeio.locked(folder.with_name(".lock"), blocking=False) as is_free:
        for left in (folder, folder.with_name(VIEW)) if is_free else ():
            shutil.rmtree(left, ignore_errors=True)


def _held(config: Config) -> Path:
    return config.state / "backup" / "held"


def _taken(config: Config, held: _Held) -> Moment:
    at_rest, refs = _hold_still(config, held)
    folders: dict[str, int] = {}
    files: dict[str, File] = {}
    links: list[tuple[str, str]] = []
    repositories: set[Path] = set()
    for path, found in _below(config.root):
        name = path.relative_to(config.root).as_posix()
        if name.split("/")[0] == "spool" and stat.S_ISREG(found.st_mode):
            continue
        if stat.S_ISDIR(found.st_mode):
            folders[name] = stat.S_IMODE(found.st_mode)
            if _is_repository(path):
                repositories.add(path)
        elif stat.S_ISLNK(found.st_mode):
            links.append((name, os.readlink(path)))
        elif not stat.S_ISREG(found.st_mode) or name in held.files or _is_ref(path, config.root):
            continue
        elif path.suffix == ".sqlite" and _begins(path) == _SQLITE:
            held.database(config, path)
        else:
            files[name] = held.kept(_file(name, path, found))
    _insist(refs, repositories)
    files |= held.files
    for name in held.files:  # its folder may be gone by now, as that of the last branch in it
        for parent in reversed(PurePosixPath(name).parents[:-1]):
            folders.setdefault(parent.as_posix(), 0o700)
    every = tuple(files[name] for name in sorted(files))
    return Moment(tuple(folders.items()), every, tuple(links), at_rest)


def _insist(refs: dict[Path, bytes], repositories: set[Path]) -> None:
    """Raises Moved where the repositories are not those whose refs were read, or what these lead
    to was erased since: what was listed is not theirs."""
    if {path for path in refs if path.name == "HEAD"} != {one / "HEAD" for one in repositories}:
        raise Moved
    moved: dict[Path, list[bytes]] = {}
    for path, octets in refs.items():
        repo = next((one for one in path.parents if one in repositories), None)
        if repo is not None and _octets(path) != octets:
            moved.setdefault(repo, []).append(octets)
    for repo, before in moved.items():
        wanted = b"\n".join(sorted({*_OID.findall(b"\n".join(before))}))
        try:
            told = Repo(repo).git("cat-file", "--batch-check", input=wanted + b"\n")
        except StoreError as error:  # it went in this moment
            raise Moved from error
        if wanted and b" missing\n" in told:
            raise Moved


def _octets(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _hold_still(config: Config, held: _Held) -> tuple[bool, dict[Path, bytes]]:
    """Holds spools and refs as of one moment; whether there was one, and the refs."""
    refs: dict[Path, bytes] = {}
    for _ in range(_TRIES):
        repositories = list(repositories_of(config.root))
        held.files.clear()
        _spools(config, held, _BEFORE)
        before = set(held.files)
        refs = _refs(repositories) | _division(config)
        _spools(config, held, None)
        for path, content in refs.items():
            held.octets(config, path, content)
        now = _names(config, _BEFORE)
        if now == before and _refs(repositories) | _division(config) == refs:
            return True, refs
    return False, refs


def _spools(config: Config, held: _Held, which: tuple[str, ...] | None) -> None:
    """Holds what waits in these folders of the spool, or in all others."""
    for path in _waiting(config, which):
        held.link(config, path)


def _names(config: Config, which: tuple[str, ...]) -> set[str]:
    return {path.relative_to(config.root).as_posix() for path in _waiting(config, which)}


def _waiting(config: Config, which: tuple[str, ...] | None) -> Iterator[Path]:
    spool = config.root / "spool"
    for path, found in _below(spool):
        part = path.relative_to(spool).parts[0]
        if stat.S_ISREG(found.st_mode) and (_of_cell_0(part) in (which or _BEFORE)) == bool(which):
            yield path


def _of_cell_0(folder: str) -> str:
    """What a folder of the spool is called in cell 0: `in` for `in-3`."""
    return "in" if folder.startswith("in-") else folder


def repositories_of(root: Path) -> Iterator[Path]:
    """Every repository of a hub that is backed up."""
    for path, found in _below(root):
        if stat.S_ISDIR(found.st_mode) and _is_repository(path):
            yield path


def _is_repository(folder: Path) -> bool:
    return folder.suffix == ".git" and (folder / "HEAD").is_file()


def _division(config: Config) -> dict[Path, bytes]:
    """What says which mail.git has whose mail: it changes with refs."""
    path = config.private / cells.FILE
    try:
        return {path: path.read_bytes()}
    except FileNotFoundError:
        return {}


def _refs(repositories: list[Path]) -> dict[Path, bytes]:
    """The octets of HEAD, loose refs and packed ones, in the order in which git moves a ref from
    the second to the third."""
    found: dict[Path, bytes] = {}
    for repo in repositories:
        loose = [repo / "HEAD"]
        for folder, _, names in os.walk(repo / "refs"):
            loose += [Path(folder, name) for name in names if not name.endswith(".lock")]
        for path in (*loose, repo / "packed-refs"):
            with contextlib.suppress(FileNotFoundError):
                found[path] = path.read_bytes()
    return found


def _is_ref(path: Path, root: Path) -> bool:
    """Whether a file is one that `_refs` reads: it came later, and is not of the moment."""
    repo = next((one for one in path.parents if one.suffix == ".git" and root in one.parents), None)
    if repo is None:
        return False
    inner = path.relative_to(repo).parts
    return inner[0] == "refs" or inner in (("HEAD",), ("packed-refs",))


def _below(top: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Everything that belongs into a backup, folders before what is in them, by name: those of
    single objects of git before `pack`."""
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda one: one.name)
        except FileNotFoundError:
            continue
        inner: list[Path] = []
        is_of_git = any(part.endswith(".git") for part in folder.relative_to(top).parts)
        for entry in entries:
            if folder == top and entry.name in LEFT_OUT:
                continue
            with contextlib.suppress(FileNotFoundError):
                found = entry.stat(follow_symlinks=False)
                is_folder = stat.S_ISDIR(found.st_mode)
                if _is_passing(entry.name, is_folder=is_folder, is_of_git=is_of_git):
                    continue
                yield Path(entry.path), found
                if is_folder:
                    inner.append(Path(entry.path))
        waiting += reversed(inner)


def _is_passing(name: str, *, is_folder: bool, is_of_git: bool) -> bool:
    """Whether it is a lock, a turn, half written, how the hub is cut next (cells.py), or where mail
    went out from (courier/home.py): a restored hub mails nobody. Of folders only what git has half
    received: those of a Maildir have names that people give, such as `.home` and `.tmp`, and so
    have scripts of Sieve."""
    if is_of_git and name.startswith("tmp_"):
        return True
    if is_folder:
        return False
    return (
        name.endswith((".lock", ".sqlite-wal", ".sqlite-shm", ".sqlite-journal"))
        or (name.startswith(".") and name.endswith(".tmp"))
        or name in ("solicomm.turn", ".home", cells.NEXT)
    )


def _begins(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(len(_SQLITE))


def _file(name: str, source: Path, found: os.stat_result) -> File:
    stamp: tuple[int, ...] = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    if "/objects/" in name:  # what git calls by its content
        stamp = (found.st_size,)
    return File(name, source, stat.S_IMODE(found.st_mode), found.st_mtime_ns, stamp)
