"""The desk's mails about meetings: the facts of each; the words are in `meetings/letters/`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings import rsvpaddress
from solicomm_build.features.meetings.bymail import invitations, meetingtext, meetingwords
from solicomm_build.features.meetings.meeting import Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.foundation import formernames
from solicomm_build.message.address import mask
from solicomm_build.people.membership import Member, option


@dataclass(frozen=True, slots=True)
class Invited:
    """A meeting that was `made` at a moment, and somebody who is invited to it."""

    office: Office
    conference: str
    meeting: Meeting
    member: Member
    made: datetime

    @property
    def lang(self) -> str:
        """The member's language."""
        return self.office.language_of(self.member.address, self.conference)

    @property
    def reply_to(self) -> str:
        """Where this member's answers go."""
        return rsvpaddress.local_part(
            rsvpaddress.ANSWER,
            self.office.key,
            self.conference,
            self.meeting.id,
            self.member.number,
        )

    @property
    def zone(self) -> tzinfo:
        """The member's time zone: what was chosen for the list, else that of the clock by which the
        member answered last, else the meeting's. Whose clock went as the meeting's does lives by
        it, also once clocks change."""
        options = self.office.roster().subscriptions[self.conference]
        chosen = option(options.get(self.member.number, {}), "zone")
        try:
            if chosen:
                return ZoneInfo(chosen)
        except (ValueError, OSError, KeyError):
            pass
        mine = book(self.office.config, self.conference, self.meeting.id)
        local = self.meeting.local
        known = [one for one in mine.answers(self.member.number) if one.offset is not None]
        if not known:
            return local
        last = known[-1]
        own = terms.of_offset(last.offset or 0)
        return local if last.at.astimezone(local).utcoffset() == own.utcoffset(None) else own

    @property
    def name(self) -> str:
        """The name that everybody may read beside an answer, without any address in it; none where
        the conference wants pseudonyms."""
        settings = self.office.conference(self.conference)
        if settings is not None and settings.pseudonyms == "required":
            return ""
        return mask(self.member.name)

    @property
    def page(self) -> str:
        """Where the meeting is read."""
        return page(self.office, self.conference, self.meeting.id)

    def facts(self) -> list[str]:
        """What, when and where."""
        rows = [self.meeting.title, *terms.times(self.meeting, self.lang, self.zone)]
        return [*rows, *filter(None, [self.meeting.place])]

    def letter(self, template: str, *, kind: str = "", notice: bool = False, **more: Any) -> Letter:
        """A letter whose answer is one to the invitation."""
        words: dict[str, Any] = {
            one: meetingwords.first(one, self.lang) for one in meetingwords.WORDS
        }
        made = letter(
            self.office,
            template,
            self.member.address,
            self.lang,
            conference=self.conference,
            kind=kind,
            reply_to=self.reply_to,
            notice=notice,
            title=self.meeting.title,
            facts=self.facts(),
            page=self.page,
            seen=terms.seen(self.meeting, self.lang, self.name),
            **words,
            **more,
        )
        return replace(made, sender=self.reply_to)

    def with_calendar(self, letter: Letter) -> Letter:
        """The letter with the invitation that programs read, or that it is cancelled."""
        domain, renamed = self.office.config.domain, formernames.rows(self.office.config.private)
        octets = invitations.request(
            self.meeting,
            formernames.then(renamed, "conferences", self.conference, self.made),
            domain,
            url=self.page,
            title=self.office.title(self.conference, self.lang),
            ours=f"{self.reply_to}@{domain}",
            theirs=self.member.address,
        )
        method = invitations.CANCEL if self.meeting.is_cancelled else invitations.REQUEST
        kind = f"text/calendar; charset=utf-8; method={method}"
        return replace(letter, other_forms=(Attached(kind, octets),))


def page(office: Office, conference: str, meeting: str) -> str:
    """Where a meeting is read."""
    return f"{office.config.url}/conferences/{conference}/meetings/{meeting}/"


# -- to those who are invited -----------------------------------------------------------------


def invite(about: Invited, before: Meeting | None = None, *, outdated: bool = False) -> Letter:
    """Do you come? Where `before` is known, that something of it has changed; `outdated` when
    somebody has answered how it was."""
    meeting = about.meeting
    times = (meeting.starts, meeting.ends)
    has_moved = before is not None and (before.starts, before.ends) != times
    made = about.letter(
        "meetings/invite",
        notice=not outdated,
        changed=before is not None,
        moved=has_moved,
        outdated=outdated,
    )
    return about.with_calendar(made)


