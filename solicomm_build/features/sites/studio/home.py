"""`/edit/`: the sites that somebody may edit; and the same in My hub."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.editing import editingpages as pages
from solicomm_build.features.sites.editing.editingsession import Sessions, Visitor, spoken
from solicomm_build.features.sites.editing.entering import Entering
from solicomm_build.features.sites.siteedits import Editors
from solicomm_build.features.sites.studio.making import PLACE, Making, may_make
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.mine.forms import text
from solicomm_build.web.mine.section import Section, Visit
from solicomm_build.web.plainpage import wanted_language


class Home:
    """The first page of the studio."""

    def __init__(
        self, config: Config, sessions: Sessions, entering: Entering, making: Making
    ) -> None:
        self._config, self._sessions, self._entering = config, sessions, entering
        self._making = making

    async def answer(self, request: Request) -> Response:
        """The sites, or the ways in."""
        if request.method == "POST":
            return await self._entering.asked(request)
        visitor = await asyncio.to_thread(self._sessions.visitor, request)
        if visitor is None:
            return self._entering.door(wanted_language(request), "")
        return await asyncio.to_thread(self._shown, visitor, spoken(visitor.lang, request))

    def _shown(self, visitor: Visitor, lang: str) -> Response:
        inside = cards(self._config, visitor.sites, lang)
        if not visitor.sites:
            none = gettext(lang, "There is no site yet that you may edit.")
            how = gettext(lang, "Who looks after this hub gives you the right to one.")
            inside = text(none, how)
        if self._making.may(visitor):
            inside = (cards(self._config, visitor.sites, lang) if visitor.sites else "") + make(
                lang
            )
        if visitor.own:
            inside += pages.leaving(lang, "/edit/leave", visitor.mark)
        return pages.page(lang, gettext(lang, "Your sites"), inside)


class MySites(Section):
    """The same in My hub, for who edits sites."""

    name, rank = "sites", 70

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Your sites")

    def short(self, visit: Visit) -> str:
        """Links to the sites."""
        sites = self._sites(visit)
        found = cards(self.config, sites, visit.lang) if sites else ""
        is_host = may_make(self.config, self.readers, visit.address, visit.number)
        return found + (make(visit.lang) if is_host else "")

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """The same on a page of its own."""
        sites = [] if rest else self._sites(visit)
        return (self.title(visit), cards(self.config, sites, visit.lang)) if sites else None

    def _sites(self, visit: Visit) -> list[str]:
        editors = Editors(self.config)
        return list(editors.sites_of(editors.all_of_address(visit.address)))


def make(lang: str) -> str:
    """The way to a new site."""
    word = escape(gettext(lang, "Make a site"))
    return f'<p><a class="b" href="{PLACE}">{word}</a></p>'


def cards(config: Config, unions: Iterable[str], lang: str) -> str:
    """Each site by its name, with the ways to edit it and to see it."""
    rows = "".join(_card(config, union, lang) for union in unions)
    return f'<ul class="sites">{rows}</ul>'


def _card(config: Config, union: str, lang: str) -> str:
    name = siteedits.title(config, union, lang)
    seen = absolute(config.url, config.pages, f"/unions/{union}/")
    see, news = escape(gettext(lang, "See the site")), escape(gettext(lang, "Add news"))
    return (
        f'<li><a class="name" href="/edit/{union}/"><bdi>{escape(name)}</bdi></a> '
        f'<span class="row"><a href="/edit/{union}/text?new=news">{news}</a> '
        f'<a href="{escape(seen)}">{see}</a></span></li>'
    )
