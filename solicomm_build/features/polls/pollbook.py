"""What nobody but the hub knows of a poll: `private/polls/<conference>/<poll>/`.

    voters.json               {voter id: member number}, written once at the opening
    votes/<voter>/<ts>-<bid>.yaml   every ballot as it came, in the format of
    features/polls/values/votefiles.py

Plain files, so that what ties a person to a vote can really be destroyed: of a pseudonymous poll
all of it goes when the ballots have been published. Of an open one it stays, to find a person's
ballots by when they must be erased. Whoever writes is the desk, through its ledger.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import Ballot
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub.config import Config

FOLDER = "polls"


@dataclass(frozen=True, slots=True)
class PollBook:
    """One poll's private part."""

    folder: Path

    def exists(self) -> bool:
        """Whether the voters are settled, and what ties them to members is there still."""
        return (self.folder / "voters.json").exists()

    def voters(self) -> dict[str, int]:
        """The member number of each voter id."""
        path = self.folder / "voters.json"
        found: dict[str, int] = safeio.facts_of(path) if path.exists() else {}
        return found

    def settle(self, voters: Mapping[str, int]) -> None:
        """Writes down whose the voter ids are; durable on return."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        octets = json.dumps(dict(sorted(voters.items())), indent=0).encode("ascii")
        safeio.write_atomic(self.folder / "voters.json", octets, mode=0o600)

    def ballots(self, voter: str) -> list[Ballot]:
        """All that a voter has sent, the oldest first."""
        return sorted(self._read(self.folder / "votes" / voter), key=lambda b: (b.at, b.bid))

    def all_ballots(self) -> Iterator[Ballot]:
        """What everybody has sent."""
        for place in sorted((self.folder / "votes").glob("*")):
            yield from self._read(place)

    def cast(self) -> dict[str, Ballot]:
        """The last ballot of each who has voted and not taken it back."""
        last: dict[str, Ballot] = {}
        for ballot in self.all_ballots():
            known = last.get(ballot.voter)
            if known is None or (known.at, known.bid) < (ballot.at, ballot.bid):
                last[ballot.voter] = ballot
        return {voter: ballot for voter, ballot in last.items() if ballot.choice}

    def forget(self) -> None:
        """Destroys all of it. Safe to call twice."""
        if self.folder.exists():
            (self.folder / "voters.json").unlink(missing_ok=True)  # what names people goes first
            shutil.rmtree(self.folder)

    def forget_member(self, number: int) -> list[str]:
        """Takes a member's ties out, and ballots that are not published; the voter ids it had."""
        voters = self.voters()
        own = [voter for voter, known in voters.items() if known == number]
        for voter in own:
            shutil.rmtree(self.folder / "votes" / voter, ignore_errors=True)
        if own:
            self.settle({v: known for v, known in voters.items() if known != number})
        return own

    def _read(self, place: Path) -> Iterator[Ballot]:
        for path in sorted(place.glob("*.yaml")):
            try:
                yield votefiles.decode_ballot(path.read_bytes(), path.name)
            except ContentError:
                continue  # a damaged file; `solicomm fsck` names it


def book(config: Config, conference: str, poll: str) -> PollBook:
    """The private part of a poll, whether there is one or not."""
    return PollBook(config.private / FOLDER / conference / poll)


def books(config: Config) -> Iterator[tuple[str, str, PollBook]]:
    """(conference, poll, book) of every poll that has one."""
    for path in sorted((config.private / FOLDER).glob("*/*")):
        if path.is_dir():
            yield path.parent.name, path.name, PollBook(path)


def vote_path(conference: str, poll: str, ballot: Ballot) -> str:
    """Where a ballot is kept, below `private/`."""
    name = polls.ballot_path(poll, ballot).rpartition("/")[2]
    return f"{FOLDER}/{conference}/{poll}/votes/{ballot.voter}/{name}"
