"""What changed on a site's main branch, and going back to how it was.

Going back is one more commit, with the very tree of an earlier one: history only grows, so what was
undone can be brought back in the same way, and everybody's next `git pull` simply goes on.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose, one_line
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import COMMITTER
from solicomm_build.message.address import mask

_COMMIT = re.compile(r"[0-9a-f]{4,40}")
_LONGEST = 200
_AHEAD = timedelta(days=1)
"""So far a clock is ahead of ours before we take its date for a wrong one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One change as people may see it: `name` and `subject` without addresses of persons, `files`
    as in the repository, compared with the step before. `when` is what the commit says, and whoever
    pushes may write any date: None for what is none."""

    oid: Oid
    when: datetime | None
    name: str
    subject: str
    files: tuple[str, ...]

    def dated(self, now: datetime) -> datetime | None:
        """When it was, as far as that can be so: None for a date that is still to come, too."""
        return self.when if self.when and self.when <= now + _AHEAD else None


def steps(repo: Repo, tip: Oid, count: int) -> list[Step]:
    """The newest changes up to `tip`, the newest first; a merge counts once. One git process."""
    mark = secrets.token_hex(8)  # a commit may say whatever it likes
    told = repo.git(
        "log",
        "--first-parent",
        f"--max-count={count}",
        "--name-only",
        "-z",
        "--no-renames",
        "--diff-merges=first-parent",
        f"--format={mark}%x00%H%x00%ct%x00%an%x00%s%x00",
        "--end-of-options",
        tip,
        "--",
    ).decode("utf-8", "replace")
    return list(_parsed(told.split(f"{mark}\0")[1:]))


def named(repo: Repo, word: str | None) -> Oid:
    """The commit of main that `word` (an id, also the beginning of one) names, or without a word
    the one before the last change. Raises HubError when main never was there."""
    tip = _tip(repo)
    if word is None:
        before = log.back(repo, tip, 1)
        if before is None:
            raise HubError(f"{repo.path.stem}: there is nothing before the first commit")
        return _first_parent(repo, tip)
    remedy = f"`solicomm site history {repo.path.stem}` lists what there is"
    if not _COMMIT.fullmatch(word.lower()):
        raise HubError(f"{word!r} is not the id of a commit. {remedy}")
    try:
        told = repo.git("rev-parse", "--verify", "--quiet", f"{word.lower()}^{{commit}}")
    except StoreError:
        raise HubError(f"{repo.path.stem}: there is no commit {word}. {remedy}") from None
    found = Oid(told.decode("ascii").strip())
    if not log.is_ancestor(repo, found, tip):
        raise HubError(f"{repo.path.stem}: {word} was never on main. {remedy}")
    return found


def restore(repo: Repo, commit: Oid, *, when: datetime, name: str = "SoliComm") -> Oid:
    """Makes main's files those of `commit` by a new commit, durable on return. Raises HubError when
    they are so already, ConflictError when somebody pushes at the same moment."""
    with repo.lock():
        tip = _tip(repo)
        tree, now = (_tree(repo, one) for one in (commit, tip))
        if tree == now:
            raise HubError(f"{repo.path.stem}: the site is as in {commit[:10]} already")
        subject = f"Go back to {commit[:10]}"
        stamp = f"{int(when.timestamp())} +0000"
        author = f"{one_line(name) or 'SoliComm'} {COMMITTER.partition(' ')[2]}"
        text = (
            f"tree {tree}\nparent {tip}\nauthor {author} {stamp}\ncommitter {COMMITTER} {stamp}\n\n"
            + compose(subject, Source="cli", Restores=commit)
        )
        told = repo.git("hash-object", "-t", "commit", "-w", "--stdin", input=text.encode())
        made = Oid(told.decode("ascii").strip())
        repo.set_ref(MAIN, made, tip)
        return made


def _tip(repo: Repo) -> Oid:
    tip = repo.ref()
    if tip is None:
        raise HubError(f"{repo.path.stem}: nothing was ever committed there")
    return tip


def _first_parent(repo: Repo, tip: Oid) -> Oid:
    told = repo.git("rev-parse", "--verify", f"{tip}^1")
    return Oid(told.decode("ascii").strip())


def _tree(repo: Repo, commit: Oid) -> str:
    return repo.git("rev-parse", "--verify", f"{commit}^{{tree}}").decode("ascii").strip()


def parent(repo: Repo, commit: Oid) -> Oid | None:
    """The commit before this one; None for the first of all."""
    try:
        return _first_parent(repo, commit)
    except StoreError:
        return None


def _parsed(records: Iterable[str]) -> Iterator[Step]:
    for record in records:
        oid, when, name, subject, *files = record.split("\0")
        paths = tuple(path for file in files if (path := file.strip("\n")))
        moment = log.moment(when)
        date = moment if 1970 < moment.year < 9999 else None
        yield Step(Oid(oid), date, _plain(name), _plain(subject), paths)


def _plain(text: str) -> str:
    return one_line(mask(text))[:_LONGEST]
