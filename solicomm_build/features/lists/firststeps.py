"""A step of a new hub: the first people."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.lists import inviting
from solicomm_build.foundation import characters
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.address import is_valid
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.web.mine.firststep import FirstStep
from solicomm_build.web.mine.forms import area, select, text
from solicomm_build.web.mine.section import Visit

_MOST = 10
"""Addresses that are invited at once."""


class FirstPeople(FirstStep):
    """People are asked by mail whether they want to be on a conference."""

    name, rank = "invite", 30

    def title(self, lang: str) -> str:
        """What is done in it."""
        return gettext(lang, "Invite people")

    def is_done(self, visit: Visit) -> bool:
        """Whether somebody was asked, or is on a conference."""
        store = RosterStore.of(self.config)
        try:
            roster = store.roster()
        finally:
            store.close()
        are_asked = any(one.action == "invite" for one in roster.tokens.facts.values())
        return are_asked or any(roster.subscriptions.values())

    def can_begin(self, visit: Visit) -> bool:
        """There has to be something to invite to."""
        return bool(visit.settings)

    def form(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Where to, and whom."""
        lang = visit.lang
        why = gettext(
            lang, "Each gets one mail that asks, and is on it only after a yes. Ten at most."
        )
        choices = {name: one.title_in(lang) for name, one in sorted(visit.settings.items())}
        chosen = sent.get("conference", next(iter(choices), ""))
        label = gettext(lang, "Their addresses, one on each line")
        return (
            text(why)
            + select("conference", gettext(lang, "To which conference?"), choices, chosen)
            + area("people", label, sent.get("people", ""), rows=6, more='required dir="ltr"')
        )

    def do(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Sends the mails."""
        lang, conference = visit.lang, sent.get("conference", "")
        typed = sent.get("people", "").replace(",", "\n").split()
        people = list(dict.fromkeys(filter(None, map(characters.bare, typed))))
        if conference not in visit.settings or not people:
            return gettext(lang, "Please choose a conference and write at least one address.")
        if len(people) > _MOST:
            return gettext(lang, "Ten addresses at most. You can invite more people later.")
        for one in people:
            if not is_valid(one):
                return gettext(lang, "%(what)s is not an e-mail address.", what=one[:80])
        inviting.invite(self.config, conference, [Mailbox("", one) for one in people])
        return ""


STEPS = (FirstPeople,)
