"""A branch's history written anew without some of its files, and the consumers taken along.

Git cannot forget: what was committed once stays in every later history. `rewrite` walks it from the
first commit that has something to lose (`git fast-export --no-data`, so no content is copied) and
writes each commit again, one for one; so every place in the old history has one in the new, and
every cursor moves to where it was. A consumer goes on behind the same messages and mails nothing
again.

Who follows a log holds `following(repo)` from reading its cursor to moving it, or works without and
moves its cursor by `reach`; the move of branch and cursors holds the same lock
(`solicomm.history`) for itself alone. It comes before the writer's lock, never after, so that who
follows may write. Before it begins, the plan of the moves lies in `solicomm.moves`; after a kill
the next follower or rewriter finishes it. So no cursor is ever left in a history that the branch
has left: it would keep all of that.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from solicomm_build.foundation import faults
from solicomm_build.foundation.errors import ConflictError, LockedOutError, StoreError
from solicomm_build.foundation.safeio import fsync_dir, write_atomic
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log, maintenance, refs
from solicomm_build.git.cursor import Cursor, consumers, of_this_disk
from solicomm_build.git.objects.renamed import Renamed
from solicomm_build.git.repo import MAIN, STREAMED, Repo

_CURSORS = "refs/solicomm/cursors"
_DROPPED = "refs/solicomm/dropped/"
_TRIES = 5
_SCRATCH = "refs/solicomm/rewrite/main"
_MOVES = "solicomm.moves"
_QUOTED = re.compile(rb'\\([abfnrtv"\\]|[0-7]{3})')
_PLAIN = dict(zip(b'abfnrtv"\\', b'\a\b\f\n\r\t\v"\\', strict=True))


@dataclass(frozen=True)
class Cut:
    """What a history loses. `paths` are files that no commit has any more; `blobs` gives files that
    stay, by their old id, new octets; a commit that had one of the paths, or whose message one of
    the `words` is in, is said anew: `message` gives its text, and its author is nobody."""

    paths: frozenset[str] = frozenset()
    blobs: Mapping[Oid, bytes] | None = None
    words: tuple[bytes, ...] = ()
    message: Callable[[bytes], bytes] = lambda text: text


@contextlib.contextmanager
def following(repo: Repo) -> Iterator[None]:
    """Holds a repository's history as it is, for a consumer between reading its cursor and moving
    it. Many may hold it at once; each also finishes a move that was killed. Blocking."""
    while True:
        with _history(repo, fcntl.LOCK_SH):
            if not _moves(repo).exists():
                yield
                return
        finish(repo)


def reach(repo: Repo, cursor: Cursor, commit: Oid) -> bool:
    """Moves the cursor of a consumer that has worked up to a commit without holding `following`;
    whether it was elsewhere. It stays where the rewriting has put it when the branch has left that
    history meanwhile. Raises ConflictError. Blocking."""
    with following(repo):
        tip, at = repo.ref(), cursor.read()
        if at == commit or tip is None or not log.goes_on(repo, commit, tip):
            return False
        cursor.advance(at, commit)
        return True


def rewrite(repo: Repo, cut: Cut) -> int:
    """Writes the branch anew without what is cut and moves all cursors; returns how many commits
    were written (0: there was nothing to cut). Durable on return. Blocking; the old objects are
    there until `maintenance.purge`. Safe to call again after a kill.
    """
    for left in reversed(range(_TRIES)):
        try:
            return _rewritten(repo, cut)
        except ConflictError:  # another machine of the hub moved the branch: from its place again
            if not left:
                raise
    return 0


def _rewritten(repo: Repo, cut: Cut) -> int:
    finish(repo)
    with contextlib.ExitStack() as files:
        with repo.lock():
            tip = repo.ref()
            first = _first(repo, tip, cut) if tip is not None else None
            if tip is None or first is None:
                return 0
            places = files.enter_context(_written(repo, tip, first, cut))
        faults.point("history.before-moves")
        with _history(repo, fcntl.LOCK_EX), repo.lock():  # in this order: followers write, too
            now = repo.ref()
            if now is not None and now != tip:  # something came in between
                tip, places = now, files.enter_context(_written(repo, now, first, cut))
            _plan(repo, tip, places)
            faults.point("history.before-branch")
            _carry_out(repo)
        return places.count


def finish(repo: Repo) -> None:
    """Finishes a move that was killed; when there is none, nothing happens."""
    if not _moves(repo).exists():
        return
    with _history(repo, fcntl.LOCK_EX), repo.lock():
        _carry_out(repo)


def is_unfinished(path: Path | str) -> bool:
    """Whether a move of the repository at `path` was begun and is not done: another process is at
    it, or was killed, and then the next one `following` finishes it."""
    return os.access(f"{path}/{_MOVES}", os.F_OK)


def _moves(repo: Repo) -> Path:
    return repo.path / _MOVES


@contextlib.contextmanager
def _history(repo: Repo, how: int) -> Iterator[None]:
    try:
        fd = os.open(repo.path / "solicomm.history", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as error:
        raise LockedOutError(repo.path) from error
    try:
        fcntl.flock(fd, how)
        yield
    finally:
        os.close(fd)


# -- writing ----------------------------------------------------------------------------------


def _first(repo: Repo, tip: Oid, cut: Cut) -> Oid | None:
    """The earliest commit that has something to lose."""
    found: set[str] = set()

    def look(*words: str) -> None:
        found.update(repo.git(*words, config=STREAMED).decode("ascii").split())

    paths = sorted(cut.paths)
    for start in range(0, len(paths), 1000):
        some = paths[start : start + 1000]
        look("rev-list", "--full-history", "--end-of-options", tip, "--", *some)
    for blob in cut.blobs or ():
        look("log", "--format=%H", f"--find-object={blob}", "--end-of-options", tip)
    if cut.words:
        greps = [f"--grep={word.decode('utf-8', 'surrogateescape')}" for word in cut.words]
        for start in range(0, len(greps), 1000):
            some = greps[start : start + 1000]
            look("log", "-F", "--format=%H", *some, "--end-of-options", tip)
    if not found:
        return None
    words = ("rev-list", "--topo-order", "--reverse", "--end-of-options", tip)
    process = repo.start(*words, config=STREAMED)
    try:
        order = (Oid(line.decode("ascii").strip()) for line in process.stdout)
        earliest = next((oid for oid in order if oid in found), None)
        if earliest is None and process.wait():
            raise StoreError(f"{repo.path.name}: git cannot read its history")
    finally:
        process.end()
    return earliest


@contextlib.contextmanager
def _written(repo: Repo, tip: Oid, first: Oid, cut: Cut) -> Iterator[Renamed]:
    """Writes the commits from `first` on without what is cut; which became which."""
    parents = (
        repo.git("rev-list", "--parents", "-1", "--end-of-options", first).decode().split()[1:]
    )
    maintenance.clear(repo)  # git gives up at the keep mark or lock of one that was killed here
    refs.clear_stale(repo.path, _SCRATCH)
    with (
        tempfile.NamedTemporaryFile(dir=repo.path, prefix="solicomm.marks.") as marks,
        Renamed(repo.path) as renamed,
    ):
        source = repo.start(
            "fast-export",
            "--no-data",
            "--show-original-ids",
            "--reencode=no",
            "--reference-excluded-parents",
            "--signed-tags=strip",
            "--topo-order",
            MAIN,
            *(f"^{parent}" for parent in parents),
            config=STREAMED,
        )
        stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed below
        target = repo.start(
            "fast-import",
            "--quiet",
            "--done",
            "--force",
            f"--export-marks={marks.name}",
            config=STREAMED,
            stderr=stderr,
        )
        try:
            _Copy(source.stdout, target.stdin, cut).run(renamed.note)
            if source.wait():
                raise StoreError(f"{repo.path.name}: git cannot read its history")
            target.stdin.write(b"done\n")
            if target.wait():
                stderr.seek(0)
                said = stderr.read(2000).decode("utf-8", "replace").strip()
                raise StoreError(f"{repo.path.name}: the history was not written anew: {said}")
        except BrokenPipeError as error:
            raise StoreError(f"{repo.path.name}: the history was not written anew") from error
        finally:
            source.end()
            target.end()
            stderr.close()
        renamed.end(Path(marks.name))
        repo.set_ref(_SCRATCH, None, repo.ref(_SCRATCH))
        yield renamed


class _Copy:
    """Copies a fast-export stream to a fast-import, cutting on the way (git-fast-import)."""

    def __init__(self, source: IO[bytes], target: IO[bytes], cut: Cut) -> None:
        self._source, self._target, self._cut = source, target, cut
        self._paths = {path.encode("utf-8", "surrogateescape") for path in cut.paths}
        self._blobs = {oid.encode("ascii"): data for oid, data in (cut.blobs or {}).items()}

    def run(self, note: Callable[[str, Oid], None]) -> None:
        """The whole stream; `note` is told the mark of each commit, and its old id."""
        line = self._source.readline()
        while line:
            if line.startswith(b"commit "):
                line = self._commit(note)
            elif line.startswith(b"reset "):
                line = self._source.readline()
                if line.startswith(b"from "):
                    line = self._source.readline()
            elif line in (b"\n", b"done\n"):
                line = self._source.readline()
            else:
                raise StoreError(f"git told something else than commits: {line[:40]!r}")

    def _commit(self, note: Callable[[str, Oid], None]) -> bytes:
        """One commit; returns the line after it."""
        mark, author, committer, parents, files = b"", b"", b"", [], []
        message, encoding, lost = b"", b"", False
        line = self._source.readline()
        while line and line != b"\n" and not line.startswith((b"commit ", b"reset ", b"done")):
            word = line.split(b" ", 1)[0]
            if word == b"mark":
                mark = line
            elif word == b"original-oid":
                note(mark[6:-1].decode("ascii"), Oid(line[13:-1].decode("ascii")))
            elif word == b"author":
                author = line
            elif word == b"committer":
                committer = line
            elif word == b"encoding":
                encoding = line
            elif word == b"data":
                message = self._source.read(int(line[5:]))
            elif word in (b"from", b"merge"):
                parents.append(line)
            elif word in (b"M", b"D"):
                if _path(line) in self._paths:
                    lost = True
                else:
                    files.append(self._file(line))
            elif word == b"deleteall\n":
                files.append(line)
            else:
                raise StoreError(f"git told something else than files: {line[:40]!r}")
            line = self._source.readline()
        if lost or any(word in message for word in self._cut.words):
            message = self._cut.message(message)
            author = (
                b"author SoliComm <hub@users.hub.invalid>" + committer[committer.rindex(b">") + 1 :]
            )
        self._target.write(
            b"".join(
                (
                    b"commit %s\n" % _SCRATCH.encode("ascii"),
                    mark,
                    author,
                    committer,
                    encoding,
                    b"data %d\n" % len(message),
                    message,
                    b"\n",
                    *parents,
                    *files,
                    b"\n",
                )
            )
        )
        return line

    def _file(self, line: bytes) -> bytes:
        """A file's line, with other octets when it has a blob that is replaced."""
        if line.startswith(b"M "):
            _, mode, oid, path = line.split(b" ", 3)
            data = self._blobs.get(oid)
            if data is not None:
                return b"M %s inline %sdata %d\n%s\n" % (mode, path, len(data), data)
        return line


