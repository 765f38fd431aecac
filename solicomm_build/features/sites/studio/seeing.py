"""The page as it will be, in a frame beside the text: `/edit/<union>/seen/<id>/`.

The builder draws it by the site's own templates (drawing.py); here it is shown, to who edits the
site alone. Nothing runs in the frame and no form in it sends anything; its links and pictures are
those of the page's own address. While no builder answers the text alone is shown.
"""

from __future__ import annotations

import asyncio
import re
import threading
from html import escape

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.sites import drawing
from solicomm_build.features.sites.drawing import Ask
from solicomm_build.features.sites.editing.editingsession import Sessions
from solicomm_build.features.sites.editing.entering import nothing
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.webhost import absolute
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.headers import PAGE_POLICY
from solicomm_build.web.plainpage import wanted_language

POLICY = f"{PAGE_POLICY}; frame-src 'self'"
"""Of the editor's page, which shows the frame."""
_STYLE = re.compile(r'(<link rel="stylesheet" href=")[^"]*(")')
_places = threading.BoundedSemaphore(2)
_PATIENCE = 5.0
"""Seconds that an editor waits for the page; then the text alone is shown."""


class Seeing:
    """Shows pages that were drawn."""

    def __init__(self, config: Config, sessions: Sessions) -> None:
        self._config, self._sessions = config, sessions

    async def answer(self, request: Request) -> Response:
        """The page, or its style sheet."""
        union, name = request.path_params["union"], request.path_params["id"]
        session = await asyncio.to_thread(self._sessions.of, request, union)
        drawn = drawing.find(self._config, name) if session else None
        if drawn is None or drawn.union != union or not drawn.page:
            return nothing(wanted_language(request))
        folder = drawing.place(self._config, name)
        if request.path_params.get("part"):
            css = await asyncio.to_thread((folder / drawn.css).read_text, "utf-8")
            return Response(css, 200, {"cache-control": "private"}, media_type="text/css")
        text = await asyncio.to_thread((folder / drawn.page).read_text, "utf-8")
        home, here = drawn.url, f"/edit/{union}/seen/{name}/"
        if self._config.pages:  # the site has an origin of its own
            home = absolute(self._config.url, self._config.pages, drawn.url)
            here = self._config.url + here
        return Response(
            _framed(text, home, here),
            200,
            {
                "cache-control": "no-store",
                "content-security-policy": self._policy(),
                "x-frame-options": "SAMEORIGIN",
            },
            media_type="text/html",
        )

    def _policy(self) -> str:
        """Whatever the page holds: only its look is loaded, from here and the site."""
        other = " https: http:" if self._config.pages else ""
        return (
            f"sandbox allow-same-origin; default-src 'none'; style-src 'self'{other}; "
            f"img-src 'self' data:{other}; base-uri 'self'{other}; form-action 'none'; "
            "frame-ancestors 'self'"
        )


def frame(config: Config, lang: str, union: str, path: str, text: str) -> str:
    """The frame with the page as it will be; "" when it cannot be drawn now. Blocking."""
    if not _places.acquire(blocking=False):  # who waits here holds a thread of the whole server
        return ""
    try:
        found = drawing.draw(config, Ask(union, path, text), _PATIENCE)
    finally:
        _places.release()
    if found is None or not found[1].page:
        return ""
    head = escape(gettext(lang, "The page as it will be"))
    return (
        f'<h2>{head}</h2><iframe class="st-page" sandbox="allow-same-origin" title="{head}" '
        f'src="/edit/{union}/seen/{found[0]}/"></iframe>'
    )


def _framed(text: str, url: str, here: str) -> str:
    """The page of `url` at another address: without scripts, with its own look."""
    text = _scriptless(text)
    text = _STYLE.sub(rf"\g<1>{here}style.css\g<2>", text, count=1)
    return text.replace("<head>", f'<head>\n<base href="{escape(url)}">', 1)


def _scriptless(text: str) -> str:
    """The page without its scripts."""
    parts, at, end = [], 0, "</script>"
    while (start := text.find("<script", at)) >= 0 and (last := text.find(end, start)) >= 0:
        parts.append(text[at:start])
        at = last + len(end)
    return "".join((*parts, text[at:]))
