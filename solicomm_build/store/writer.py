"""Commits through one long-lived `git fast-import` per repository.

One message is one commit and many commits share a run. `checkpoint` makes a pack, moves the ref and
returns when both are on the disk; until then nothing is visible. Between the first commit after a
checkpoint (or `begin`) and the checkpoint the writer holds the repository's lock, and it starts
from the ref as it is then, so that CLI, import and ingest may write the same repository in turn.

fast-import runs with `--done`: when we die, the end of its input is an error to it and unfinished
work stays unfinished. It inherits the lock (store/lock.py), so the next writer waits for its end.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import IO, Final, Self

from solicomm_build import safeio
from solicomm_build.errors import ConflictError, StoreError
from solicomm_build.store import maintenance, refs
from solicomm_build.store.commitmessage import one_line
from solicomm_build.store.lock import RepoLock
from solicomm_build.store.repo import MAIN, Repo
from solicomm_build.types import Oid

MEMBER_EMAIL: Final = "member@users.hub.invalid"
COMMITTER: Final = "SoliComm <hub@users.hub.invalid>"
ANONYMOUS: Final = "anonymous"

_CONFIG = (
    "core.compression=1",
    "pack.compression=1",
    # From this size on (octets) fast-import does not try to store a blob as a delta of the one
    # before, which is another mail: a third of its time, for nothing. Trees stay deltas.
    "core.bigFileThreshold=1",
)
# It frees and asks for 128 KB per blob; glibc would give them back to the kernel each time.
_MALLOC = {
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
    "MALLOC_TOP_PAD_": str(4 << 20),
}
_PIPE_OCTETS = 1 << 20


@dataclass(frozen=True, slots=True)
class Change:
    """A file's new octets, or its end (`data` None). `path` is POSIX, relative to the root."""

    path: str
    data: bytes | None


class Writer:
    """The write end of one branch. Not for several threads. Use as a context manager."""

    def __init__(self, repo: Repo, *, branch: str = MAIN) -> None:
        self.repo = repo
        self._branch = branch
        self._lock = RepoLock(repo.path)
        self._git: _FastImport | None = None
        self._tip: Oid | None = None
        self._dirty = False

    def begin(self) -> Oid | None:
        """Takes the lock and returns the tip that the next commit will build on. Blocking.

        Safe to call again before the checkpoint: returns the same tip.
        """
        if not self._lock.held:
            self._lock.acquire()
            self._follow()
        return self._tip

    def tip(self) -> Oid | None:
        """The branch's commit now, without those that wait for the checkpoint."""
        return self._tip if self._lock.held else self.repo.ref(self._branch)

    def commit(
        self,
        changes: Iterable[Change],
        *,
        author_name: str,
        when: datetime,
        author_when: datetime | None = None,
        message: str,
        author_email: str = MEMBER_EMAIL,
    ) -> None:
        """Adds one commit; durable and visible after the next `checkpoint`.

        `when` is the committer date, `author_when` the author's (default the same), both aware.
        """
        idents = _idents(author_name, author_email, author_when or when, when)
        parts = _commit(self._branch, changes, message, idents)
        tip = self.begin()
        if self._git is None:
            maintenance.forget_keeps(self.repo.path / "objects" / "pack")
            self._git = _FastImport(self.repo, self._lock.fd)
        if not self._dirty and tip is not None and tip != self._git.tip:
            parts[1] = b"from %s\n" % tip.encode("ascii")
        self._git.write(parts)
        self._dirty = True

    def checkpoint(self) -> Oid | None:
        """Makes all commits since the last one durable, moves the ref, releases the lock.

        Returns the branch's tip. Raises ConflictError when somebody moved the ref in spite of the
        lock (a push by a git without it): nothing of ours is visible then; do it again. StoreError
        when git could not move it, as on a full disk.
        """
        if not self._dirty or self._git is None:
            self._lock.release()
            return self._tip
        try:
            tip = self._git.checkpoint()
            self._settle(tip)
        except BaseException:
            self.abort()
            raise
        self._dirty = False
        self._tip = tip
        self._lock.release()
        return tip

    def abort(self) -> None:
        """Forgets what was not checkpointed and releases the lock; the writer stays usable."""
        if self._git is not None:
            self._git.kill()
            self._git = None
        self._dirty = False
        self._lock.release()

    def rest(self) -> None:
        """Ends the git process (a checkpoint first); the next commit starts another."""
        self.checkpoint()
        if self._git is not None:
            git, self._git = self._git, None
            git.close()

    def close(self) -> None:
        """Checkpoint, then the end of the process and of the lock."""
        try:
            self.rest()
        finally:
            self._lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()
            self._lock.close()

    def _follow(self) -> None:
        """Called when the lock is ours: where is the branch now, is our git still of use."""
        for name in (self._branch, "HEAD"):  # git locks both, and a killed one leaves both locked
            refs.clear_stale(self.repo.path, name)
        self._tip = self.repo.ref(self._branch)
        if self._git is not None and self._git.generation != maintenance.generation(self.repo):
            git, self._git = self._git, None
            git.close()  # its packs are gone

    def _settle(self, tip: Oid) -> None:
        """Checks that the ref is where we put it, and makes the names on disk durable."""
        found = self.repo.ref(self._branch)
        if found != tip and found == self._tip:  # git answers all the same, and says why on stderr
            raise StoreError(
                f"{self.repo.path.name}: git could not move {self._branch}; disk full?"
            )
        if found != tip:
            raise ConflictError(f"{self.repo.path.name}: {self._branch} was moved to {found}")
        safeio.fsync_dir(self.repo.path / "objects" / "pack")
        safeio.fsync_dir((self.repo.path / self._branch).parent)