def cancelled(about: Invited) -> Letter:
    """It does not take place."""
    return about.with_calendar(about.letter("meetings/cancelled", notice=True))


def remind(about: Invited, choice: str, *, is_today: bool = False) -> Letter:
    """It is tomorrow, or today, where nobody could say so before."""
    said = terms.said(choice, about.lang) if choice else ""
    return about.letter("meetings/remind", notice=True, said=said, is_today=is_today)


def answered(about: Invited, choice: str, *, foreign: bool, more: bool = False) -> Letter:
    """Your answer as it was understood; `more` was written that nobody reads."""
    said = terms.said(choice, about.lang)
    return about.letter("meetings/answered", said=said, foreign=foreign, more=more)


def unclear(about: Invited, read: str, *, kind: str) -> Letter:
    """We did not understand."""
    return about.letter("meetings/unclear", kind=kind, read=read)


def over(about: Invited, *, kind: str) -> Letter:
    """Too late, or cancelled: your answer changes nothing."""
    return about.letter("meetings/over", kind=kind, cancelled=about.meeting.is_cancelled)


def wished(about: Invited, *, wanted: bool) -> Letter:
    """No more invitations, or invitations again."""
    return about.letter("meetings/wished", wanted=wanted)


# -- to moderators ----------------------------------------------------------------------------


def preview(
    office: Office,
    conference: str,
    to: str,
    lang: str,
    meeting: Meeting,
    count: int,
    text: str,
    *,
    kind: str,
) -> Letter:
    """What would be sent to how many, and a token that sends it."""
    return letter(
        office,
        "meetings/preview",
        to,
        lang,
        conference=conference,
        kind=kind,
        reply_to=f"{conference}-confirm+{text}",
        title=meeting.title,
        facts=facts(meeting, lang),
        names=meeting.names,
        remind=meeting.remind,
        people=count,
    )


def facts(meeting: Meeting, lang: str) -> list[str]:
    """What, when and where, by the clocks there."""
    rows = [meeting.title, *terms.times(meeting, lang, meeting.local), meeting.place]
    return list(filter(None, rows))


def chair(
    office: Office,
    conference: str,
    member: Member,
    lang: str,
    meeting: Meeting,
    said: str,
    *,
    kind: str = "",
    attached: tuple[Attached, ...] = (),
    notice: bool = False,
    rows: Sequence[str] = (),
) -> Letter:
    """To a moderator: an answer to it changes, cancels, lists or closes the meeting. What is `said`
    before stands in the template, which may have `rows` of it."""
    reply_to = rsvpaddress.local_part(
        rsvpaddress.CHAIR, office.key, conference, meeting.id, member.number
    )
    made = letter(
        office,
        "meetings/chair",
        member.address,
        lang,
        conference=conference,
        kind=kind,
        reply_to=reply_to,
        attached=attached,
        notice=notice,
        title=meeting.title,
        facts=facts(meeting, lang),
        page=page(office, conference, meeting.id),
        words={one: meetingtext.first(one, lang) for one in ("cancel", "list", "minutes")},
        example=meetingtext.example(lang)[1],  # another time
        said=said,
        rows=rows,
        pdf=len(attached) > 1,
    )
    return replace(made, sender=reply_to)


def faulty(
    office: Office, conference: str, to: str, lang: str, faults: Sequence[str], *, kind: str
) -> Letter:
    """What is wrong with the lines about a meeting, and how they are written."""
    example = meetingtext.example(lang)
    facts: dict[str, Any] = {"rows": faults, "ask": rsvpaddress.ASK, "example": example}
    return letter(office, "meetings/faulty", to, lang, conference=conference, kind=kind, **facts)


def told(
    office: Office, conference: str, to: str, lang: str, *, kind: str, closed: bool = False
) -> Letter:
    """How moderators write about a meeting; `closed` to others."""
    example = meetingtext.example(lang)
    facts: dict[str, Any] = {"closed": closed, "ask": rsvpaddress.ASK, "example": example}
    return letter(office, "meetings/help", to, lang, conference=conference, kind=kind, **facts)
