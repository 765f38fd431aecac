"""My data, in My hub: the same as the command `mydata`."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.foundation.i18n import gettext
from solicomm_build.people.address import SITE
from solicomm_build.web.mine.forms import button, form, text
from solicomm_build.web.mine.section import HOME, NOTHING, Change, Said, Section, Visit


class Data(Section):
    """All that is kept about a member, asked for."""

    name, rank = "data", 80

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My data")

    def short(self, visit: Visit) -> str:
        """What there is to ask for."""
        return text(gettext(visit.lang, "All that we keep about you, to read and to take along."))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The button."""
        if rest:
            return None
        lang = visit.lang
        how = gettext(
            lang,
            "It comes in a mail to you: what the member list has, how you agreed, what was decided "
            "about your mail, and the mail that you wrote to lists here.",
        )
        more = gettext(lang, "If something is wrong, or you want it deleted, write to us:")
        to = f"postmaster@{self.config.domain}"
        ask = button(gettext(lang, "Send me my data"), "mydata")
        inside = text(how) + form(visit.session, f"{HOME}{self.name}/", ask)
        return self.title(visit), f'{inside}<p>{more} <a href="mailto:{to}"><bdi>{to}</bdi></a></p>'

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """The command."""
        if rest:
            return None
        return Change((Said(SITE, "mydata\n"),)) if sent.get("do") == "mydata" else NOTHING
