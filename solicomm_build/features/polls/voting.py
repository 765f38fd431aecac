"""Votes by mail: `vote+<poll>.<token>@`, one address for each voter.

The token says whose vote it is, whoever sent the mail, and the answer always goes to the voter's
own address: who passed his mail on hears of what was done with it, and can take it back. The first
line is a vote as a whole, or nothing is done (features/polls/values/pollwords.py). A vote counts
by the time at which the mail came, not by when it is read here.

Where choices are public at once, a ballot goes into the conference too; else it waits in `private/`
until the end (features/polls/pollbook.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.features.polls import pollbook, voteaddress
from solicomm_build.features.polls import pollletters as letters
from solicomm_build.features.polls import pollstore as store
from solicomm_build.features.polls.pollletters import Asked
from solicomm_build.features.polls.pollwork import PollWork
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import pollwords
from solicomm_build.features.polls.values.poll import Ballot, Voter
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.features.polls.values.pollwords import Unclear, Undo, Vote
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.post import ownwords

MOST_BALLOTS = 50
"""So many ballots are taken of one voter: whoever has the mail could fill the repository."""


def voted(office: Office, case: Case) -> Plan:
    """What a mail to a voter's address leads to."""
    found = voteaddress.split(case.address.rpartition("@")[0])
    number = token.read_vote_token(office.key, found.tag, found.base) if found else None
    if found is None or number is None:
        return NOTHING
    where = _conference(office, found.base, found.tag)
    member = office.roster().members.get(number)
    if where is None or member is None or member.state == "removed":
        return NOTHING
    conference, files = where
    book = pollbook.book(office.config, conference, found.base)
    known = next((voter for voter, who in book.voters().items() if who == number), "")
    voter = files.voters.get(known, Voter(known or "v_"))
    about = Asked(office, conference, files.poll, voter, member)
    return _Voting(case, about, files, book.ballots(known) if known else []).plan()


def _conference(office: Office, poll: str, tag: str) -> tuple[str, PollFiles] | None:
    """Which conference's poll a token is for, and the poll without its ballots."""
    for name in sorted(office.lists()):
        if not token.is_of(tag, name):
            continue
        with Reader(office.repo(name)) as reader:
            if poll not in store.identifiers(reader):
                continue
            try:
                return name, store.load(reader, poll, ballots=False)
            except SoliCommError:
                return None
    return None


@dataclass(frozen=True, slots=True)
class _Voting:
    """One mail of one voter, and what that voter sent before, the oldest first."""

    case: Case
    about: Asked
    files: PollFiles
    before: list[Ballot]

    @property
    def _kind(self) -> str:
        """Answers that follow from no change: as many as other answers, never to a mute mail."""
        return f"vote:{self.case.cause}"

    def plan(self) -> Plan:
        """The ballot and what is told of it."""
        at, end = self._received(), self._end()
        if self.files.opening is None or not self.about.voter.weight or at >= end:
            return self._told(letters.closed(self.about, end, at, kind=self._kind))
        if self.files.closing is not None or self.about.voter.id == "v_":
            return self._told(letters.closed(self.about, end, at, kind=self._kind))
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

    def _end(self) -> datetime:
        """When it ends or has ended; also when a moderator wants that and the desk comes to it
        only after this mail."""
        about, closing = self.about, self.files.closing
        ends = [about.poll.closes, *([closing.at] if closing else [])]
        wish = about.office.roster().ledger(PollWork).ends.get((about.conference, about.poll.id))
        return min([*ends, *([polls.moment(wish[0])] if wish else [])])

    def _received(self) -> datetime:
        """When the mail came; after the ballot before, where clocks were set back."""
        at = self.case.envelope.received_at
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
        text = polls.encode_ballot(ballot).decode("utf-8")
        kept = Write.to_private(pollbook.vote_path(conference, poll.id, ballot), text)
        added = Write.to_conference(conference, polls.ballot_path(poll.id, ballot), text)
        author = self.case.author
        foreign = bool(author) and key(author) != key(self.about.member.address)
        letter = letters.counted(self.about, ballot, undone=undone, foreign=foreign)
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
