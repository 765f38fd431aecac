"""What moderators do about a meeting by mail.

`<list>-meeting@`: a text becomes a meeting only after its author has seen it as it was understood
and has answered the preview; from My hub it comes as it was seen there. From then on the moderator
has an address with a token (`rsvp-chair+…@`): an answer to it changes the meeting, cancels it, asks
for the list for the door, or brings the minutes, which become a post and close it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from solicomm_build.desk import tokens
from solicomm_build.desk.commands import ANSWER
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import NOTHING, Case, Letter, Plan, Write
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.bymail import doorlist, meetingplaces, meetingtext, minutes
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.bymail.meetingtext import Fault
from solicomm_build.features.meetings.invited import people
from solicomm_build.features.meetings.meeting import CANCELLED, Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import N_, gettext
from solicomm_build.message.address import is_valid
from solicomm_build.people.membership import Member, TokenFacts
from solicomm_build.people.proof import by_member_token, by_token
from solicomm_build.post import ownwords

ACTION = "meeting"
"""What the token of a preview is for."""

_MODERATORS = ("moderator", "host", "operator")
_MOST_VERSIONS = 50

FAULTS = {
    "title": N_("It has no title. Add a line such as: Title: General assembly"),
    "when-missing": N_("It does not say when. Add a line such as: When: 2026-12-01 18:00"),
    "when": N_(
        "This is no moment that we understand. Write year, month, day and time, such as "
        "2026-12-01 18:00"
    ),
    "past": N_("This moment is over:"),
    "until": N_("It must end after it begins, within 31 days. We found:"),
    "zone": N_("This is no time zone. Write a name such as Africa/Nairobi:"),
    "names": N_("Write “shown” or “hidden”. We found:"),
    "remind": N_("Write “yes” or “no”. We found:"),
    "reveal": N_("People answered when names were hidden, so they stay hidden."),
    "address": N_("There is an e-mail address here, which everybody could read. Leave it out:"),
    "line": N_("We do not know what this line means:"),
    "nothing": N_("Your mail has no line that changes anything."),
}


def asked(office: Office, case: Case) -> Plan:
    """What a mail to the meetings of a list leads to."""
    name, to = case.conference, case.author
    known = office.conference(name)
    if case.mute or not is_valid(to) or known is None or office.is_ours(to) or case.proof is None:
        return NOTHING
    lang = office.language_of(to, name, hint=case.said)
    kind = f"meeting:{case.cause}"
    if office.roster().role(name, case.proof) not in _MODERATORS:
        return _not_yours(office, name, to, lang, kind)
    if case.web and (made := _of_page(case)):
        return _opening(office, name, to, lang, made)
    rows = _own_rows(case)
    if not rows or meetingtext.order(rows[0]) == "help":
        return Plan(letters=(letters.told(office, name, to, lang, kind=kind),))
    subject = ANSWER.sub("", case.message.subject).strip()
    now = clock.now()
    blank = Meeting(meetings.mint(), subject, now, now, zone=known.zone or "UTC", at=now)
    found = meetingtext.read(blank, rows, now)
    if not isinstance(found, Meeting):
        return Plan(
            letters=(letters.faulty(office, name, to, lang, worded(found, lang), kind=kind),)
        )
    count = len(people(office.roster(), name, closed=known.is_closed))
    return tokens.ask(
        office,
        case,
        ACTION,
        to,
        lambda text, kind: letters.preview(office, name, to, lang, found, count, text, kind=kind),
        kind=kind,
        data={"meeting": meetings.encode(found).decode("utf-8")},
    )


def _not_yours(office: Office, name: str, to: str, lang: str, kind: str = "") -> Plan:
    """Who does not look after the list, or does so no more, hears that it is for moderators."""
    return Plan(letters=(letters.told(office, name, to, lang, kind=kind, closed=True),))


def _own_rows(case: Case) -> list[str]:
    written = ownwords.rows(case.message.text, beyond_quotes=True)
    rows = ownwords.without_signoff(written, ownwords.names_of(case.message.from_))
    return [row for row in ownwords.without_greeting(rows) if row.strip()]


def worded(faults: Sequence[Fault], lang: str) -> list[str]:
    """Faults in words, each with what was written."""
    rows = []
    for fault in faults:
        rows.append(clock.coming(gettext(lang, FAULTS[fault.code])))
        rows += [f"    {fault.said}"] if fault.said else []
    return rows


def opened(office: Office, case: Case, digest: str, facts: TokenFacts) -> Plan:
    """The preview was answered: the meeting is a file of the conference; invitations follow."""
    name, who = facts.conference, by_token(facts)
    lang = office.language_of(facts.address, name)
    if office.roster().role(name, who) not in _MODERATORS:
        return _not_yours(office, name, facts.address, lang)
    try:
        meeting = meetings.decode(str(facts.data.get("meeting", "")).encode("utf-8"))
    except SoliCommError:
        return NOTHING
    return _opening(office, name, facts.address, lang, meeting)


def _of_page(case: Case) -> Meeting | None:
    """The meeting that a moderator saw as it was understood on a page of ours (onpage/calling.py);
    None for what else comes from there."""
    try:
        return meetings.decode(case.message.text.encode("utf-8"))
    except SoliCommError:
        return None


def _opening(office: Office, name: str, to: str, lang: str, meeting: Meeting) -> Plan:
    member = office.roster().member(to)
    if member is None:
        return NOTHING
    if meeting.starts <= clock.now():
        said = worded([Fault("past", meetings.stamp(meeting.starts))], lang)
        return Plan(letters=(letters.faulty(office, name, to, lang, said, kind=""),))
    letter = letters.chair(office, name, member, lang, meeting, "set")
    mine = book(office.config, name, meeting.id)
    if meetingplaces.load(office, name, meeting.id) is not None:  # the button was pressed twice
        return NOTHING
    return Plan(
        letters=(letter,),
        writes=(mine.begun(), mine.chaired(member.number), _version(name, meeting)),
        subject=f"Invite to {meeting.id}",
    )


def _version(conference: str, meeting: Meeting) -> Write:
    text = meetings.encode(meeting).decode("utf-8")
    return Write.to_conference(conference, meetings.version_path(meeting), text)


# -- afterwards -------------------------------------------------------------------------------


def ordered(office: Office, case: Case) -> Plan:
    """What a mail to a moderator's own address of a meeting leads to."""
    place = meetingplaces.of(office, case)
    if place is None or case.automatic:
        return NOTHING
    name, to = place.conference, place.member.address
    if office.roster().role(name, by_member_token(to)) not in _MODERATORS:
        return _not_yours(office, name, to, office.language_of(to, name), f"meeting:{case.cause}")
    return _Chair(office, case, place.conference, place.files, place.member).plan()


