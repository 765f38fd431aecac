"""The desk's mails about meetings: one function a mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from zoneinfo import ZoneInfo

from solicomm_build.desk import letters
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Letter
from solicomm_build.desk.words import line, paragraphs
from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings import rsvpaddress
from solicomm_build.features.meetings.bymail import invitations, meetingtext, meetingwords
from solicomm_build.features.meetings.meeting import MAYBE, NO, YES, Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.message import richtext
from solicomm_build.message.address import mask
from solicomm_build.people.membership import option
from solicomm_build.people.roster import Member


@dataclass(frozen=True, slots=True)
class Invited:
    """A meeting and somebody who is invited to it."""

    office: Office
    conference: str
    meeting: Meeting
    member: Member

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
        member answered last, else the meeting's."""
        options = self.office.roster().subscriptions.get(self.conference, {})
        chosen = option(options.get(self.member.number, {}), "zone")
        try:
            if chosen:
                return ZoneInfo(chosen)
        except (ValueError, OSError, KeyError):
            pass
        mine = book(self.office.config, self.conference, self.meeting.id)
        known = [one.offset for one in mine.answers(self.member.number) if one.offset is not None]
        return terms.of_offset(known[-1]) if known else self.meeting.local

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

    def facts(self) -> str:
        """What, when and where."""
        rows = [self.meeting.title, *terms.times(self.meeting, self.lang, self.zone)]
        return "\n".join(map(line, [*rows, *filter(None, [self.meeting.place])]))

    def letter(self, subject: str, *parts: str, kind: str = "", notice: bool = False) -> Letter:
        """A letter whose answer is one to the invitation."""
        made = letters.letter(
            self.office,
            self.conference,
            self.member.address,
            self.lang,
            subject,
            *parts,
            kind=kind,
            reply_to=self.reply_to,
            notice=notice,
        )
        return replace(made, sender=self.reply_to)

    def with_calendar(self, letter: Letter) -> Letter:
        """The letter with the invitation that programs read, or that it is cancelled."""
        domain = self.office.config.domain
        octets = invitations.request(
            self.meeting,
            self.conference,
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


def invite(about: Invited, before: Meeting | None = None) -> Letter:
    """Do you come? Where `before` is known, that something of it has changed."""
    lang, meeting = about.lang, about.meeting
    title = about.office.title(about.conference, lang)
    subject = gettext(lang, "Invitation: %(title)s", title=meeting.title)
    first = gettext(lang, "“%(list)s” invites you:", list=title)
    if before is not None:
        subject = gettext(lang, "Changed: %(title)s", title=meeting.title)
        first = gettext(lang, "This meeting of “%(list)s” has changed. It is now:", list=title)
    again = ""
    if before is not None and (before.starts, before.ends) != (meeting.starts, meeting.ends):
        again = gettext(lang, "The time has changed, so please answer again.")
    never = meetingwords.first(meetingwords.NEVER, lang)
    return about.with_calendar(
        about.letter(
            subject,
            f"{first}\n{about.facts()}",
            again,
            how(lang),
            terms.seen(meeting, lang, about.name),
            _mine(lang),
            gettext(
                lang,
                "To get no more invitations from this list, answer with the word “%(word)s”.",
                word=never,
            ),
            _where(about),
            notice=True,
        )
    )


def how(lang: str) -> str:
    """How to answer."""
    yes, maybe, no = (meetingwords.first(one, lang) for one in (YES, MAYBE, NO))
    return gettext(
        lang,
        "Are you coming? Press the button that your mail program shows, or answer this mail with "
        "one word: %(yes)s, %(maybe)s or %(no)s. You may answer again; your last answer counts.",
        yes=yes,
        maybe=maybe,
        no=no,
    )


def _mine(lang: str) -> str:
    return gettext(
        lang,
        "The address that you answer to is yours alone: anybody who has this mail can answer in "
        "your name.",
    )


def _where(about: Invited) -> str:
    return on_the_web(about.office, about.conference, about.meeting.id, about.lang)


def on_the_web(office: Office, conference: str, meeting: str, lang: str) -> str:
    """Where the meeting is read, as a paragraph."""
    return richtext.button(
        gettext(lang, "The meeting on the web"), page(office, conference, meeting)
    )


def cancelled(about: Invited) -> Letter:
    """It does not take place."""
    lang = about.lang
    title = about.office.title(about.conference, lang)
    return about.with_calendar(
        about.letter(
            gettext(lang, "Cancelled: %(title)s", title=about.meeting.title),
            gettext(lang, "This meeting of “%(list)s” does not take place:", list=title)
            + "\n"
            + about.facts(),
            _where(about),
            notice=True,
        )
    )


def remind(about: Invited, choice: str) -> Letter:
    """It is tomorrow."""
    lang = about.lang
    title = about.office.title(about.conference, lang)
    first = gettext(lang, "This meeting of “%(list)s” is tomorrow:", list=title)
    told = terms.said(choice, lang) if choice else gettext(lang, "You have not answered yet.")
    return about.letter(
        gettext(lang, "Tomorrow: %(title)s", title=about.meeting.title),
        f"{first}\n{about.facts()}",
        told,
        how(lang),
        _where(about),
        notice=True,
    )


def answered(about: Invited, choice: str, *, foreign: bool) -> Letter:
    """Your answer as it was understood."""
    lang = about.lang
    return about.letter(
        gettext(lang, "Your answer: %(title)s", title=about.meeting.title),
        terms.said(choice, lang) + "\n" + about.facts(),
        gettext(
            lang,
            "It came from another address than yours. If it was not you, answer this mail with "
            "what is right, and tell us.",
        )
        if foreign
        else "",
        gettext(lang, "Did you change your mind? Then answer again."),
        terms.seen(about.meeting, lang, about.name),
        _where(about),
    )


def unclear(about: Invited, read: str, *, kind: str) -> Letter:
    """We did not understand."""
    lang = about.lang
    what = gettext(lang, "We did not understand your answer; nothing was changed.")
    return about.letter(
        gettext(lang, "No answer yet: %(title)s", title=about.meeting.title),
        what + (f"\n{line(read)}" if read else ""),
        how(lang),
        about.facts(),
        gettext(lang, "To say something to everybody, write to:")
        + "\n"
        + line(about.office.address(about.conference)),
        kind=kind,
    )


def outdated(about: Invited, before: Meeting) -> Letter:
    """You answered an invitation that has changed since."""
    lang = about.lang
    made = invite(about, before)
    first = gettext(
        lang,
        "You answered an earlier invitation. The meeting has changed, so please look again.",
    )
    return replace(made, text=f"{paragraphs([first])}\n{made.text}", notice=False)


def over(about: Invited, *, kind: str) -> Letter:
    """Too late, or cancelled: your answer changes nothing."""
    lang = about.lang
    told = gettext(lang, "This meeting is over, so your answer changes nothing.")
    if about.meeting.is_cancelled:
        told = gettext(lang, "This meeting was cancelled, so your answer changes nothing.")
    return about.letter(
        gettext(lang, "Your answer: %(title)s", title=about.meeting.title),
        told + "\n" + about.facts(),
        _where(about),
        kind=kind,
    )


def wished(about: Invited, *, wanted: bool) -> Letter:
    """No more invitations, or invitations again."""
    lang = about.lang
    title = about.office.title(about.conference, lang)
    if wanted:
        told = gettext(lang, "“%(list)s” invites you to its meetings again.", list=title)
    else:
        always = meetingwords.first(meetingwords.ALWAYS, lang)
        told = gettext(
            lang,
            "“%(list)s” sends you no more invitations. To get them again, answer with the word "
            "“%(word)s”.",
            list=title,
            word=always,
        )
    return about.letter(gettext(lang, "Invitations from %(list)s", list=title), told)


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
    many = i18n.format_number(lang, count)
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Send this invitation? %(title)s", title=meeting.title),
        gettext(lang, "This is the meeting as we understood it:") + "\n" + facts(meeting, lang),
        *settings(meeting, lang),
        gettext(lang, "So many get an invitation: %(num)s", num=many),
        gettext(lang, "To send it, answer this mail. You need not write anything."),
        gettext(
            lang, "To change something, send your text again. If you do nothing, nothing happens."
        ),
        kind=kind,
        reply_to=f"{conference}-confirm+{text}",
    )


