"""Commits: trees and packs made here (git/trees.py, git/pack.py), then the ref moved.

One message is one commit and many commits share a pack. `checkpoint` writes the pack, moves the ref
and returns when both are on the disk; until then nothing is visible. Between the first commit after
a checkpoint (or `begin`) and the checkpoint the writer holds the repository's lock, and it starts
from the ref as it is then, so that CLI, import and ingest may write the same repository in turn.

No git process takes part: a writer that dies leaves a file without a name in git, and its lock ends
with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from solicomm_build.foundation.errors import ConflictError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.commitmessage import one_line
from solicomm_build.git.lock import RepoLock
from solicomm_build.git.pack import BLOB, COMMIT, Pack
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.trees import Edits, Trees, put

_TRIES = 9

MEMBER_EMAIL: Final = "member@users.hub.invalid"
COMMITTER: Final = "SoliComm <hub@users.hub.invalid>"
ANONYMOUS: Final = "anonymous"


@dataclass(frozen=True, slots=True)
class Change:
    """A file's new octets, or its end (`data` None). `path` is POSIX, relative to the root.

    `oid` in place of `data` names octets that the repository has already, which move.
    """

    path: str
    data: bytes | None
    oid: Oid | None = None


class Writer:
    """The write end of one branch. Not for several threads. Use as a context manager."""

    def __init__(self, repo: Repo, *, branch: str = MAIN, reader: Reader | None = None) -> None:
        """`reader` is one of the same repository that the caller ends, to share its process."""
        self.repo = repo
        self._branch = branch
        self._lock = RepoLock(repo.path)
        self._shared = reader
        self._reader = reader or Reader(repo)
        self._tip: Oid | None = None
        self._last: Oid | None = None  # the last commit, those that wait included
        self._pack: Pack | None = None
        self._trees: Trees | None = None
        self._is_half = False  # a commit was begun and not ended: what is in the pack is no use

    def begin(self) -> Oid | None:
        """Takes the lock and returns the tip that the next commit will build on. Blocking.

        Safe to call again before the checkpoint: returns the same tip.
        """
        if not self._lock.held:
            self._lock.acquire()
            try:
                refs.settle(self.repo.path)
            except BaseException:
                self._lock.release()
                raise
            for name in (self._branch, "HEAD"):  # a push locks both, and a killed one leaves both
                refs.clear_stale(self.repo.path, name)
            self._tip = self.repo.ref(self._branch)
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
        changed = [(_checked(change.path), change) for change in changes]
        pack, trees = self._begun()
        self._is_half = True
        edits: Edits = {}
        for path, change in changed:
            put(edits, path, _added(change, pack))
        tree = trees.apply(edits, pack)
        parent = b"parent %s\n" % self._last.encode("ascii") if self._last else b""
        text = message.replace("\0", "").encode("utf-8", "replace")
        commit = b"tree %s\n%s%s\n%s" % (tree.hex().encode("ascii"), parent, idents, text)
        self._last = Oid(pack.add(COMMIT, commit).hex())
        self._is_half = False

    def checkpoint(self) -> Oid | None:
        """Makes all commits since the last one durable, moves the ref, releases the lock.

        Returns the branch's tip. Raises ConflictError when somebody moved the ref in spite of the
        lock (a push by a git without it): nothing of ours is visible then; do it again. StoreError
        when it could not be written, as on a full disk.
        """
        try:
            if self._is_half:
                raise StoreError(f"{self.repo.path.name}: a commit was not finished; do it again")
            if self._pack is not None:
                self._pack.finish()
                self.repo.set_ref(self._branch, self._last, self._tip)
                self._pack, self._tip = None, self._last
        except OSError as error:
            self.abort()
            said = f"the commit could not be written: {error.strerror or error}"
            raise StoreError(f"{self.repo.path.name}: {said}") from error
        except BaseException:
            self.abort()
            raise
        self._lock.release()
        return self._tip

    def abort(self) -> None:
        """Forgets what was not checkpointed and releases the lock; the writer stays usable."""
        if self._pack is not None:
            self._pack = self._trees = None
        self._is_half = False
        self._lock.release()

    def rest(self) -> None:
        """A checkpoint; then lets go of what is only kept to be quicker the next time."""
        self.checkpoint()
        self._trees = None
        if self._shared is None:
            self._reader.close()

    def close(self) -> None:
        """Checkpoint, then the end of its process and of the lock."""
        try:
            self.rest()
        finally:
            self._end()

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
            self._end()

    def _begun(self) -> tuple[Pack, Trees]:
        """The pack and the trees of the commits until the checkpoint."""
        tip = self.begin()
        if self._trees is None:
            self._trees = Trees(lambda oid: self._reader.blob(Oid(oid.hex())))
        if self._pack is None:
            root = self._reader.oid_at(tip) if tip is not None else None
            if tip is not None and root is None:
                raise StoreError(f"{self.repo.path.name}: {tip} is not here. Run `solicomm fsck`")
            self._trees.begin(bytes.fromhex(root) if root else None)
            self._pack = Pack(self.repo.path / "objects" / "pack")
            self._last = tip
        return self._pack, self._trees

    def _end(self) -> None:
        if self._shared is None:
            self._reader.close()
        self._lock.close()


def write_once(
    repo: Repo,
    changes: Sequence[Change],
    *,
    message: str,
    when: datetime,
    author_name: str = "SoliComm",
    author_when: datetime | None = None,
    expect: Oid | None = None,
    branch: str = MAIN,
) -> Oid:
    """One commit, durable on return: for commands. About 10 ms.

    With `expect` the tip must still be that commit, else ConflictError and nothing is written.
    """
    with Writer(repo, branch=branch) as writer:
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


def write_on_tip(
    repo: Repo,
    made: Callable[[Oid | None], Sequence[Change]],
    *,
    message: str,
    when: datetime,
    branch: str = MAIN,
) -> bool:
    """One commit, as `write_once` makes it, of changes that are `made` of the branch's tip: made
    again where somebody wrote meanwhile, so that nothing of theirs is taken back. Whether anything
    was to change. Raises ConflictError when others write each time."""
    for left in reversed(range(_TRIES)):
        tip = repo.ref(branch)
        changes = made(tip)
        if not changes:
            return False
        try:
            write_once(repo, changes, message=message, when=when, expect=tip, branch=branch)
            return True
        except ConflictError:
            if not left:
                raise
    return False


def _added(change: Change, pack: Pack) -> bytes | None:
    """The id of a file's octets, added where they are new; None for its end."""
    if change.data is not None:
        return pack.add(BLOB, change.data)
    return bytes.fromhex(change.oid) if change.oid else None


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


# Names of any characters but controls, quote and backslash, which git quotes.
_PATH = re.compile(r'[^\x00-\x1f"\\\x7f/]+(?:/[^\x00-\x1f"\\\x7f/]+)*')
_RESERVED = re.compile(r"(?:^|/)(?:\.{1,2}|\.git)(?:/|$)", re.IGNORECASE)


def _checked(path: str) -> bytes:
    """The path as git has it. Refuses what git would refuse to store."""
    has_dot = path.startswith(".") or "/." in path
    if not _PATH.fullmatch(path) or (has_dot and _RESERVED.search(path)):
        raise StoreError(f"not a path of the store: {path!r}")
    return path.encode("utf-8")
