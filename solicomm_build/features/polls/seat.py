"""Whose vote a token is: the poll, the voter, and what that voter sent before. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.networked import collected
from solicomm_build.features.polls.pollstore import Frames
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values.poll import Ballot, Voter
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import token
from solicomm_build.people.address import ListAddress
from solicomm_build.people.membership import Member
from solicomm_build.people.roster import Roster

NOBODY = "v_"
"""The voter id of a member who is not among those who may vote."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One voter of one poll, whose files are here without ballots; `end` is when the poll ends or
    has ended, `before` what the voter sent, the oldest first."""

    conference: str
    files: PollFiles
    voter: Voter
    member: Member
    end: datetime
    before: tuple[Ballot, ...]

    def is_open(self, at: datetime) -> bool:
        """Whether a vote of this moment counts."""
        files = self.files
        if files.opening is None or files.closing is not None or self.voter.id == NOBODY:
            return False
        return bool(self.voter.weight) and at < self.end

    @property
    def choice(self) -> tuple[str, ...]:
        """The vote as it is now; empty for none."""
        return self.before[-1].choice if self.before else ()


def found(
    config: Config,
    key: bytes,
    roster: Roster,
    names: Iterable[str],
    address: ListAddress,
    frames: Frames | None = None,
) -> Seat | None:
    """Whose the token of an address is, in one of the conferences `names`; None for a token that
    is not ours, of a poll that is not there, or of somebody who is no member any more. `frames`
    remembers polls between calls. Blocking."""
    number = token.read_vote_token(key, address.tag, address.base)
    member = roster.members.get(number) if number is not None else None
    if member is None or member.state == "removed":
        return None
    for name in names:
        if not any(token.is_of(address.tag, one) for one in roster.names.of(name)):
            continue
        with Reader(open_repo(config.conference_repo(name))) as reader:
            if address.base not in store.identifiers(reader):
                continue
            try:
                files = (frames or Frames()).of(reader, name, address.base)
            except SoliCommError:
                return None
        return _seat(config, roster, name, files, member)
    return None


def _seat(config: Config, roster: Roster, name: str, files: PollFiles, member: Member) -> Seat:
    files, poll = collected.local(config, name, files), files.poll.id
    book = pollbook.book(config, name, poll)
    known = next((one for one, who in book.voters().items() if who == member.number), "")
    voter = files.voters.get(known, Voter(known or NOBODY))
    before = tuple(book.ballots(known)) if known else ()
    return Seat(name, files, voter, member, _end(roster, name, files), before)


def _end(roster: Roster, name: str, files: PollFiles) -> datetime:
    """Also when a moderator wants that it ends, and the desk comes to it only later."""
    closing = files.closing
    wish = roster.ledger(PollWork).ends.get((name, files.poll.id))
    wished = [polls.moment(wish[0])] if wish else []
    return min([files.poll.closes, *([closing.at] if closing else []), *wished])
