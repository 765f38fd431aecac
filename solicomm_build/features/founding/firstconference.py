"""A step of a new hub: its first conference."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.builder import bell
from solicomm_build.features.founding import founding
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.types import SLUG
from solicomm_build.web.mine.firststep import FirstStep
from solicomm_build.web.mine.forms import line, radios, text
from solicomm_build.web.mine.section import Visit


class FirstConference(FirstStep):
    """Where people write."""

    name, rank = "conference", 20

    def title(self, lang: str) -> str:
        """What is done in it."""
        return gettext(lang, "The first conference")

    def is_done(self, visit: Visit) -> bool:
        """Whether there is one."""
        return bool(visit.settings)

    def form(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Title, id, and who may read it."""
        lang = visit.lang
        why = gettext(
            lang,
            "People write to its address, everybody who is on it gets it by mail, and it stands on "
            "pages.",
        )
        title = gettext(lang, "What is it called, such as “Organising”?")
        ident = gettext(
            lang, "The word before @%(domain)s, in small Latin letters", domain=self.config.domain
        )
        who = {
            "public": gettext(lang, "Everybody can read it"),
            "members": gettext(lang, "Only who is on it can read it"),
        }
        more = 'required maxlength="28" pattern="[a-z0-9][a-z0-9-]*" autocapitalize="none"'
        return (
            text(why)
            + line("title", title, sent.get("title", ""), more='required maxlength="100"')
            + line("id", ident, sent.get("id", ""), more=more, dir_="ltr")
            + radios(
                "visibility",
                gettext(lang, "Who reads it?"),
                who,
                "members" if sent.get("visibility") == "members" else "public",
            )
        )

    def do(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Makes it."""
        name, title = sent.get("id", "").strip().lower(), " ".join(sent.get("title", "").split())
        if not SLUG.fullmatch(name) or not title:
            return gettext(
                visit.lang,
                "Please give it a name, and a word for its address: up to 28 of a-z, 0-9 and -, "
                "first a letter or digit.",
            )
        founding.new_conference(
            self.config,
            name,
            kind="conference",
            title=title[:100],
            posting="members",
            lang=self.config.languages[0],
            visibility="members" if sent.get("visibility") == "members" else "public",
        )
        bell.of(self.config).ring()
        return ""
