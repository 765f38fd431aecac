"""Small pages that the web server makes itself, which need no JavaScript: questions with a button,
short forms, answers. They wear the theme (web/dress/). Where nothing was built yet they are plain;
since their policy allows no style inside them, all plain ones share one style sheet.
"""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from solicomm_build.foundation import data, i18n
from solicomm_build.foundation.language import languagetag
from solicomm_build.web.dress.dressing import Dressing, Words, plain

STYLE = "/unsubscribe/page.css"
"""The style sheet's address; `/join/page.css` answers the same."""

LANGUAGE = "solicomm-language"
"""The cookie with the language that was chosen on one of these pages; gone with the browser."""
_LANG = "lang"

_LANGUAGE = re.compile(rf"\s*({languagetag.WRITTEN.pattern})\s*(?:;\s*q\s*=\s*([0-9.]+)\s*)?")


class ServedPage(Response):
    """A page that the server made, nobody keeps and no search engine lists. It puts on the hub's
    dress when it is sent; until then `body` is the plain page."""

    def __init__(self, words: Words, status: int) -> None:
        super().__init__(plain(words), status, {"cache-control": "no-store"}, "text/html")
        self._words = words

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dressing = getattr(getattr(scope.get("app"), "state", None), "dressing", None)
        if isinstance(dressing, Dressing):
            self.body = (await dressing.of(self._words, scope)).encode("utf-8")
            self.headers["content-length"] = str(len(self.body))
        chosen = _chosen(Request(scope).query_params.get(_LANG, ""))
        if chosen:
            secure = scope.get("scheme") == "https"
            self.set_cookie(LANGUAGE, chosen, path="/", secure=secure, samesite="lax")
        await super().__call__(scope, receive, send)


def page(
    lang: str,
    title: str,
    inside: str,
    status: int = 200,
    *,
    style: str = STYLE,
    more: str = "",
    site: str = "",
) -> Response:
    """A whole page in the hub's dress, or in that of the union whose `site` it is. `title` is plain
    text, `inside` HTML; `more` is further HTML for the head. `style` is the style sheet that it has
    where nothing was built yet. Links inside name whole paths: a page does not know how deep it
    is."""
    return ServedPage(Words(lang, title, inside, style, more, site), status)


async def stylesheet(request: Request) -> Response:
    """The pages' style sheet."""
    headers = {"cache-control": "public, max-age=86400"}
    return Response(data.beside(__file__, "plainpage.css"), media_type="text/css", headers=headers)


def wanted_language(request: Request, said: str = "", *, otherwise: str = "en") -> str:
    """The language of ours that was chosen on such a page, else the one that a link says, else the
    one that Accept-Language likes most (RFC 9110 12.5.4); if none, `otherwise`."""
    return (
        chosen_language(request)
        or _chosen(said)
        or _liked(request.headers.get("accept-language", ""))
        or otherwise
    )


def chosen_language(request: Request) -> str:
    """What was chosen here (`?lang=`) or before (a cookie), or nothing."""
    here = _chosen(request.query_params.get(_LANG, ""))
    return here or _chosen(request.cookies.get(LANGUAGE, ""))


def _chosen(text: str) -> str:
    return text if text in i18n.LANGUAGES else ""


def _liked(field: str) -> str:
    liked = []
    for part in field[:500].split(","):
        match = _LANGUAGE.fullmatch(part)
        language = match[1].lower().partition("-")[0] if match else ""
        if match and language in i18n.LANGUAGES:
            liked.append((_quality(match[2]), language))
    return max(liked, key=lambda one: one[0])[1] if liked else ""


def _quality(text: str | None) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0