def write_once(
    repo: Repo,
    changes: Sequence[Change],
    *,
    message: str,
    when: datetime,
    author_name: str = "SoliComm",
    author_when: datetime | None = None,
    expect: Oid | None = None,
) -> Oid:
    """One commit, durable on return: for commands. About 15 ms.

    With `expect` the tip must still be that commit, else ConflictError and nothing is written.
    """
    with Writer(repo) as writer:
        tip = writer.begin()
        if expect is not None and tip != expect:
            raise ConflictError(f"{repo.path.name}: somebody else wrote first; try again")
        writer.commit(
            changes, author_name=author_name, when=when, author_when=author_when, message=message
        )
        written = writer.checkpoint()
    if written is None:  # never: a commit was made
        raise StoreError(f"{repo.path.name}: git gave no commit id")
    return written


class _FastImport:
    """The process: takes command streams, answers a checkpoint with the tip's object id."""

    def __init__(self, repo: Repo, lock_fd: int) -> None:
        self._name = repo.path.name
        self.generation = maintenance.generation(repo)
        self.tip: Oid | None = None  # where this process believes the branch is
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = repo.start(
            "fast-import", "--quiet", "--done", "--date-format=raw",
            config=_CONFIG, more_environment=_MALLOC, stderr=self._stderr, inherit=(lock_fd,),
        )  # fmt: skip
        self._in = self._process.stdin
        with contextlib.suppress(OSError):  # a larger pipe lets both sides run at once
            fcntl.fcntl(self._in.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)

    def write(self, parts: list[bytes]) -> None:
        try:
            self._in.write(b"".join(parts))
        except BrokenPipeError:
            raise self._failure() from None

    def checkpoint(self) -> Oid:
        self.write([b"checkpoint\nget-mark :1\n"])
        try:
            self._in.flush()
        except BrokenPipeError:
            raise self._failure() from None
        answer = self._process.stdout.readline()
        if len(answer) != 41:
            raise self._failure()
        self.tip = Oid(answer[:40].decode("ascii"))
        return self.tip

    def kill(self) -> None:
        self._process.end()
        self._stderr.close()

    def close(self) -> None:
        """Ends it when all is checkpointed. Its status says nothing then: it looks at the branch
        once more and complains when others have moved it on meanwhile.
        """
        with contextlib.suppress(BrokenPipeError):
            self._in.write(b"done\n")
        self._process.wait()
        self._stderr.close()

    def _failure(self) -> StoreError:
        self._process.end()
        self._stderr.seek(0)
        said = self._stderr.read(4096).decode("utf-8", "replace").strip()
        return StoreError(f"{self._name}: git fast-import failed: {said or 'it went away'}")


def _commit(branch: str, changes: Iterable[Change], message: str, idents: bytes) -> list[bytes]:
    """The commands of one commit (git-fast-import); element 1 is the place of `from`."""
    text = message.replace("\0", "").encode("utf-8", "replace")
    head = b"commit %s\nmark :1\n%sdata %d\n%s\n" % (
        branch.encode("ascii"),
        idents,
        len(text),
        text,
    )
    parts = [head, b""]
    for change in changes:
        path = _checked(change.path)
        if change.data is None:
            parts.append(b"D %s\n" % path)
        else:
            parts += [
                b"M 100644 inline %s\ndata %d\n" % (path, len(change.data)),
                change.data,
                b"\n",
            ]
    parts.append(b"\n")
    return parts


def _idents(name: str, email: str, authored: datetime, committed: datetime) -> bytes:
    return b"author %s <%s> %d +0000\ncommitter %s %d +0000\n" % (
        _name(name),
        email.encode("ascii"),
        _seconds(authored),
        COMMITTER.encode("ascii"),
        _seconds(committed),
    )


def _name(name: str) -> bytes:
    """A name as git accepts it: no brackets, no line break, no crud at the ends, never empty."""
    plain = one_line(name.translate({ord("<"): None, ord(">"): None})).strip(" .,:;\"\\'")
    return (plain or ANONYMOUS).encode("utf-8", "replace")


def _seconds(moment: datetime) -> int:
    return max(0, int(moment.timestamp()))  # git knows no time before 1970


# Names of any characters but controls, quote and backslash, which fast-import would want quoted.
_PATH = re.compile(r'[^\x00-\x1f"\\\x7f/]+(?:/[^\x00-\x1f"\\\x7f/]+)*')
_RESERVED = re.compile(r"(?:^|/)(?:\.{1,2}|\.git)(?:/|$)", re.IGNORECASE)


def _checked(path: str) -> bytes:
    """The path as fast-import reads it unquoted. Refuses what git would refuse to store."""
    if not _PATH.fullmatch(path) or _RESERVED.search(path):
        raise StoreError(f"not a path of the store: {path!r}")
    return path.encode("utf-8")