def facts(meeting: Meeting, lang: str) -> str:
    """What, when and where, by the clocks there."""
    rows = [meeting.title, *terms.times(meeting, lang, meeting.local), meeting.place]
    return "\n".join(map(line, filter(None, rows)))


def settings(meeting: Meeting, lang: str) -> list[str]:
    """What is shown, and whether people are reminded."""
    return [
        gettext(lang, "The page shows who comes, by name.")
        if meeting.names
        else gettext(lang, "The page shows numbers, and no names."),
        gettext(lang, "The day before, people are reminded.")
        if meeting.remind
        else gettext(lang, "No reminder is sent."),
    ]


def chair(
    office: Office,
    conference: str,
    member: Member,
    lang: str,
    meeting: Meeting,
    parts: Sequence[str],
    *,
    kind: str = "",
    attached: tuple[Attached, ...] = (),
    notice: bool = False,
) -> Letter:
    """To a moderator: an answer to it changes, cancels, lists or closes the meeting."""
    reply_to = rsvpaddress.local_part(
        rsvpaddress.CHAIR, office.key, conference, meeting.id, member.number
    )
    made = letters.letter(
        office,
        conference,
        member.address,
        lang,
        gettext(lang, "Your meeting: %(title)s", title=meeting.title),
        *parts,
        facts(meeting, lang),
        orders(lang),
        on_the_web(office, conference, meeting.id, lang),
        kind=kind,
        reply_to=reply_to,
        attached=attached,
        notice=notice,
    )
    return replace(made, sender=reply_to)


