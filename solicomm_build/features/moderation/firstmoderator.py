"""A step of a new hub: somebody who decides beside the operator."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.foundation.i18n import gettext
from solicomm_build.people import grants, memberstore
from solicomm_build.people.membership import Member
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.web.mine.firststep import FirstStep
from solicomm_build.web.mine.forms import select, text
from solicomm_build.web.mine.section import Visit


class FirstModerator(FirstStep):
    """One of the people who came moderates a conference."""

    name, rank = "moderators", 40

    def title(self, lang: str) -> str:
        """What is done in it."""
        return gettext(lang, "Somebody who moderates with you")

    def is_done(self, visit: Visit) -> bool:
        """Whether somebody but the visitor does."""
        roster = self._roster()
        held = (number for (_, number), role in roster.roles.items() if role in _ROLES)
        return any(number != visit.number for number in held)

    def can_begin(self, visit: Visit) -> bool:
        """Somebody has to be on a conference."""
        return bool(self._people(visit))

    def form(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Who, and where."""
        lang, found = visit.lang, self._people(visit)
        if not found:
            return text(
                gettext(
                    lang,
                    "Nobody has come yet. Open this page again when somebody has said yes; until "
                    "then you are asked about everything that needs a decision.",
                )
            )
        why = gettext(
            lang,
            "Moderators are asked by mail about messages that wait, and keep order in topics. Two "
            "are better than one.",
        )
        choices = {
            f"{name}/{one.number}": f"{one.name or one.address} – {title}"
            for name, title, one in found
        }
        chosen = sent.get("who", next(iter(choices)))
        return text(why) + select("who", gettext(lang, "Who, and where?"), choices, chosen)

    def do(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Gives the role."""
        who = sent.get("who", "")
        found = [one for one in self._people(visit) if f"{one[0]}/{one[2].number}" == who]
        if not found:
            return gettext(visit.lang, "Please choose somebody who is there, or skip this step.")
        name, _, member = found[0]
        memberstore.appoint(self.config, name, member.address, "moderator")
        grants.settle(self.config)
        return ""

    def _people(self, visit: Visit) -> list[tuple[str, str, Member]]:
        """Who is on which conference, but the visitor: its id and title, and the member."""
        roster = self._roster()
        return [
            (name, one.title_in(visit.lang), member)
            for name, one in sorted(visit.settings.items())
            for member, _ in roster.subscribers(name)
            if member.number != visit.number
        ]

    def _roster(self) -> Roster:
        store = RosterStore.of(self.config)
        try:
            return store.roster()
        finally:
            store.close()


_ROLES = ("moderator", "host")
