"""Who is on a list, in My hub: for those who look after it, as the command `who` tells them."""

from __future__ import annotations

from html import escape

from solicomm_build.features.moderation.waitingsection import Waiting
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.people.membership import UNCONFIRMED, Member
from solicomm_build.web.mine.forms import text, way
from solicomm_build.web.mine.section import HOME, Section, Visit

_PAGE = 200


class OnList(Section):
    """The members of the lists that somebody looks after. It is no part of the front: each list
    leads there."""

    name, rank = "onlist", 11

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Who is on it")

    def short(self, visit: Visit) -> str:
        """Nothing."""
        return ""

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The people of one list, a page at a time."""
        name = rest.removesuffix("/")
        one = visit.settings.get(name)
        if one is None or rest != f"{name}/" or not visit.own.looks_after(name):
            return None
        at = _start(visit.asked.get("from", ""))
        with self.readers.looking() as roster:
            numbers = sorted(roster.subscriptions[name])
            shown = [
                (roster.members[number], roster.state(number, name).state)
                for number in numbers[at : at + _PAGE]
                if number in roster.members
            ]
        lang = visit.lang
        count = ngettext(lang, "%(num)s person", "%(num)s people", len(numbers))
        rows = "".join(_row(lang, member, state) for member, state in shown)
        calm = gettext(lang, "Please keep it to yourself.")
        back = way(f"{HOME}{Waiting.name}/{name}/", one.title_in(lang))
        more = escape(gettext(lang, "More"))
        rest_of = f'<p><a href="?from={at + _PAGE}">{more}</a></p>'
        rest_of = rest_of if at + _PAGE < len(numbers) else ""
        inside = back + text(f"{count}. {calm}") + f"<ul>{rows}</ul>{rest_of}"
        return self.title(visit), inside


def _row(lang: str, member: Member, state: str) -> str:
    who = f"{member.name} <{member.address}>" if member.name else member.address
    said = ""
    if state == UNCONFIRMED:
        said = gettext(lang, "has not agreed yet, and gets nothing")
    elif state != "active" or member.state != "active":
        said = gettext(lang, "mail came back, so nothing is sent")
    more = f": {escape(said)}" if said else ""
    return f"<li><bdi>{escape(who)}</bdi>{more}</li>"


def _start(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 8 else 0
