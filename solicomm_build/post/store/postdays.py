"""On which days a list sent posts: what a bounce score needs to tell silence from recovery."""

from __future__ import annotations

from solicomm_build.git.repo import MAIN, Repo

_DAY = 86_400


def post_days(repo: Repo, first: int, last: int) -> frozenset[int]:
    """The days (since 1970-01-01, UTC) from `first` to `last`, both included, on which posts came
    in that went out to members. One git process; a repository without commits has none."""
    if repo.ref() is None or last < first:
        return frozenset()
    told = repo.git(
        "log",
        "--format=%ct",
        f"--since={first * _DAY}",
        f"--until={(last + 1) * _DAY - 1}",
        "--extended-regexp",
        "--grep=^Source: (mail|web)$",
        "--end-of-options",
        MAIN,
        "--",
    )
    return frozenset(int(line) // _DAY for line in told.split())
