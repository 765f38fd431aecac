"""The log: a repository's commits in order, each with what it changed, as one stream.

One `git log` process per call, but for a few commits (steps.py); memory does not grow with the
history. A merge shows what it brought to its first parent. Order: parents before children, so a
consumer that stops anywhere has seen a history that is whole.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Final

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import steps
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import STREAMED, Repo
from solicomm_build.git.steps import Changed, Commit

__all__ = (
    "EMPTY_TREE",
    "Changed",
    "Commit",
    "Revised",
    "back",
    "before",
    "commits",
    "commits_of",
    "diff",
    "every",
    "goes_on",
    "is_ancestor",
    "parted",
    "revisions",
)

EMPTY_TREE: Final = Oid("4b825dc642cb6eb9a060e54bf8d69288fbee4904")

_FORMAT = "--format=%x02%H%x00%ct%x00%an%x00%B"
_RAW = ("--raw", "-r", "-z", "--no-renames", "--no-abbrev")
_LATEST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())
"""The last second that a date of a commit counts as: git takes any number."""
_CHUNK = 1 << 18


def commits(
    repo: Repo, since: Oid | None, until: Oid, *, reader: Reader | None = None
) -> Iterator[Commit]:
    """The commits reachable from `until` and not from `since`, oldest first. Streaming. With a
    `reader` of the repository no process is started for a few plain ones (steps.py)."""
    few = steps.few(reader, since, until) if reader is not None else None
    if few is not None:
        yield from few
        return
    span = f"{since}..{until}" if since is not None else until
    process = repo.start(
        "log",
        "--reverse",
        "--topo-order",
        *_RAW,
        "--diff-merges=first-parent",
        _FORMAT,
        "--end-of-options",
        span,
        "--",
        config=STREAMED,
    )
    try:
        yield from _parsed(process.stdout)
        if process.wait():
            raise StoreError(f"{repo.path.name}: no log of {span}. Run `solicomm fsck`")
    finally:
        process.end()


def commits_of(repo: Repo, until: Oid, path: str, most: int) -> list[Commit]:
    """The last commits up to `until` that changed the file `path`, at most so many, the newest
    first; each with that change alone."""
    process = repo.start(
        "log",
        *_RAW,
        "--diff-merges=first-parent",
        f"--max-count={most}",
        _FORMAT,
        "--end-of-options",
        until,
        "--",
        path,
    )
    try:
        found = list(_parsed(process.stdout))
        if process.wait():
            raise StoreError(f"{repo.path.name}: no log of {path}. Run `solicomm fsck`")
    finally:
        process.end()
    return found


def diff(repo: Repo, old: Oid | None, new: Oid, *, reader: Reader | None = None) -> list[Changed]:
    """What differs between two commits or trees; `old` None stands for nothing at all. A `reader`
    of the repository saves the process where few folders differ."""
    few = steps.between(reader, old, new) if reader is not None else None
    if few is not None:
        return few
    told = repo.git("diff-tree", *_RAW, "--end-of-options", old or EMPTY_TREE, new)
    tokens = told.decode("utf-8", "surrogateescape").split("\0")[:-1]
    return [_changed(tokens[i], tokens[i + 1]) for i in range(0, len(tokens) - 1, 2)]


@dataclass(frozen=True, slots=True)
class Revised:
    """When a file was last committed (UTC, to the second), and how often before that."""

    at: datetime
    before: int


def revisions(repo: Repo, until: Oid, *folders: str) -> dict[str, Revised]:
    """The files below `folders`, deleted ones too, by path: a pure function of `until`."""
    told = repo.git(
        "log",
        "-z",
        "--name-only",
        "--no-renames",
        "--diff-merges=first-parent",
        "--format=%x02%ct",
        "--end-of-options",
        until,
        "--",
        *folders,
    ).decode("utf-8", "surrogateescape")
    found: dict[str, Revised] = {}
    for commit in told.split("\x02")[1:]:
        seconds, *paths = commit.replace("\n", "\0").split("\0")
        at = moment(seconds)
        for path in filter(None, paths):
            newest = found.get(path)
            found[path] = Revised(newest.at, newest.before + 1) if newest else Revised(at, 0)
    return found


def is_ancestor(repo: Repo, older: Oid, newer: Oid) -> bool:
    """True when `newer` contains `older` (a commit contains itself)."""
    words = ("merge-base", "--is-ancestor", older, newer)
    return older == newer or repo.succeeds(*words, config=STREAMED)


def goes_on(repo: Repo, old: Oid, new: Oid, *, reader: Reader | None = None) -> bool:
    """Whether the history up to `old` is still part of that of `new`; `old` may be gone
    altogether, after a rewriting or a restore. A `reader` saves the process, as in `commits`."""
    if reader is not None and steps.leads(reader, old, new):
        return True
    try:
        return is_ancestor(repo, old, new)
    except StoreError:
        return False


def parted(repo: Repo, old: Oid, new: Oid) -> Oid | None:
    """The last commit that two histories share; None where they share none, or one is gone."""
    with contextlib.suppress(StoreError):
        told = repo.git("merge-base", "--end-of-options", old, new)
        return Oid(told.decode("ascii").split()[0])
    return None


def before(repo: Repo, until: Oid, moment: datetime) -> Oid | None:
    """The last commit on the way to `until` after which everything was that came at `moment` or
    later; None when all did. What was imported or moved here since bears older dates than what came
    before it, so the dates of the newest commits alone say nothing. Histories are linear."""
    told = repo.git("rev-list", "--timestamp", "--end-of-options", until).decode("ascii")
    wanted, found = int(moment.timestamp()), None
    for line in told.splitlines():
        seconds, _, oid = line.partition(" ")
        if int(seconds) >= wanted:
            found = None
        elif found is None:
            found = Oid(oid)
    return found


def back(repo: Repo, until: Oid, count: int) -> Oid | None:
    """The commit `count` steps before `until`; None when there are not so many."""
    told = repo.git("rev-list", "-1", f"--skip={count}", "--end-of-options", until)
    return Oid(told.decode("ascii").strip()) or None


def every(repo: Repo, count: int, since: Oid | None, until: Oid) -> list[Oid]:
    """Where to stop on the way from `since` (a commit that `until` does not contain: from the
    beginning) to `until`, which is the last of them: at the first commit, and after each `count`
    more. At the end alone where the way is no longer than that; nowhere where there is none."""
    known = since is not None and goes_on(repo, since, until)
    span = f"{since}..{until}" if known else until
    words = ("rev-list", "--first-parent", "--reverse", "--end-of-options", span)
    process = repo.start(*words, config=STREAMED)
    found = [Oid(line.decode("ascii").strip()) for line in process.stdout]
    if process.wait():
        raise StoreError(f"{repo.path.name}: no log of {span}. Run `solicomm fsck`")
    stops = found[: len(found) - 1 : count] if len(found) > count else []
    return [*stops, *found[-1:]]


def _parsed(stream: IO[bytes]) -> Iterator[Commit]:
    """Commits from `%x02<oid> NUL time NUL name NUL message NUL [raw NUL path NUL]…`."""
    tokens = _tokens(stream)
    token = next(tokens, None)
    while token is not None:
        oid = Oid(token[1:])
        committed = moment(next(tokens))
        name, message = next(tokens), next(tokens)
        changes = []
        token = next(tokens, None)
        while token is not None and not token.startswith("\x02"):
            changes.append(_changed(token.lstrip("\n"), next(tokens)))
            token = next(tokens, None)
        yield Commit(oid, committed, name, message, tuple(changes))


def moment(seconds: str) -> datetime:
    """The date of a commit as git says it in seconds (`%ct`). Whoever pushes may write any number:
    one that is none is 1970, and one too far away the year 9999."""
    return datetime.fromtimestamp(min(int(seconds or 0), _LATEST), UTC)


def _changed(raw: str, path: str) -> Changed:
    """`:<mode> <mode> <oid> <oid> <status>` and its path; a change of type counts as modified."""
    _, _, _, oid, status = raw.split(" ")
    if status == "D":
        return Changed("D", path, Oid(""))
    return Changed("A" if status == "A" else "M", path, Oid(oid))


def _tokens(stream: IO[bytes]) -> Iterator[str]:
    """The NUL-ended strings of a stream."""
    rest = b""
    while chunk := stream.read(_CHUNK):
        *whole, rest = (rest + chunk).split(b"\0")
        for token in whole:
            yield token.decode("utf-8", "surrogateescape")
