"""The plain files of a hub that other machines need, as one repository: `private/carried.git`.

    spool/…, private/… (no repositories, no keys)  →  a tree  →  main, replicated like any other

Its main is one commit without parents, the files as they are now: what is gone is in no history.
`repositories` in it lists the repositories that the hub has, so that whoever takes over knows what
to ask for. `keep` takes what is new; what only went is taken along with the next that is new, for
to have a file once too often does no harm: whoever reads it does what was done already.

Where each cell has an owner of its own there is one of these for each, for all but cell 0 at
`private/cells/<n>/carried.git`, with what is in the spools of that cell; all else is cell 0's, and
on every machine as its owner has it.

Folders are looked at in the order in which mail goes, so a message that a stage hands on meanwhile
is seen in one of the two or both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import maintenance, refs
from solicomm_build.git.pack import BLOB, COMMIT, Pack, object_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.replica import setaside
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.trees import Edits, Trees, put

CARRIED: Final = "carried.git"
NAME: Final = f"private/{CARRIED}"
LIST: Final = "repositories"
_LOCK = "solicomm.carried"
_BEGINNING = ".carried.lock"
SPOOLS: Final = ("in", "come", "desk", "bounces", "out", "quarantine")
_ELSEWHERE = ("keys", "maildirs", "handin", setaside.FOLDER)
"""Of `private`: keys go from machine to machine by hand, the others are made again or are nobody's
any more."""
_WHO = b"SoliComm <hub@users.hub.invalid>"
_Mark = tuple[int, int, int]


class Carried:
    """Those files of one hub. For all threads of a process."""

    def __init__(self, config: Config, arrive: Callable[[Path], None] = lambda _path: None) -> None:
        """`arrive` has other machines keep a repository that was not there before."""
        self._config = config
        self._arrive = arrive
        self._arrived: set[str] | None = None
        self.repo = Repo(config.root / name_of(config.cell))
        self._tip: Oid | None = None
        self._there: dict[str, Oid] = {}
        self._known: dict[str, tuple[_Mark, Oid]] = {}

    def begin(self) -> None:
        """Makes the repository where there is none; another process may be about to."""
        if self.repo.path.is_dir():
            return
        with safeio.locked(self.repo.path.with_name(_BEGINNING)):
            if not self.repo.path.is_dir():
                create(self.repo.path, description="Plain files, for other machines; private")

    def keep(self, *, whole: bool = False, first: Repo | None = None) -> None:
        """Has other machines keep what is new; with `whole` also that files went. Of repositories
        they know the new ones (made, or renamed) before these are listed; with `first`, which is
        about to come to them, that one alone is listed anew. Durable on return; blocking. Raises
        NotKeptError."""
        has_list = first is None and self._config.cell == 0
        listed = set(repositories(self._config)) if has_list else set[str]()
        for path in sorted(listed - self._known_before()):
            self._arrive(self._config.root / path)
        with safeio.locked(self.repo.path / _LOCK):
            refs.settle(self.repo.path)
            self._look()
            if first is not None:
                listed = self._listed() | {first.path.relative_to(self._config.root).as_posix()}
            pack = Pack(self.repo.path / "objects" / "pack")
            now: dict[str, Oid] = {}
            for path, mark in _files(self._config):
                if (oid := self._oid(path, mark, pack)) is not None:
                    now[path] = oid
            lines = "".join(f"{path}\n" for path in sorted(listed)).encode()
            if self._config.cell == 0:
                now[LIST] = Oid(object_id(BLOB, lines).hex())
            new = {path: oid for path, oid in now.items() if self._there.get(path) != oid}
            gone = self._there.keys() - now.keys()
            if not new and not (whole and gone):
                return
            if LIST in new:
                pack.add(BLOB, lines)
            self._commit(pack, new, gone)
            self._there = now
            self._arrived = listed

    def tidy(self, *, whole: bool = False) -> None:
        """Takes away for good what went, when packs pile up; with `whole` in any case. Blocking."""
        if whole or maintenance.needed(self.repo):
            with safeio.locked(self.repo.path / _LOCK):
                maintenance.purge(self.repo)

    def files(self) -> dict[str, Oid]:
        """What the repository has, by path in the hub."""
        self._look()
        return dict(self._there)

    def lacking(self) -> list[str]:
        """The files of the hub that the repository never had as they are: its owner may be done
        with others. Blocking."""
        self._look()
        found: list[str] = []
        for path, _mark in _files(self._config):
            try:
                octets = (self._config.root / path).read_bytes()
            except FileNotFoundError:
                continue
            oid = object_id(BLOB, octets).hex()
            if self._there.get(path) != oid and not self.repo.succeeds("cat-file", "-e", oid):
                found.append(path)
        return found

    def restore(self) -> list[str] | None:
        """Writes the files as they are in the repository, takes away what is not there, and returns
        the repositories that the hub has; None when nothing was carried yet. Where cells have
        owners of their own, what was set aside here stays beside that of others, and so does what
        a stage here has put into a spool since this machine got the cell. Blocking."""
        is_divided = self._config.cluster.divided
        return self._restore(
            "", lease.begun(self._config, self._config.cell) if is_divided else None
        )

    def follow(self) -> list[str] | None:
        """The same on a machine whose cell it is not: of the files only those below `private`,
        since the spools are the owner's."""
        return self._restore("private/")

    def _restore(self, below: str, since: int | None = None) -> list[str] | None:
        there = self.files()
        if self._tip is None:
            return None
        with Reader(self.repo) as reader:
            for path, (_, changed, _) in list(_files(self._config)):
                is_aside = self._config.cluster.divided and path.startswith("spool/quarantine/")
                is_new = since is not None and path.startswith("spool/") and changed >= since
                if path.startswith(below) and path not in there and not is_aside and not is_new:
                    (self._config.root / path).unlink(missing_ok=True)
            for path, oid in there.items():
                if path != LIST and path.startswith(below):
                    _write(self._config.root / path, reader.blob(oid))
        return sorted(self._listed())

    def _known_before(self) -> set[str]:
        """The repositories that this process has seen listed, or come to other machines."""
        if self._arrived is None:
            self._look()
            self._arrived = self._listed()
        return self._arrived

    def listed(self) -> list[str]:
        """The repositories that the hub has, as is known here."""
        if not self.repo.path.is_dir():
            return []
        self._look()
        return sorted(self._listed())

    def _listed(self) -> set[str]:
        oid = self._there.get(LIST)
        if oid is None:
            return set()
        with Reader(self.repo) as reader:
            return set(filter(None, reader.blob(oid).decode("utf-8").split("\n")))

    def _look(self) -> None:
        tip = refs.read(self.repo.path, MAIN)
        if tip != self._tip:
            with Reader(self.repo) as reader:
                tree = reader.tree(tip, recursive=True) if tip else []
                self._there = {one.path: Oid(one.oid) for one in tree}
            self._tip = tip

    def _oid(self, path: str, mark: _Mark, pack: Pack) -> Oid | None:
        """The id of a file's octets, which go into the pack when nobody has them; None when it went
        just now."""
        there, known = self._there.get(path), self._known.get(path)
        is_mail = path.startswith("spool/") and path.endswith(".mail")
        if there is not None and is_mail and known is None:  # as another process put it
            self._known[path] = (mark, there)
            return there
        if known is not None and known[0] == mark and there == known[1]:
            return known[1]
        try:
            octets = (self._config.root / path).read_bytes()
        except FileNotFoundError:
            return None
        oid = Oid(object_id(BLOB, octets).hex())
        self._known[path] = (mark, oid)
        if there != oid:
            pack.add(BLOB, octets)
        return oid

    def _commit(self, pack: Pack, new: dict[str, Oid], gone: set[str]) -> None:
        edits: Edits = {}
        for path, oid in new.items():
            put(edits, os.fsencode(path), bytes.fromhex(oid))
        for path in gone:
            put(edits, os.fsencode(path), None)
        with Reader(self.repo) as reader:
            trees = Trees(lambda oid: reader.blob(Oid(oid.hex())))
            root = reader.oid_at(self._tip) if self._tip else None
            trees.begin(bytes.fromhex(root) if root else None)
            tree = trees.apply(edits, pack)
        when = b"%d +0000" % max(0, int(clock.timestamp()))
        who = b"author %s %s\ncommitter %s %s\n" % (_WHO, when, _WHO, when)
        made = pack.add(COMMIT, b"tree %s\n%s\nWhat is here\n" % (tree.hex().encode(), who))
        pack.finish()
        tip = Oid(made.hex())
        if tip != self._tip:
            self.repo.set_ref(MAIN, tip, self._tip)
        self._tip = tip


