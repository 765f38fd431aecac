"""The polls in a conference's repository, read."""

from __future__ import annotations

from solicomm_build.features.polls import voteaddress
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.pollfiles import PollFiles, assemble
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN


def identifiers(reader: Reader, rev: str = MAIN) -> list[str]:
    """The ids of all polls there are files of."""
    return sorted(
        item.path for item in reader.tree(rev, "polls") if voteaddress.POLL_ID.fullmatch(item.path)
    )


def load(reader: Reader, poll: str, rev: str = MAIN, *, ballots: bool = True) -> PollFiles:
    """One poll with all its files, or without its ballots, which may be many. Raises ContentErrors
    when it has no sound poll.yaml."""
    at = polls.folder(poll)
    items = reader.tree(rev, at.rstrip("/"), recursive=True)
    if not ballots:
        items = [item for item in items if not item.path.startswith("ballots/")]
    blobs = reader.blobs(item.oid for item in items)
    return assemble(poll, {at + one.path: blob for one, blob in zip(items, blobs, strict=True)})