@dataclass(frozen=True, slots=True)
class _Chair:
    """One mail of one moderator about one meeting."""

    office: Office
    case: Case
    conference: str
    files: MeetingFiles
    member: Member

    @property
    def _lang(self) -> str:
        return self.office.language_of(self.member.address, self.conference)

    def plan(self) -> Plan:
        rows = _own_rows(self.case)
        order = meetingtext.order(rows[0]) if rows else "help"
        acts = {"cancel": self._cancel, "list": self._list, "help": self._help}
        if order == "minutes":
            return self._minutes()
        return acts[order]() if order in acts else self._change(rows)

    def _told(self, said: str, meeting: Meeting | None = None, **how: Any) -> Letter:
        return letters.chair(
            self.office,
            self.conference,
            self.member,
            self._lang,
            meeting or self.files.meeting,
            said,
            **how,
        )

    def _help(self) -> Plan:
        return Plan(letters=(self._told("", kind=f"meeting:{self.case.cause}"),))

    def _refused(self) -> str:
        """Why nothing of it can be changed any more."""
        meeting = self.files.meeting
        if meeting.is_cancelled:
            return "cancelled-already"
        if clock.now() >= meeting.ends:
            return "over"
        if len(self.files.versions) >= _MOST_VERSIONS:
            return "too-often"
        return ""

    def _change(self, rows: list[str]) -> Plan:
        kind = f"meeting:{self.case.cause}"
        if refused := self._refused():
            return Plan(letters=(self._told(refused, kind=kind),))
        now = clock.now()
        found = meetingtext.change(self.files.meeting, rows, now)
        if not isinstance(found, Meeting):
            rows = worded(found, self._lang)
            return Plan(letters=(self._told("faults", kind=kind, rows=rows),))
        return self._next(replace(found, at=now), "changed", f"Change {found.id}")

    def _cancel(self) -> Plan:
        if refused := self._refused():
            kind = f"meeting:{self.case.cause}"
            return Plan(letters=(self._told(refused, kind=kind),))
        known = self.files.meeting
        off = replace(known, state=CANCELLED, sequence=known.sequence + 1, at=clock.now())
        return self._next(off, "cancelled", f"Cancel {off.id}")

    def _next(self, meeting: Meeting, said: str, subject: str) -> Plan:
        letter = self._told(said, meeting)
        return Plan(
            letters=(letter,), writes=(_version(self.conference, meeting),), subject=subject
        )

    def _list(self) -> Plan:
        return Plan(
            letters=(doorlist.letter(self.office, self.conference, self.member, self.files),)
        )

    def _minutes(self) -> Plan:
        kind = f"meeting:{self.case.cause}"
        typed, local = self.case.web, self.case.address.partition("@")[0].lower()
        token = local.rpartition(".")[2]
        text = minutes.own_text(self.case.message.text, token, is_typed=typed)
        said = ""
        if self.files.minutes is not None:
            said = "minutes-already"
        elif clock.now() < self.files.meeting.starts:
            said = "not-begun"
        elif not text:
            said = "no-text"
        made = minutes.post(self.office, self.conference, self.files, text, self.member)
        if said or made is None:
            return Plan(letters=(self._told(said, kind=kind),))
        item, note, events = made
        return Plan(
            events=events,
            letters=(self._told("minutes"),),
            writes=(note,),
            posts=(item,),
            subject=f"Close {self.files.meeting.id}",
        )