def _path(line: bytes) -> bytes:
    """The path of an M or D line, unquoted."""
    path = line.rstrip(b"\n").split(b" ", 3 if line.startswith(b"M ") else 1)[-1]
    if not path.startswith(b'"'):
        return path
    return _QUOTED.sub(
        lambda found: bytes([_PLAIN[found[1][0]] if len(found[1]) == 1 else int(found[1], 8)]),
        path[1:-1],
    )


# -- moving -----------------------------------------------------------------------------------


def _plan(repo: Repo, tip: Oid, places: Renamed) -> None:
    """Writes down, durably, where branch and cursors go."""
    told = repo.git("for-each-ref", "--format=%(refname) %(objectname)", f"{_CURSORS}/")
    refs = dict(line.split(" ") for line in told.decode("ascii").splitlines())
    new = places.of({tip, *map(Oid, refs.values())})
    moves = {name: [at, new[Oid(at)]] for name, at in refs.items() if at in new}
    text = json.dumps({"branch": [tip, new[tip]], "cursors": moves})
    write_atomic(_moves(repo), text.encode("ascii"), mode=0o600)


def _carry_out(repo: Repo) -> None:
    """Moves the branch, then the cursors. A branch that went on in the old history after a kill
    stays there, and so do the cursors: the rewriting begins anew."""
    try:
        plan = json.loads(_moves(repo).read_bytes())
    except FileNotFoundError:
        return
    old, new = map(Oid, plan["branch"])
    tip = repo.ref()
    if tip == old:
        repo.set_ref(MAIN, new, old)
        faults.point("history.before-cursors")
        tip = new
    if tip is not None and log.is_ancestor(repo, new, tip):
        for name, (was, now) in plan["cursors"].items():
            if repo.ref(name) == was:
                repo.set_ref(name, Oid(now), Oid(was))
                faults.point("history.between-cursors")
    _moves(repo).unlink(missing_ok=True)
    fsync_dir(repo.path)


def _keep_up(repo: Repo) -> None:
    """Takes cursors of this disk along that stand in a history which the branch has left, as where
    the repository follows that of another machine."""
    with _history(repo, fcntl.LOCK_EX):
        tip = repo.ref()
        for name in sorted({*consumers(repo, "")} & of_this_disk()) if tip else ():
            cursor = Cursor(repo, name)
            at = cursor.read()
            if at is None or tip is None or log.goes_on(repo, at, tip):
                continue
            if (last := log.parted(repo, at, tip)) is None:
                cursor.forget()
            else:
                cursor.advance(at, last)


def scrub(repo: Repo) -> None:
    """Takes every object away that no ref leads to, for good, and what a machine of several had
    alone when it was deposed. Blocking, seconds per 100 MB."""
    finish(repo)
    _keep_up(repo)
    dropped = repo.git("for-each-ref", "--format=%(refname) %(objectname)", _DROPPED)
    for name, _, oid in (line.partition(" ") for line in dropped.decode("ascii").splitlines()):
        repo.set_ref(name, None, Oid(oid))
    with contextlib.suppress(FileNotFoundError):
        for path in repo.path.glob("solicomm.marks.*"):
            path.unlink(missing_ok=True)
    maintenance.purge(repo)
