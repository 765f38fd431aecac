"""What the web server of a machine without cell 0 answers (docs/adr/0060).

Built pages are on each machine. What asks the roster is answered while this machine's copy of it is
known to be that of cell 0's machine; else pages for everybody are, and nothing besides. What was
not kept is never said to be: it gets 503, and the page says so.
"""

from __future__ import annotations

import re
from html import escape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.plainpage import page, wanted_language

SAFE = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110 9.2.1)."""
_DOCUMENT = re.compile(r"/libraries/[^/]+/[^/]+/files/")
"""Large files of libraries lie on the machine with cell 0 alone."""
_OF_MACHINE = ("/healthz", "/metrics", "/hosts/known")
"""What is asked of the machine, not of the hub."""


class AtNode:
    """Wraps the application of such a machine."""

    def __init__(self, app: ASGIApp, config: Config, pages: ASGIApp) -> None:
        """`pages` are those for everybody."""
        self._app, self._config, self._pages = app, config, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in _OF_MACHINE:
            await self._app(scope, receive, send)
            return
        is_current, is_read = nodes.is_current(self._config), scope["method"] in SAFE
        if is_current and not (is_read and _DOCUMENT.match(scope["path"])):
            await self._app(scope, receive, send)
            return
        instead = away(self._config, scope, receive)
        if is_read:
            await found_or(self._app if is_current else self._pages, instead, scope, receive, send)
        else:
            await instead(scope, receive, send)


async def found_or(
    app: ASGIApp, instead: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """What `app` answers, or `instead` where it says that there is nothing."""
    found = _Found(send)
    await app(scope, receive, found.send)
    if not found.is_there:
        await instead(scope, receive, send)


class _Found:
    """Sends on what is an answer, and nothing of one that says that there is nothing."""

    def __init__(self, send: Send) -> None:
        self._send, self.is_there = send, False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_there = message["status"] != 404
        if self.is_there:
            await self._send(message)


def away(config: Config, scope: Scope, receive: Receive) -> Response:
    """Says that it needs the machine with cell 0, and that nothing was kept."""
    lang = wanted_language(Request(scope, receive))
    why = later(lang)
    lost = gettext(lang, "Nothing of what you sent was kept. Go back: it is still in the form.")
    said = [why] if scope["method"] in SAFE else [why, lost]
    inside = "".join(f"<p>{escape(text)}</p>" for text in said)
    answer = page(lang, gettext(lang, "Not just now"), inside, 503)
    answer.headers["retry-after"] = str(2 * config.cluster.lease.ttl + 2)
    return answer


def later(lang: str) -> str:
    """Says that another machine is needed."""
    return gettext(
        lang,
        "The machine of this hub that does this is away just now. Another one takes over in a "
        "moment. Please try again in a minute.",
    )


async def busy(request: Request, _error: Exception) -> Response:
    """For what has to be on several machines, or in the store that they share, and cannot be."""
    lang = wanted_language(request)
    said = gettext(lang, "That did not work. Please try again in a moment.")
    answer = page(lang, gettext(lang, "Not just now"), f"<p>{escape(said)}</p>", 503)
    answer.headers["retry-after"] = "10"
    return answer
