"""A meeting is called, changed, cancelled and closed in My hub by who looks after the list.

    /members/meetings/new/            which list or conference
    /members/meetings/new/<name>/     the form → the invitation as understood → its mail
    /members/meetings/<name>/<id>/    the meeting's form → mail to the moderator's own rsvp-chair+…@

What is sent is the moderator's mail: the desk asks there whether he may (bymail/chairing.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from zoneinfo import ZoneInfo

from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings import rsvpaddress
from solicomm_build.features.meetings.bymail import meetingtext
from solicomm_build.features.meetings.bymail.chairing import worded
from solicomm_build.features.meetings.invited import people
from solicomm_build.features.meetings.meeting import Meeting
from solicomm_build.features.meetings.meetingfiles import MeetingFiles
from solicomm_build.features.meetings.onpage import callform
from solicomm_build.features.meetings.onpage.ahead import Meetings
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation import clock, i18n, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.choosing import of_one_place
from solicomm_build.web.mine.forms import area, button, folded, form, link, text, way
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Visit

NAME = "meetings"
PLACE = f"{HOME}{NAME}/"
NEW = f"{PLACE}new/"
_LONGEST = 100_000
"""Characters of minutes."""


class Calling:
    """What moderators and hosts have beside the meetings that they are invited to."""

    def __init__(self, config: Config, readers: Readers, known: Meetings) -> None:
        self._config, self._readers, self._meetings = config, readers, known

    def way(self, visit: Visit) -> str:
        """The link to the form; "" for who looks after nothing."""
        if not visit.own.looks_after_any:
            return ""
        return way(NEW, gettext(visit.lang, "Call a meeting"))

    # -- a new meeting ------------------------------------------------------------------------

    def page(self, visit: Visit, name: str) -> tuple[str, str] | None:
        """Where to choose a list or conference, or the form of one; None for who may not."""
        question = gettext(visit.lang, "Whose members are invited?")
        shown = of_one_place(visit, name, NEW, question, lambda one: self._form(visit, one, {}))
        return None if shown is None else (gettext(visit.lang, "Call a meeting"), shown)

    def change(self, visit: Visit, name: str, sent: Mapping[str, str]) -> Change | None:
        """The invitation as it would be, to look at; then the mail that sends it."""
        if name not in visit.looked_after:
            return None
        now = clock.now()
        known = sent.get("id", "")
        fresh = known if MEETING_ID.fullmatch(known) else meetings.mint()
        blank = Meeting(fresh, "", now, now, zone=_zone(visit, name).key, at=now)
        found = meetingtext.read(blank, callform.rows(sent), now)
        if not isinstance(found, Meeting):
            faults = _alert(worded(found, visit.lang))
            return Change(shown=faults + self._form(visit, name, sent), status=400)
        if sent.get("do") == "open":
            mail = Said(f"{name}-{rsvpaddress.ASK}", meetings.encode(found).decode("utf-8"))
            return Change((mail,), place=PLACE)
        return Change(shown=self._preview(visit, name, found, sent))

    def _form(self, visit: Visit, name: str, sent: Mapping[str, str]) -> str:
        place = visit.settings[name].title_in(visit.lang)
        calm = gettext(visit.lang, "You see it once more before anybody is invited.")
        inside = callform.fields(visit.lang, sent, _zone(visit, name))
        inside += button(gettext(visit.lang, "Preview"), "preview")
        made = form(visit.session, f"{NEW}{name}/", inside)
        return f"<p><bdi>{escape(place)}</bdi></p>{text(calm)}{made}"

    def _preview(self, visit: Visit, name: str, found: Meeting, sent: Mapping[str, str]) -> str:
        lang = visit.lang
        with self._readers.looking() as roster:
            count = len(people(roster, name, closed=visit.settings[name].is_closed))
        facts = [found.title, terms.when(found, lang, found.local), found.place]
        shown = "<br>".join(f"<bdi>{escape(one)}</bdi>" for one in facts if one)
        values = callform.now(found)
        names, remind = callform.NAMES[values["names"]], callform.REMIND[values["remind"]]
        told = [
            gettext(lang, names),
            gettext(lang, remind),
            gettext(
                lang,
                "So many get an invitation: %(num)s",
                num=i18n.format_number(lang, count),
            ),
        ]
        kept = {key: sent.get(key, "") for key in callform.FIELDS} | {"id": found.id}
        send = button(gettext(lang, "Send the invitations"), "open")
        opening = form(visit.session, f"{NEW}{name}/", send, **kept)
        again = folded(gettext(lang, "Change it first"), self._form(visit, name, sent))
        head = text(gettext(lang, "This is the meeting as we understood it:"))
        return f"{head}<p>{shown}</p>{text(*told)}{opening}{again}"

    # -- one that is called -------------------------------------------------------------------

    def one(
        self, visit: Visit, name: str, meeting: str, sent: Mapping[str, str] | None = None
    ) -> tuple[str, str] | None:
        """The page of a meeting for who looks after it; None for anybody else."""
        files = self._found(visit, name, meeting)
        if files is None:
            return None
        lang, known = visit.lang, files.meeting
        at, now = f"{PLACE}{name}/{meeting}/", clock.now()
        page = link(f"/conferences/{name}/meetings/{meeting}/", known.title)
        when = escape(terms.when(known, lang, known.local))
        rows = [f"<p>{page}<br>{when}</p>"]
        door = button(gettext(lang, "Send me the list for the door"), "list")
        rows.append(form(visit.session, at, door))
        if now >= known.starts and not known.is_cancelled and files.minutes is None:
            calm = gettext(lang, "The minutes go to everybody at once, and close the meeting.")
            label = gettext(lang, "The minutes")
            more = f'maxlength="{_LONGEST}" required dir="auto"'
            inside = area("text", label, rows=10, more=more) + text(calm)
            inside += button(gettext(lang, "Send the minutes"), "minutes")
            rows.append(form(visit.session, at, inside))
        if now < known.ends and not known.is_cancelled:
            values = callform.now(known) | dict(sent or {})
            inside = callform.fields(lang, values, known.local, hidden=not known.names)
            calm = gettext(lang, "All who were invited hear of a change.")
            inside += text(calm) + button(gettext(lang, "Change the meeting"), "change")
            rows.append(form(visit.session, at, inside))
            off = button(gettext(lang, "Cancel the meeting"), "cancel")
            rows.append(folded(gettext(lang, "Cancel it"), form(visit.session, at, off)))
        return known.title, "".join(rows)

    def ordered(
        self, visit: Visit, name: str, meeting: str, sent: Mapping[str, str]
    ) -> Change | None:
        """What is to be done about a meeting, as a mail to the moderator's own address."""
        files = self._found(visit, name, meeting)
        if files is None:
            return None
        what = sent.get("do", "")
        said = what
        if what == "change":
            rows = callform.rows(sent, files.meeting)
            found = meetingtext.change(files.meeting, rows, clock.now())
            if not isinstance(found, Meeting):
                again = self.one(visit, name, meeting, sent)
                faults = _alert(worded(found, visit.lang))
                return Change(shown=faults + (again[1] if again else ""), status=400)
            said = "\n".join(rows)
        elif what == "minutes":
            minutes = sent.get("text", "").replace("\r\n", "\n").strip()[:_LONGEST]
            if not minutes:
                return NOTHING
            said = f"minutes\n\n{minutes}"
        elif what not in ("cancel", "list"):
            return NOTHING
        key = keys.token_key(self._config.keys)
        local = rsvpaddress.local_part(rsvpaddress.CHAIR, key, name, meeting, visit.number)
        return Change((Said(local, f"{said}\n"),), place=PLACE if what == "cancel" else "")

    def _found(self, visit: Visit, name: str, meeting: str) -> MeetingFiles | None:
        if not MEETING_ID.fullmatch(meeting) or name not in visit.looked_after:
            return None
        return self._meetings.one(name, meeting)


def _zone(visit: Visit, name: str) -> ZoneInfo:
    return moments.of(visit.own.lists.get(name, {}), visit.settings[name].zone)


def _alert(faults: list[str]) -> str:
    rows = "".join(f"<li>{escape(one.strip())}</li>" for one in faults)
    return f'<div role="alert" class="wrong"><ul>{rows}</ul></div>'
