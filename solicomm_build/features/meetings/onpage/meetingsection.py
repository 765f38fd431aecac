"""Meetings in My hub: those that the member is invited to, each with its answer on three buttons;
who looks after a list calls and changes them (calling.py).

An answer is a mail to the member's own address of the meeting, as by mail (bymail/answering.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.features.meetings import meetingterms as terms
from solicomm_build.features.meetings import rsvpaddress, work
from solicomm_build.features.meetings.bymail.meetingwords import ALWAYS, NEVER
from solicomm_build.features.meetings.meeting import CHOICES, Meeting
from solicomm_build.features.meetings.meetingbook import book
from solicomm_build.features.meetings.onpage.ahead import Ahead, Meetings
from solicomm_build.features.meetings.onpage.calling import NAME, PLACE, Calling
from solicomm_build.features.meetings.rsvpaddress import MEETING_ID
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine import moments
from solicomm_build.web.mine.forms import button, form, link, text
from solicomm_build.web.mine.section import NOTHING, Change, Said, Section, Visit
from solicomm_build.web.signedin import MemberSessions


class OwnMeetings(Section):
    """The meetings of a member."""

    name, rank = NAME, 16

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._meetings = Meetings(config)
        self._calling = Calling(config, readers, self._meetings)

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Meetings")

    def short(self, visit: Visit) -> str:
        """Those that are ahead, each with its buttons."""
        return "".join(self._row(visit, one) for one in self._ahead(visit))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The same, whether invitations come, and what moderators do."""
        first, _, second = rest.rstrip("/").partition("/")
        if first == "new":
            return self._calling.page(visit, second)
        if first:
            return self._calling.one(visit, first, second)
        found = self._ahead(visit)
        nothing = text(gettext(visit.lang, "There is no meeting ahead that you are invited to."))
        rows = "".join(self._row(visit, one) for one in found) or nothing
        inside = rows + self._calling.way(visit) + self._led(visit) + self._wishes(visit, found)
        return self.title(visit), inside

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """An answer, a wish about invitations, or what a moderator wants done."""
        first, _, second = rest.rstrip("/").partition("/")
        if first == "new":
            return self._calling.change(visit, second, sent)
        if first:
            return self._calling.ordered(visit, first, second, sent)
        name, meeting, what = (sent.get(key, "") for key in ("conference", "meeting", "do"))
        if what not in (*CHOICES, NEVER, ALWAYS) or name not in visit.own.lists:
            return NOTHING
        if not MEETING_ID.fullmatch(meeting) or self._meetings.one(name, meeting) is None:
            return NOTHING
        key = keys.token_key(self.config.keys)
        local = rsvpaddress.local_part(rsvpaddress.ANSWER, key, name, meeting, visit.number)
        return Change((Said(local, f"{what}\n"),))

    def _ahead(self, visit: Visit) -> list[Ahead]:
        """Those of the member's lists, but of a list for members that one is shut out of."""
        now, known, me = clock.now(), visit.settings, visit.session.member
        with self.readers.looking() as roster:
            names = [
                name
                for name in visit.own.lists
                if name in known and not (known[name].is_closed and roster.is_shut_out(name, me))
            ]
        return [one for one in self._meetings.of(names) if now < one.files.meeting.ends]

    def _row(self, visit: Visit, one: Ahead) -> str:
        lang, meeting, name = visit.lang, one.files.meeting, one.conference
        page = link(f"/conferences/{name}/meetings/{meeting.id}/", meeting.title)
        where = [visit.settings[name].title_in(lang), *self._when(visit, name, meeting)]
        about = " · ".join(f"<bdi>{escape(part)}</bdi>" for part in (*where, meeting.place) if part)
        head = f"<p>{page}<br><small>{about}</small></p>"
        if meeting.is_cancelled:
            off = text(gettext(lang, "Cancelled"))
            return f"<article>{head}{off}</article>"
        known = book(self.config, name, meeting.id).answers(visit.number)
        # an answer to another time counts no more
        said = known[-1].choice if known and known[-1].at >= one.files.set_at else ""
        answered = text(terms.said(said, lang)) if said else ""
        facts = {"conference": name, "meeting": meeting.id}
        acts = " ".join(
            _choice(choice, terms.label(choice, lang), is_said=choice == said) for choice in CHOICES
        )
        answer = form(visit.session, PLACE, f"<p>{acts}</p>", **facts)
        return f"<article>{head}{answered}{answer}</article>"

    def _when(self, visit: Visit, name: str, meeting: Meeting) -> list[str]:
        """By the clocks of the zone that the member chose, and by those of the meeting."""
        chosen = visit.own.lists.get(name, {}).get("zone", "")
        zone = moments.zone(chosen, meeting.zone)
        return terms.times(meeting, visit.lang, zone)

    def _led(self, visit: Visit) -> str:
        """The meetings of the lists that the member looks after."""
        lang = visit.lang
        rows = ""
        for one in self._meetings.of(visit.looked_after):
            meeting, name = one.files.meeting, one.conference
            place = escape(visit.settings[name].title_in(lang))
            own = link(f"{PLACE}{name}/{meeting.id}/", meeting.title)
            rows += f"<li>{own}<br><small><bdi>{place}</bdi></small></li>"
        head = escape(gettext(lang, "Meetings of the lists that you look after"))
        return f"<h2>{head}</h2><ul>{rows}</ul>" if rows else ""

    def _wishes(self, visit: Visit, found: list[Ahead]) -> str:
        """Whether invitations come from each list that has a meeting ahead."""
        lang = visit.lang
        last = {one.conference: one.files.meeting.id for one in found}
        with self.readers.looking() as roster:
            wishes = roster.ledger(work.MeetingWork)
            wanted = {name: wishes.is_wanted(name, visit.number) for name in last}
        rows = []
        for name, meeting in last.items():
            title = visit.settings[name].title_in(lang)
            if wanted[name]:
                words = gettext(lang, "No more invitations from “%(list)s”", list=title)
                act = button(words, NEVER)
            else:
                words = gettext(lang, "Invitations from “%(list)s” again", list=title)
                act = button(words, ALWAYS)
            act = act.replace("<button ", '<button class="quiet" ', 1)
            rows.append(form(visit.session, PLACE, act, conference=name, meeting=meeting))
        return "".join(rows)


def _choice(value: str, words: str, *, is_said: bool) -> str:
    """A button; the one that was pressed last stands out and says so."""
    look = ' aria-pressed="true"' if is_said else ' class="quiet"'
    return f'<button type="submit" name="do" value="{value}"{look}>{escape(words)}</button>'
