"""Mail that came back from members of a list, in words, in My hub: for those who look after it."""

from __future__ import annotations

from datetime import date
from html import escape

from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bouncemail import reason
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.membership import Bounce, Member
from solicomm_build.web.mine.forms import text
from solicomm_build.web.mine.section import Section, Visit

_MOST = 200


class Returned(Section):
    """What came back. It is no part of the front: each list leads there."""

    name, rank = "returned", 12

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Mail that came back")

    def short(self, visit: Visit) -> str:
        """Nothing."""
        return ""

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Whom of one list mail does not reach, and why, the last report of each."""
        name = rest.removesuffix("/")
        if rest != f"{name}/" or not visit.own.looks_after(name):
            return None
        if name not in visit.settings:
            return None
        found: list[tuple[str, Member, Bounce, bool]] = []
        with self.readers.looking() as roster:
            people = roster.subscriptions[name]
            for number, mine in roster.ledger(Returns).of_list(name).items():
                member = roster.members.get(number) if number in people else None
                if member is not None:
                    stopped = roster.state(number, name).state == "disabled"
                    found.append((mine[-1].at, member, mine[-1], stopped))
        lang = visit.lang
        if not found:
            return self.title(visit), text(gettext(lang, "Nothing came back."))
        found.sort(key=lambda one: (one[0], one[1].number), reverse=True)
        rows = "".join(_row(lang, *one[1:]) for one in found[:_MOST])
        return self.title(visit), f"<ul>{rows}</ul>"


def _row(lang: str, member: Member, bounce: Bounce, stopped: bool) -> str:
    who = f'<bdi dir="ltr">{escape(member.address)}</bdi>'
    day = i18n.format_date(lang, date.fromisoformat(bounce.day))
    said = escape(f"{day}: {reason(lang, bounce.kind)}.")
    if stopped:
        ended = gettext(lang, "Nothing is sent there until they ask for it again.")
        said += " " + escape(ended)
    line = f'<br><small dir="ltr">{escape(bounce.diagnostic)}</small>' if bounce.diagnostic else ""
    return f"<li>{who}<br>{said}{line}</li>"