def repositories(config: Config) -> list[str]:
    """The repositories of a hub that other machines need, by path in the hub, this one aside."""
    found: list[str] = []
    for top in ("content", "unions", "private"):
        for folder, names, _ in os.walk(config.root / top):
            where = Path(folder).relative_to(config.root)
            for name in sorted(names):
                if name.endswith(".git") and not name.startswith("."):
                    found.append((where / name).as_posix())
            names[:] = [
                name
                for name in names
                if not name.endswith((".git", ".files"))
                and not (where.as_posix() == "private" and name in _ELSEWHERE)
            ]
    return sorted(path for path in found if not path.endswith(f"/{CARRIED}"))


def name_of(cell: int) -> str:
    """Where that of a cell lies in the hub."""
    return f"private/cells/{cell}/{CARRIED}" if cell else NAME


def _files(config: Config) -> Iterator[tuple[str, _Mark]]:
    """The plain files, in the order in which mail goes; of one cell where it has its own owner."""
    is_divided = config.cluster.divided
    spool = config.root / "spool"
    try:
        folders = sorted(os.listdir(spool))
    except FileNotFoundError:
        folders = []
    for kind in SPOOLS:
        for name in folders:
            found, cell = cells.of_spool(spool / name)
            is_ours = not is_divided or cell == config.cell or found == "quarantine"
            if name.partition("-")[0] == kind and is_ours:
                yield from _below(config.root, spool / name)
    if not is_divided or config.cell == 0:
        yield from _below(config.root, config.private)


def _below(root: Path, folder: Path) -> Iterator[tuple[str, _Mark]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name.endswith((".git", ".lock", ".tmp")):
            continue
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            if not (folder == root / "private" and entry.name in _ELSEWHERE):
                yield from _below(root, path)
        elif entry.is_file(follow_symlinks=False):
            try:
                stat = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            mark = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            yield PurePosixPath(path.relative_to(root)).as_posix(), mark


def _write(path: Path, octets: bytes) -> None:
    try:
        if path.read_bytes() == octets:
            return
    except FileNotFoundError:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(path, octets, mode=0o600)