def orders(lang: str) -> str:
    """What an answer of the moderator does."""
    words = {name: meetingtext.first(name, lang) for name in ("cancel", "list", "minutes")}
    return "\n".join(
        [
            gettext(lang, "Answer this mail:"),
            gettext(lang, "– with changed lines, such as the example below, to change it;"),
            line("When: 2026-12-02 19:00"),
            gettext(lang, "– with the word “%(word)s”, to cancel it;", word=words["cancel"]),
            gettext(lang, "– with “%(word)s”, to get the list for the door;", word=words["list"]),
            gettext(
                lang,
                "– with “%(word)s” as the first line and the minutes below it, to close it: they "
                "become a post.",
                word=words["minutes"],
            ),
        ]
    )


def faulty(
    office: Office, conference: str, to: str, lang: str, faults: Sequence[str], *, kind: str
) -> Letter:
    """What is wrong with the lines about a meeting, and how they are written."""
    what = gettext(lang, "We could not make a meeting of your mail:")
    return letters.letter(
        office,
        conference,
        to,
        lang,
        gettext(lang, "Nothing was sent: your meeting"),
        what + "\n" + "\n".join(map(line, faults)),
        how_written(office, conference, lang),
        kind=kind,
    )


def how_written(office: Office, conference: str, lang: str) -> str:
    """How moderators write about a meeting."""
    example = [
        "Title: General assembly",
        "When: 2026-12-01 18:00",
        "Until: 20:00",
        "Where: Union house, room 2",
        "Zone: Africa/Nairobi",
        "Names: hidden",
        "Remind: yes",
    ]
    return "\n".join(
        [
            gettext(lang, "Write lines such as these; title and time are enough. Send them to:"),
            line(office.address(f"{conference}-{rsvpaddress.ASK}")),
            *map(line, example),
        ]
    )


def told(
    office: Office, conference: str, to: str, lang: str, parts: Sequence[str], *, kind: str
) -> Letter:
    """An answer at the address of meetings."""
    title = office.title(conference, lang)
    subject = gettext(lang, "Meetings of %(list)s", list=title)
    return letters.letter(office, conference, to, lang, subject, *parts, kind=kind)
