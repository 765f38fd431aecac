"""What was decided lately about mail that waited, and where topics belong, in My hub, with the way
back.

For who looks after nothing there is no such page. Taking back is the command `decide undo`
(undoing.py), sent to the list as the moderator's mail, and for topics theirs (decidedtopics.py);
what a moderator decided a moment ago stands on the page of what waits, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from html import escape

from solicomm_build.desk.commands import one as command_in
from solicomm_build.features.moderation import byname, decidedtopics
from solicomm_build.features.moderation import moderationletters as letters
from solicomm_build.features.topics import placedlately
from solicomm_build.features.topics.placedlately import PlacedLately
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line
from solicomm_build.foundation.types import PostId
from solicomm_build.people.roster import Roster
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.decidedlately import Lately
from solicomm_build.post.held.decidedmail import Decided
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import button, folded, form, line, text, way
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit
from solicomm_build.web.signedin import MemberSessions

NAME = "decided"
_MOST = 50
FRESH = timedelta(minutes=15)
"""So long what somebody decided stands where more waits."""
_LONGEST = 300


class DecidedLately(Section):
    """Decisions of the last seven days. It is no part of the front: what waits leads there."""

    name, rank = NAME, 11

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._lately = Lately(config)
        self._placed = placedlately.Lately(config)

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Decided lately")

    def short(self, visit: Visit) -> str:
        """Nothing."""
        return ""

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each with who decided what, and a button that takes it back."""
        if rest or not visit.own.looks_after_any:
            return None
        found = self._lately.of(visit.own.looks_after, _MOST)
        placed = decidedtopics.of(self._placed, visit, _MOST)
        back = way(f"{HOME}moderate/", gettext(visit.lang, "What waits for me"))
        if not found and not placed:
            nothing = gettext(visit.lang, "Nothing was decided in the last seven days.")
            return self.title(visit), back + text(nothing)
        calm = gettext(
            visit.lang,
            "For seven days a decision can be taken back. A message that was kept out then waits "
            "again. One that was let in is hidden; copies that went out by mail cannot be called "
            "back.",
        )
        with self.readers.looking() as roster:
            rows = [(one.made.at, row(visit, one, who(visit, roster, one.made))) for one in found]
            rows += [(one.event.at, _row(visit, one, roster)) for one in placed]
        shown = (html for _, html in sorted(rows, reverse=True)[:_MOST])
        return self.title(visit), back + text(calm) + "".join(shown)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Takes one back."""
        if rest or not visit.own.looks_after_any:
            return None
        name, about = sent.get("conference", ""), sent.get("about", "")
        if sent.get("do") != "undo" or name not in visit.settings:
            return NOTHING
        if not visit.own.looks_after(name) or not (about.isascii() and about.isalnum()):
            return NOTHING
        why = one_line(sent.get("text", ""), _LONGEST)
        if sent.get("event"):
            return decidedtopics.back(self._placed, visit, sent, why)
        if not self._lately.is_there(name, PostId(about)):
            return NOTHING
        if command_in(why) is not None:  # a word that is a command by mail is a reason here
            why = f"– {why}"
        words = f"{byname.NAME} undo {about}\nstop\n\n{why}\n"
        return Change((Said(f"{name}-request", words),))


def fresh(lately: Lately, visit: Visit) -> str:
    """What the member decided a moment ago, with the way back; "" for nothing."""
    mine = lately.of(visit.own.looks_after, 1, decision.member(visit.number))
    return row(visit, mine[0], "") if mine else ""


def who(visit: Visit, roster: Roster, made: Decision) -> str:
    """Who decided; "" for the member, and for nobody."""
    member = roster.members.get(made.number or 0)
    if made.by == decision.EXPIRY or member is None or member.number == visit.number:
        return ""
    return member.name or member.address


def row(visit: Visit, one: Decided, name: str) -> str:
    """One decision, with a button."""
    lang, place = visit.lang, visit.settings.get(one.held.conference)
    subject = one.subject or gettext(lang, "(no subject)")
    if one.made.by == decision.EXPIRY:
        said = letters.expired_words(lang)
    else:
        said = f"{letters.done_words(lang, one.made)}."
    at = i18n.format_datetime(lang, one.made.at)
    title = place.title_in(lang) if place else one.held.conference
    about = " · ".join(f"<bdi>{escape(part)}</bdi>" for part in (title, name, at) if part)
    label = gettext(lang, "Why you take it back (kept in the log)")
    undo = _undo(visit, label, conference=one.held.conference, about=one.held.mid)
    head = f"<p><strong><bdi>{escape(subject)}</bdi></strong><br>{escape(said)}"
    return f"<article>{head}<br><small>{about}</small></p>{undo}</article>"


def _row(visit: Visit, one: PlacedLately, roster: Roster) -> str:
    label = gettext(visit.lang, "Why, in a few words; everybody can read it")
    facts = {"conference": one.conference, "about": one.tid, "event": one.event.eid}
    undo = _undo(visit, label, **facts)
    return decidedtopics.row(visit, one, decidedtopics.who(visit, roster, one), undo)


def _undo(visit: Visit, label: str, **facts: str) -> str:
    """The button that takes it back, and a word why for who wants to say one."""
    why = line("text", label, more=f'maxlength="{_LONGEST}"')
    back = button(gettext(visit.lang, "Undo"), "undo")
    inside = back + folded(gettext(visit.lang, "Say why"), why)
    return form(visit.session, f"{HOME}{NAME}/", inside, **facts)
