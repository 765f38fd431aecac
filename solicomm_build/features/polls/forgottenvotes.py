"""What polls keep of a person who was erased: what was counted counts on, and nothing says whose it
was.

The name goes out of the person's published ballots, in every commit that has them; a ballot's file
is called by what it says besides, so each stays what it is and a recount gives the same table. What
is not published yet, and the tie between voter id and member, goes from `private/polls`: what was
voted in a poll that runs and hides choices till its end counts no more, and the receipt says so
(docs/adr/0020).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from solicomm_build.features.polls import pollbook, pollstore
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import pastfiles

Cutter = Callable[[Repo, Cut, Iterable[str], int], None]


def from_polls(config: Config, number: int, cut: Cutter) -> int:
    """Takes a member out of every poll; how many polls had the member. Safe to call again: the ties
    by which ballots are found go last."""
    books = list(pollbook.books(config))
    count = 0
    for conference, poll, book in books:
        own = {voter for voter, known in book.voters().items() if known == number}
        repo = pastfiles.of_conference(config, conference)
        if own and repo is not None:
            _from_ballots(repo, poll, own, cut)
        names = {ballot.name for voter in own for ballot in book.ballots(voter) if ballot.name}
        if names:
            collected.without_names(config, conference, poll, names)
    for _, _, book in books:
        count += bool(book.forget_member(number))
    return count


def waiting(config: Config, number: int) -> int:
    """In how many polls that run a member has voted what nobody has seen yet. Ask before anything
    goes."""
    return sum(
        _hides(config, conference, poll)
        and any(known == number and voter in book.cast() for voter, known in book.voters().items())
        for conference, poll, book in pollbook.books(config)
    )


def _hides(config: Config, conference: str, poll: str) -> bool:
    """Whether a poll hides still what was voted."""
    if (theirs := collected.read(config, conference, poll)) is not None:
        return theirs.end is None
    repo = pastfiles.of_conference(config, conference)
    if repo is None:
        return False
    try:
        with Reader(repo) as reader:
            files = pollstore.load(reader, poll, ballots=False)
    except SoliCommError:
        return False  # it will be counted by nobody; fsck names it
    return files.closing is None and not files.poll.live


def _from_ballots(repo: Repo, poll: str, own: set[str], cut: Cutter) -> None:
    blobs: dict[Oid, bytes] = {}
    tip = repo.ref()
    with Reader(repo) as reader:
        for commit in log.commits(repo, None, tip) if tip else ():
            for change in commit.changes:
                found = polls.parse_path(change.path)
                if not change.oid or found is None or found[:2] != (poll, "ballot"):
                    continue
                try:
                    ballot = votefiles.decode_ballot(reader.blob(change.oid))
                except SoliCommError:
                    continue
                if ballot.voter in own and ballot.name:
                    blobs[change.oid] = votefiles.encode_ballot(replace(ballot, name=""))
    cut(repo, Cut(blobs=blobs), blobs, len(blobs))
