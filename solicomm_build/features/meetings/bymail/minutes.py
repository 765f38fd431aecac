"""The minutes as the post that closes a meeting: a mail of ours through spool/in, as any."""

from __future__ import annotations

from solicomm_build.desk.lettering import words
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Write
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings.bymail import doorlist
from solicomm_build.features.meetings.bymail import meetingletters as letters
from solicomm_build.features.meetings.meeting import CHOICES, Minutes
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.foundation import clock, i18n
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope
from solicomm_build.message.address import mask
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.people import rosterevents
from solicomm_build.people.membership import Member
from solicomm_build.people.rosterevents import Event
from solicomm_build.post import ownwords

_WHO = "meetings"  # in the roster, who trusted the address that minutes are sent from


def own_text(text: str, token: str = "", *, is_typed: bool = False) -> str:
    """What the moderator wrote below the first line, paragraphs kept, and nothing of our letter,
    which has the `token` by which that one changes the meeting. What `is_typed` on a page quotes
    nothing and has no signature: all of it counts."""
    rows = text.split("\n") if is_typed else _before_letter(ownwords.rows(text), token)
    filled = next((number for number, row in enumerate(rows) if row.strip()), len(rows))
    return "\n".join(rows[filled + 1 :]).strip("\n")


def _before_letter(rows: list[str], token: str) -> list[str]:
    """Minutes have labels of their own, so of those above a letter only what stands next to the
    token is taken off."""
    end = next((n for n, row in enumerate(rows) if token and token in row.lower()), len(rows))
    while 0 < end < len(rows) and ownwords.is_label(rows[end - 1]):
        end -= 1
    return rows[:end]


def post(
    office: Office, conference: str, files: MeetingFiles, text: str, by: Member
) -> tuple[Item, Write, tuple[Event, ...]] | None:
    """The mail with the minutes, the file that says where they are, and what lets it through."""
    settings = office.conference(conference)
    if settings is None:
        return None
    lang = next((tag for tag in settings.languages if tag in i18n.LANGUAGES), "en")
    meeting, domain, now = files.meeting, office.config.domain, clock.now()
    sender, to = f"{conference}-meeting@{domain}", f"{conference}@{domain}"
    own = f"{meeting.id}.minutes@{conference}.meetings.{domain}"
    name = mask(by.name) if settings.pseudonyms != "required" else ""
    subject, below = words(
        office,
        "meetings/minutes",
        lang,
        title=meeting.title,
        facts=letters.facts(meeting, lang),
        counts=_came(office, conference, files, lang),
        page=letters.page(office, conference, meeting.id),
    )
    head = [
        mailbox_field("From", name or settings.title_in(lang), sender),
        header_field("To", to),
        header_field("Subject", subject),
        date_field(now),
        header_field("Message-ID", f"<{own}>"),
        header_field("Content-Language", lang),
    ]
    raw = message(head, text_part(f"{text}\n\n{below}"))
    item = Item(Envelope(sender, (to,), now, ours=True), raw)
    note = meetings.encode_minutes(Minutes(now, own)).decode("utf-8")
    write = Write.to_conference(conference, meetings.minutes_path(meeting.id), note)
    return item, write, _trusted(conference, sender)


def _came(office: Office, conference: str, files: MeetingFiles, lang: str) -> list[str]:
    """What people had answered."""
    said = [*doorlist.said(office, conference, files).values()]
    return [terms.counted(choice, said.count(choice), lang) for choice in CHOICES]


def _trusted(conference: str, sender: str) -> tuple[Event, ...]:
    """Minutes come from the address of meetings, which no rule of the conference holds up."""
    made = rosterevents.standing(
        conference, sender, "trusted", at=clock.now(), by=_WHO, reason="minutes of meetings"
    )
    return (made,)
