"""Votes by mail and on the voter's page: `vote+<poll>.<token>@`, one address for each voter.

The token says whose vote it is, whoever sent the mail, and the answer always goes to the voter's
own address: who passed his mail on hears of what was done with it, and can take it back. The first
line is a vote as a whole, or nothing is done (features/polls/values/pollwords.py). A vote counts
by the time at which the mail came, not by when it is read here; while the clock is far ahead, by
the time that is believed.

Where choices are public at once, a ballot goes into the conference too; else it waits in `private/`
until the end (features/polls/pollbook.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.features.polls import pollbook, seat, voteaddress
from solicomm_build.features.polls.bymail import pollletters as letters
from solicomm_build.features.polls.bymail.pollletters import Asked
from solicomm_build.features.polls.seat import Seat
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import pollwords, votefiles
from solicomm_build.features.polls.values.poll import Ballot
from solicomm_build.features.polls.values.pollwords import Unclear, Undo, Vote
from solicomm_build.foundation import timekeeping
from solicomm_build.message.address import key
from solicomm_build.post import ownwords

MOST_BALLOTS = 50
"""So many ballots are taken of one voter: whoever has the mail could fill the repository."""


def voted(office: Office, case: Case) -> Plan:
    """What a mail to a voter's address leads to."""
    address = voteaddress.split(case.address.rpartition("@")[0])
    if address is None:
        return NOTHING
    names = sorted(office.lists())
    found = seat.found(office.config, office.key, office.roster(), names, address)
    if found is None:
        return NOTHING
    about = Asked(office, found.conference, found.files.poll, found.voter, found.member)
    return _Voting(case, about, found).plan()


@dataclass(frozen=True, slots=True)
class _Voting:
    """One mail of one voter, or one press of a button on the voter's page."""

    case: Case
    about: Asked
    seat: Seat

    @property
    def before(self) -> tuple[Ballot, ...]:
        """What that voter sent before, the oldest first."""
        return self.seat.before

    @property
    def _kind(self) -> str:
        """Answers that follow from no change: as many as other answers, never to a mute mail."""
        return f"vote:{self.case.cause}"

    def plan(self) -> Plan:
        """The ballot and what is told of it."""
        at = self._received()
        if not self.seat.is_open(at):
            return self._told(letters.closed(self.about, self.seat.end, at, kind=self._kind))
        if len(self.before) >= MOST_BALLOTS:
            return self._told(letters.too_often(self.about, kind=self._kind))
        line = first_line(self.case.message.text)
        match pollwords.read(self.about.poll, line, self.about.lang):
            case Vote(choice):
                return self._ballot(choice, undone=False)
            case Undo():
                return self._undone()
            case Unclear(why, read):
                now = self.before[-1] if self.before else None
                return self._told(letters.unclear(self.about, why, read, now, kind=self._kind))

    def _received(self) -> datetime:
        """When the mail came, which is not to come; after the opening, and the ballot before, where
        clocks were set back."""
        now = timekeeping.believed(self.about.office.config.state)
        at = min(self.case.envelope.received_at, now)
        if self.seat.files.opening is not None:
            at = max(at, self.seat.files.opening.at)
        if self.before and at <= self.before[-1].at:
            return self.before[-1].at + timedelta(microseconds=1)
        return at

    def _undone(self) -> Plan:
        """The vote of before the last one, or none."""
        if not self.before or not (self.before[-1].choice or len(self.before) > 1):
            return self._told(letters.nothing_to_undo(self.about, kind=self._kind))
        choice = self.before[-2].choice if len(self.before) > 1 else ()
        return self._ballot(choice, undone=True)

    def _ballot(self, choice: tuple[str, ...], *, undone: bool) -> Plan:
        poll, conference = self.about.poll, self.about.conference
        name = self.about.name if poll.ballot == "open" else ""
        ballot = Ballot(self.about.voter.id, self._received(), choice, name)
        text = votefiles.encode_ballot(ballot).decode("utf-8")
        kept = Write.to_private(pollbook.vote_path(conference, poll.id, ballot), text)
        added = Write.to_conference(conference, polls.ballot_path(poll.id, ballot), text)
        author = self.case.author
        foreign = bool(author) and key(author) != key(self.about.member.address)
        web = self.case.web
        letter = letters.counted(self.about, ballot, undone=undone, foreign=foreign, web=web)
        return Plan(
            letters=(letter,),
            writes=(kept, added) if poll.live else (kept,),
            subject="Take a vote",
        )

    def _told(self, letter: Letter) -> Plan:
        return Plan(letters=(letter,))


def first_line(text: str) -> str:
    """The first line that the author wrote: not blank, not quoted, not the line that announces a
    quote, not a greeting, before the signature; empty when there is none."""
    own = [row for row in ownwords.rows(text, beyond_quotes=True) if row.strip()]
    return next((row.strip() for row in ownwords.without_greeting(own)), "")
