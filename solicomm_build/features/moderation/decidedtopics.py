"""Topics that were moved, joined or parted lately, among what was decided, with the way back: the
command that a mail to the topic would hold (features/topics/orders.py)."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.features.topics.placedlately import Lately, PlacedLately
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.people.roster import Roster
from solicomm_build.web.mine.forms import link
from solicomm_build.web.mine.section import NOTHING, Change, Said, Visit

_LONGEST = 200
"""Characters of a reason, as beside a topic."""


def of(lately: Lately, visit: Visit, most: int) -> list[PlacedLately]:
    """The newest ones in the conferences that the member looks after."""
    return lately.of(visit.looked_after)[:most]


def who(visit: Visit, roster: Roster, one: PlacedLately) -> str:
    """Who did it; "" for the member, and for nobody."""
    member = roster.members.get(roster.persons.number(one.event.by) or 0)
    if member is None or member.number == visit.number:
        return ""
    return member.name or member.address


def row(visit: Visit, one: PlacedLately, name: str, undo: str) -> str:
    """One of them; `undo` is the form that takes it back."""
    lang = visit.lang
    at = i18n.format_datetime(lang, one.event.at)
    about = " · ".join(
        f"<bdi>{escape(part)}</bdi>" for part in (_place(visit, one.conference), name, at) if part
    )
    title = link(one.url, one.title or gettext(lang, "(no subject)"))
    said = escape(_said(visit, one))
    head = f"<p><strong>{title}</strong><br>{said}<br><small>{about}</small></p>"
    return f"<article>{head}{undo}</article>"


def _said(visit: Visit, one: PlacedLately) -> str:
    lang = visit.lang
    if one.event.type == "move":
        said = gettext(lang, "The topic was moved to %(place)s.")
        return said % {"place": _place(visit, one.at)}
    other = {"topic": one.other or gettext(lang, "(no subject)")}
    if one.event.type == "merge":
        return gettext(lang, "The topic “%(topic)s” became a part of it.") % other
    return gettext(lang, "It was made a topic of its own, out of “%(topic)s”.") % other


def _place(visit: Visit, name: str) -> str:
    found = visit.settings.get(name)
    return found.title_in(visit.lang) if found else name


def back(lately: Lately, visit: Visit, sent: Mapping[str, str], why: str) -> Change:
    """The mail that takes one back."""
    for one in lately.of(visit.looked_after):
        if (one.conference, one.event.eid) == (sent.get("conference"), sent.get("event")):
            reason = f"why: {why[:_LONGEST]}\n" if why else ""
            local = local_part(one.conference, Purpose.TOPIC, one.tid)
            return Change((Said(local, f"{reason}{one.order}\n"),))
    return NOTHING
