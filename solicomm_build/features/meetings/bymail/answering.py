"""Answers to invitations: `rsvp+<meeting>.<token>@`, one address for each who is invited.

The token says whose answer it is, whoever sent the mail and whatever a calendar in it says of an
attendee; the answer always goes to the member's own address: who passed the mail on hears of what
was done with it. A calendar's reply (RFC 5546 3.2.3) counts by its UID and SEQUENCE or DTSTART, a
mail without one by the first line of its author; who wrote more hears that nobody reads it. What
else a program sends, such as a note that somebody is on holiday, answers nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.desk.letters import spent
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan
from solicomm_build.features.meetings import work
from solicomm_build.features.meetings.bymail import invitations, meetingplaces, meetingwords
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.bymail.meetingletters import Invited
from solicomm_build.features.meetings.bymail.meetingplaces import Place
from solicomm_build.features.meetings.invited import is_outside
from solicomm_build.features.meetings.meeting import CHOICES, Meeting
from solicomm_build.features.meetings.meetingbook import Answer, book
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import clock, formernames, timekeeping
from solicomm_build.message.address import key
from solicomm_build.post import ownwords

MOST_ANSWERS = 100
"""So many answers are taken of one who is invited: whoever has the mail could fill the disk."""


def answered(office: Office, case: Case) -> Plan:
    """What a mail to the address of somebody who is invited leads to."""
    place = meetingplaces.of(office, case)
    if place is None:
        return NOTHING
    if _is_shut_out(office, place):
        return _refused(office, case, place)
    files = place.files
    about = Invited(office, place.conference, files.meeting, place.member, files.made)
    return _Answering(case, about, files).plan()


def _is_shut_out(office: Office, place: Place) -> bool:
    """Whether who answers reads nothing of the list any more, nor where it meets."""
    known = office.conference(place.conference)
    if known is not None and not known.is_closed:
        return False
    return is_outside(office.roster(), place.conference, place.member)


def _refused(office: Office, case: Case, place: Place) -> Plan:
    """What who is shut out hears; who is on holiday nothing, as ever."""
    if case.automatic and invitations.replied(case.message) is None:
        return NOTHING
    to = place.member.address
    return Plan(letters=(spent(office, "", to, office.language_of(to, place.conference)),))


@dataclass(frozen=True, slots=True)
class _Answering:
    """One mail of one who is invited."""

    case: Case
    about: Invited
    files: MeetingFiles

    @property
    def _kind(self) -> str:
        """Answers that follow from no change: as many as other answers, never to a mute mail."""
        return f"meeting:{self.case.cause}"

    def plan(self) -> Plan:
        replied = invitations.replied(self.case.message)
        if replied is not None:
            return self._replied(replied)
        if self.case.automatic:
            return NOTHING
        line = first_line(self.case.message.text)
        meaning = meetingwords.read(line)
        if meaning in (meetingwords.NEVER, meetingwords.ALWAYS):
            return self._wished(wanted=meaning == meetingwords.ALWAYS)
        if meaning in CHOICES:
            return self._answer(meaning, more=self._wrote_more())
        return self._told(letters.unclear(self.about, line[:200], kind=self._kind))

    def _replied(self, replied: invitations.Replied) -> Plan:
        about, meeting = self.about, self.about.meeting
        if replied.uid not in self._uids() or not replied.choice:
            return self._told(letters.unclear(about, "", kind=self._kind))
        before = self._known(replied)
        has_moved = (before.starts, before.ends) != (meeting.starts, meeting.ends)
        if has_moved and not self._is_over():
            return self._told(letters.invite(about, before, outdated=True))
        return self._answer(replied.choice, more=bool(replied.comment))

    def _known(self, replied: invitations.Replied) -> Meeting:
        """The version that a calendar answers, by its number, or by when it begins where it says no
        number; else the last one."""
        for one in reversed(self.files.versions):
            is_numbered = replied.sequence is not None
            if one.sequence == replied.sequence if is_numbered else one.starts == replied.starts:
                return one
        return self.about.meeting

    def _uids(self) -> set[str]:
        """What the meeting may be called in calendars: by any name that the conference had."""
        config, name = self.about.office.config, self.about.conference
        names = (name, *formernames.of(config.private, "conferences", name))
        return {invitations.uid(self.about.meeting, one, config.domain) for one in names}

    def _is_over(self) -> bool:
        meeting = self.about.meeting
        return meeting.is_cancelled or self._came() >= meeting.ends

    def _came(self) -> datetime:
        """When the mail came, which is not to come."""
        now = timekeeping.believed(self.about.office.config.state)
        return min(self.case.envelope.received_at, now)

    def _received(self) -> datetime:
        """The same; after the meeting was set to its time, and after the answer before, where
        clocks were set back: else it would not count."""
        at, before = max(self._came(), self.files.set_at), self._before()
        return max(at, before[-1].at + timedelta(microseconds=1)) if before else at

    def _before(self) -> list[Answer]:
        about = self.about
        known = book(about.office.config, about.conference, about.meeting.id)
        return known.answers(about.member.number)

    def _wrote_more(self) -> bool:
        """Whether the author wrote more than the line that answers, and his name."""
        message = self.case.message
        written = ownwords.rows(message.text, beyond_quotes=True)
        rows = ownwords.without_signoff(written, ownwords.names_of(message.from_))
        return sum(map(bool, map(str.strip, ownwords.without_greeting(rows)))) > 1

    def _answer(self, choice: str, *, more: bool) -> Plan:
        about = self.about
        if self._is_over():
            return self._told(letters.over(about, kind=self._kind))
        if len(self._before()) >= MOST_ANSWERS:
            return NOTHING
        author = self.case.author
        foreign = bool(author) and key(author) != key(about.member.address)
        shift = None if foreign or self.case.web else invitations.offset(self.case.message.date_raw)
        mine = book(about.office.config, about.conference, about.meeting.id)
        kept = mine.answering(about.member.number, Answer(choice, self._received(), shift))
        letter = letters.answered(about, choice, foreign=foreign, more=more)
        return Plan(letters=(letter,), writes=(kept,), subject="Take an answer")

    def _wished(self, *, wanted: bool) -> Plan:
        about = self.about
        event = work.wish(about.conference, about.member.number, wanted=wanted, at=clock.now())
        letter = letters.wished(about, wanted=wanted)
        return Plan(events=(event,), letters=(letter,), subject="Note a wish about invitations")

    def _told(self, letter: Letter) -> Plan:
        return Plan(letters=(letter,))


def first_line(text: str) -> str:
    """The first line that the author wrote: not blank, not quoted, not the line that announces a
    quote, not a greeting, before the signature; empty when there is none."""
    own = [row for row in ownwords.rows(text, beyond_quotes=True) if row.strip()]
    return next((row.strip() for row in ownwords.without_greeting(own)), "")
