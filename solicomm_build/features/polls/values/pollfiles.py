"""The files of one poll, put together and checked: what was asked, who may vote, what was voted.
Pure: the files may come from our store, or from a copy that lies in a folder.

Broken files, and ballots that are not what their names say, are named as faults and left out, so
that nobody can stop a count by one bad file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import tally, votefiles
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Poll, Voter
from solicomm_build.foundation.errors import ContentError, ContentErrors


@dataclass(frozen=True)
class PollFiles:
    """One poll as its files say. Without an `opening` nobody has been asked yet. `turnout` is the
    newest note on how many had voted, and when."""

    poll: Poll
    opening: Opening | None = None
    voters: Mapping[str, Voter] = field(default_factory=dict)
    ballots: tuple[Ballot, ...] = ()
    turnout: tuple[datetime, int] | None = None
    closing: Closing | None = None
    faults: tuple[ContentError, ...] = ()

    @cached_property
    def tally(self) -> tally.Tally | None:
        """The table as it ended, or as it stands; None before the opening."""
        if self.opening is None:
            return None
        return tally.count(self.poll, self.voters, self.opening, self.ballots, self.closing)

    @property
    def is_shown(self) -> bool:
        """Whether the choices are for everybody to see by now."""
        return self.opening is not None and (self.poll.live or self.closing is not None)


def assemble(identifier: str, files: Mapping[str, bytes]) -> PollFiles:
    """The poll whose files these are, by their paths in the repository. Raises ContentErrors when
    there is no sound `poll.yaml`."""
    at = polls.folder(identifier)
    faults: list[ContentError] = []
    if (blob := files.get(f"{at}poll.yaml")) is None:
        remedy = "Bring it back from a copy"
        raise ContentErrors([ContentError("the poll has no poll.yaml", file=at, remedy=remedy)])
    poll = polls.decode(blob, f"{at}poll.yaml")
    if poll.id != identifier:
        fault = f"`id: {poll.id}` is another poll's"
        remedy = f"Write `id: {identifier}`"
        raise ContentErrors([ContentError(fault, file=f"{at}poll.yaml", remedy=remedy)])
    opening, voters, closing, turnout = None, dict[str, Voter](), None, None
    ballots: list[Ballot] = []
    for path, octets in sorted(files.items()):
        found = polls.parse_path(path)
        if found is None or found[0] != identifier:
            remedy = "Files of a poll are named in docs/formats/poll.md; take it out"
            faults.append(ContentError("this is no file of the poll", file=path, remedy=remedy))
            continue
        try:
            match found[1]:
                case "open":
                    opening = votefiles.decode_open(octets, path)
                case "voters":
                    voters = votefiles.decode_voters(octets, path)
                case "close":
                    closing = votefiles.decode_close(octets, path)
                case "turnout":
                    turnout = votefiles.decode_turnout(octets, path)
                case "ballot":
                    ballots.append(_ballot(octets, path))
        except ContentError as error:
            faults.append(error)
    if opening is not None:
        faults += _hashes(at, opening, files)
    return PollFiles(poll, opening, voters, tuple(ballots), turnout, closing, tuple(faults))


def _ballot(octets: bytes, path: str) -> Ballot:
    ballot = votefiles.decode_ballot(octets, path)
    wanted = polls.ballot_path(path.split("/")[1], ballot)
    if wanted != path:
        fault = "the ballot is not the one of its name"
        raise ContentError(fault, file=path, remedy="It does not count; somebody changed it")
    return ballot


def _hashes(at: str, opening: Opening, files: Mapping[str, bytes]) -> list[ContentError]:
    faults = []
    for name, wanted in (("poll.yaml", opening.poll), ("voters.yaml", opening.voters)):
        if hashlib.sha256(files.get(f"{at}{name}", b"")).hexdigest() != wanted:
            fault = "the file is not the one with which the poll was opened"
            remedy = "Bring it back from a copy: its SHA-256 is in open.yaml"
            faults.append(ContentError(fault, file=f"{at}{name}", remedy=remedy))
    return faults
