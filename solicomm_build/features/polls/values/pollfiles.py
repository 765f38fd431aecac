"""The files of one poll, put together and checked: what was asked, who may vote, what was voted.
Pure: the files may come from our store, or from a copy that lies in a folder.

Broken files, and ballots that are not what their names say, are named as faults and left out, so
that nobody can stop a count by one bad file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from solicomm_build.features.polls.values import networkvotes, tally, votefiles
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.networkvotes import Electorate, Report
from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Poll, Voter
from solicomm_build.features.polls.values.tally import Tally
from solicomm_build.foundation.errors import ContentError, ContentErrors, listed


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
    electorates: Mapping[str, Electorate] = field(default_factory=dict)
    reports: Mapping[str, Report] = field(default_factory=dict)

    @cached_property
    def tally(self) -> Tally | None:
        """The table as it ended, or as it stands, with what other hubs reported; None before the
        opening."""
        if self.opening is None or not self.electorates:
            return self.own_tally
        pairs = [*networkvotes.as_ballots(self.opening, self.electorates, self.reports)]
        voters = {**self.voters, **{voter.id: voter for voter, _ in pairs}}
        ballots = (*self.ballots, *(ballot for _, ballot in pairs if ballot))
        found = tally.count(self.poll, voters, self.opening, ballots, self.closing)
        others = sum(one.voters for one in self.electorates.values())
        return replace(found, voters=len(self.voters) + others)

    @cached_property
    def own_tally(self) -> Tally | None:
        """The table of this hub's own members alone."""
        if self.opening is None:
            return None
        return tally.count(self.poll, self.voters, self.opening, self.ballots, self.closing)

    @property
    def missing(self) -> list[Electorate]:
        """The hubs that asked their members and have not reported yet."""
        return [one for hub, one in sorted(self.electorates.items()) if hub not in self.reports]

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
    electorates, reports = dict[str, Electorate](), dict[str, Report]()
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
                case "electorate":
                    hub = found[2]
                    electorates[hub] = networkvotes.decode_electorate(octets, poll.id, hub, path)
                case "report":
                    reports[found[2]] = _report(poll, electorates, octets, path)
        except (ContentError, ContentErrors) as error:
            faults += listed(error, path)
    if opening is not None:
        faults += _hashes(at, opening, files)
    return PollFiles(
        poll,
        opening,
        voters,
        tuple(ballots),
        turnout,
        closing,
        tuple(faults),
        electorates,
        reports,
    )


def _report(poll: Poll, said: Mapping[str, Electorate], octets: bytes, path: str) -> Report:
    """A report that counts; `electorates/` comes before `reports/` in the order of names."""
    hub = path.rpartition("/")[2].removesuffix(".yaml")
    report = networkvotes.decode_report(octets, poll.id, hub, path)
    if why := networkvotes.fault(poll, said.get(hub), report):
        raise ContentError(why, file=path, remedy="It does not count")
    return report


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
