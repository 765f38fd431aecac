"""The page of what can be taken away: made when somebody opens it, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.books import taking
from solicomm_build.features.books.serving import Members
from solicomm_build.features.books.taking import Offer, Offers
from solicomm_build.features.books.turns import BusyError, Turns, busy
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.hooks import Shown
from solicomm_build.post.store.placesettings import PUBLIC, PlaceSettings
from solicomm_build.web.plainpage import page, wanted_language


class TakePage:
    """ASGI application: the page, or what the pages say of an address where nothing is."""

    def __init__(self, config: Config, members: Members, pages: ASGIApp) -> None:
        self._config, self._members, self._pages = config, members, pages
        self._turns, self._looked = Turns(config.fronts), taking.Looked()
        self._conferences: PlaceSettings[Conference] = placesettings.conferences(config)
        self._others: Mapping[str, PlaceSettings[Shown]] = {
            kind: placesettings.of(kind, config) for kind in ("libraries", "unions")
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        lang = wanted_language(request)
        try:
            offers = await self._turns.run(request, self._offers, request, lang)
        except BusyError:
            await busy(request)(scope, receive, send)
            return
        if offers is None:
            await self._pages(scope, receive, send)
            return
        await _shown(self._config, offers, lang)(scope, receive, send)

    def _offers(self, request: Request, lang: str) -> Offers | None:
        named: dict[str, str] = request.path_params
        try:
            if "conference" in named:
                name = named["conference"]
                return self._members.let(request, name, partial(self._of, name, lang))
        except ObjectsError:
            raise  # nobody can say who asks
        except SoliCommError:
            return None
        if "library" in named:
            return self._other("libraries", named["library"], lang)
        return self._other("unions", named["union"], lang)

    def _of(self, name: str, lang: str, is_closed: bool) -> Offers:
        """What there is of a conference."""
        return taking.of_conference(
            self._config, name, lang, self._conferences, self._looked, closed=is_closed
        )

    def _other(self, kind: str, name: str, lang: str) -> Offers | None:
        """What there is of a library or a site."""
        config = self._config
        found = self._others[kind].now().get(name)
        if found is None or found.visibility not in PUBLIC:
            return None
        titles: Mapping[str, str] = getattr(found, "title", {})
        title = titles.get(lang) or next(iter(titles.values()), name)
        url = absolute(config.url, config.pages, f"/{kind}/{name}/")
        clone = taking.clone(config, kind, name, lang)
        return Offers(title, url, (), (), clone, taking.files(config, lang))


def _shown(config: Config, offers: Offers, lang: str) -> Response:
    title = gettext(lang, "Take it with you")
    parts = [f'<p><a href="{escape(offers.url)}"><bdi>{escape(offers.title)}</bdi></a></p>']
    book = gettext(lang, "A book (EPUB), for phones and e-readers")
    parts.append(_part(book, offers.books))
    parts.append(_part(gettext(lang, "A file for mail programs (mbox)"), offers.mail))
    if offers.is_closed:
        alone = gettext(lang, "For the members of this group alone. Hand it to nobody else.")
        made = page(lang, title, f"{''.join(parts)}<p>{escape(alone)}</p>")
        made.headers["cache-control"] = "private, no-store"
        return made
    if offers.clone:
        history = escape(gettext(lang, "All of it with its history, by git"))
        command = f'<code dir="ltr">git clone {escape(offers.clone.url)}</code>'
        size = f"<small>{escape(offers.clone.size)}</small>"
        parts.append(f"<section><h2>{history}</h2><p>{command} {size}</p></section>")
    parts.append(_part(gettext(lang, "The hub in files"), offers.files))
    ask = escape(
        gettext(
            lang,
            "The people who run this hub can write all of it onto a stick, which any computer "
            "reads without a connection. Ask them:",
        )
    )
    address = escape(f"postmaster@{config.domain}")
    stick = escape(gettext(lang, "A stick"))
    parts.append(
        f'<section><h2>{stick}</h2><p>{ask} <a href="mailto:{address}" dir="ltr">{address}</a></p>'
        "</section>"
    )
    return page(lang, title, "".join(parts))


def _part(head: str, offers: Sequence[Offer]) -> str:
    """A heading and what is offered below it; nothing where there is nothing."""
    if not offers:
        return ""
    rows = "".join(
        f'<li><a href="{escape(one.url)}"><bdi>{escape(one.label)}</bdi></a> '
        f"<small>{escape(one.size)}</small></li>"
        for one in offers
    )
    return f"<section><h2>{escape(head)}</h2><ul>{rows}</ul></section>"
