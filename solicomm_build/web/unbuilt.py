"""What is answered at the address of a page before any page of the hub was built.

A new hub listens a few seconds before its first pages are there, and a large one that is built from
its repositories again some minutes. Nobody is told meanwhile that there is nothing: who opens a
page gets it as soon as it is written, or a page that says when to look again.
"""

from __future__ import annotations

import asyncio
import time
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.nodes.atnode import found_or
from solicomm_build.web.plainpage import page, wanted_language
from solicomm_build.web.tree import segments

_PATIENCE = 5.0  # seconds that a request waits for the first pages
_LOOK = 0.1  # seconds between two looks for them
_AGAIN = 10  # seconds
_PLACES = ("conferences", "libraries", "unions")


class Unbuilt:
    """ASGI application around built pages: a front page and what is below conferences, libraries
    and unions gets 503 (RFC 9110 15.6.4) in place of 404 until there is the front page."""

    def __init__(self, config: Config, pages: ASGIApp) -> None:
        self._public, self._pages = config.public, pages
        self._was_built = False
        self._languages = config.languages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._is_built() or not self._is_page(scope["path"]):
            await self._pages(scope, receive, send)
        else:
            await found_or(self._pages, self._later, scope, receive, send)

    async def _later(self, scope: Scope, receive: Receive, send: Send) -> None:
        if await self._is_built_soon():
            await self._pages(scope, receive, send)
        else:
            await _wait(Request(scope, receive))(scope, receive, send)

    def _is_page(self, path: str) -> bool:
        steps = segments(path) or ("?",)
        if len(steps) > 1 and steps[0] in self._languages:
            steps = steps[1:]
        return not steps[-1] and (len(steps) == 1 or steps[0] in _PLACES)

    def _is_built(self) -> bool:
        if not self._was_built:
            self._was_built = (self._public / "index.html").is_file()
        return self._was_built

    async def _is_built_soon(self) -> bool:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            await asyncio.sleep(_LOOK)
            if self._is_built():
                return True
        return False


def _wait(request: Request) -> Response:
    lang = wanted_language(request)
    said = gettext(
        lang,
        "The pages here are being made. Where there are many, that takes some minutes. Nothing is "
        "lost meanwhile, and mail arrives.",
    )
    again = gettext(lang, "Look again")
    where = escape(request.url.path)
    inside = f'<p>{escape(said)}</p><p><a href="{where}">{escape(again)}</a></p>'
    answer = page(lang, gettext(lang, "The pages come in a moment"), inside, 503)
    answer.headers["retry-after"] = str(_AGAIN)
    return answer
