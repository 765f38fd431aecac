"""Where a list's mail goes on: moved by the operator's explicit command, and by nothing else.

The courier and each group of digests have a cursor in a list's repository. Forward to the tip:
what waits to be sent is never sent. Elsewhere: what came after that commit is sent, also to people
who had it. What is in spool/out already goes out in either case. The courier must be at rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import locked
from solicomm_build.foundation.types import Oid
from solicomm_build.git.cursor import COURIER, Cursor, consumers
from solicomm_build.git.history import following
from solicomm_build.git.log import commits
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.post import conference as conference_file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list's mail goes on, and how many posts will go out from there. `was` is None when
    the list had no place."""

    was: Oid | None
    now: Oid
    posts: int


def skip_to_tip(config: Config, name: str) -> Place:
    """Sends nothing of what has come so far; durable on return. Raises HubError."""
    with _resting(config):
        repo = _list(config, name)
        with following(repo):
            return _moved(repo, _tip(repo))


def go_to(config: Config, name: str, commit: str) -> Place:
    """Sends what came after a commit, which may be shortened. Raises HubError, UsageError."""
    with _resting(config):
        repo = _list(config, name)
        with following(repo):
            return _moved(repo, _commit(repo, name, commit))


def posts_after(config: Config, name: str, commit: str) -> int:
    """How many posts would go out from there. Raises HubError, UsageError."""
    repo = _list(config, name)
    return _count(repo, _commit(repo, name, commit))


@contextmanager
def _resting(config: Config) -> Iterator[None]:
    with ExitStack() as locks:
        for one in cells.every(config):
            mine = locks.enter_context(locked(one.spool_out / ".lock", blocking=False))
            if not mine or liveness.runs(config.state, liveness.of_cell("deliver", one.cell)):
                raise HubError("The courier is at work. Stop the hub first, then start it again")
        yield


def _list(config: Config, name: str) -> Repo:
    path = config.conference_repo(name)
    if path.is_dir():
        repo = open_repo(path)
        with Reader(repo) as reader:
            blob = reader.at(MAIN, conference_file.FILE) if repo.ref() else None
        if blob is not None and conference_file.decode(blob):
            return repo
    raise HubError(f"There is no list or conference {name} here: solicomm status names them")


def _tip(repo: Repo) -> Oid:
    tip = repo.ref()
    assert tip is not None  # noqa: S101 - a list has settings, so it has a commit
    return tip


def _commit(repo: Repo, name: str, commit: str) -> Oid:
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit}^{{commit}}")
    if commit and repo.succeeds(*words):
        found = Oid(repo.git(*words).decode("ascii").strip())
        if repo.succeeds("merge-base", "--is-ancestor", found, _tip(repo)):
            return found
    raise UsageError(f"{name} has no commit {commit}. `git log` in its repository names them")


def _count(repo: Repo, since: Oid) -> int:
    told = (commit.trailer("Source") for commit in commits(repo, since, _tip(repo)))
    return sum(source == "mail" for source in told)


def _moved(repo: Repo, to: Oid) -> Place:
    was = Cursor(repo, COURIER).read()
    for consumer in (COURIER, *consumers(repo, "digest-")):
        cursor = Cursor(repo, consumer)
        if (at := cursor.read()) != to:
            cursor.advance(at, to)
    return Place(was, to, _count(repo, to))
