"""The page for an address that leads nowhere, in the language of who opens it.

The build writes one such page, in the hub's first language. Whoever reads another, and comes with
an old link or one that was cut in a mail, gets the same words from here.
"""

from __future__ import annotations

from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import chosen_language, page, wanted_language


class Missing:
    """Of one hub, whose own page is in the language `first`."""

    def __init__(self, first: str) -> None:
        self._first = first

    def page(self, scope: Scope) -> Response | None:
        """The page, 404; None where the hub's own does: for who reads its language or names none,
        and in the place of a file. It says the same whatever the address is."""
        request = Request(scope)
        steps = scope["path"].split("/")
        is_page = "." not in steps[-1] or steps[-1].endswith(".html")
        below = steps[1] if len(steps) > 2 and steps[1] in i18n.LANGUAGES else ""
        said = chosen_language(request) or below or request.headers.get("accept-language", "")
        if not is_page or not said:
            return None
        lang = wanted_language(request, below)
        return None if lang == self._first else _page(lang)


def _page(lang: str) -> Response:
    why = gettext(
        lang,
        "The address may have been cut in a mail, or it was never given out. Topics and documents "
        "keep their address for good, so a search in your mail may find the whole one.",
    )
    inside = f"<p>{escape(why)}</p>\n{closed(lang)}"
    return page(lang, gettext(lang, "There is nothing at this address"), inside, 404)


def closed(lang: str) -> str:
    """That some places open only for who has signed in, with the way there and back: HTML."""
    said = escape(gettext(lang, "Conferences for members only open when you have signed in."))
    sign_in = escape(gettext(lang, "Sign in"))
    return f'<p>{said} <a href="/login/" referrerpolicy="same-origin">{sign_in}</a></p>'
