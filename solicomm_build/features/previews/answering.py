"""Preview cards of pages that everybody may read."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import OrderedDict
from html import unescape

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.previews import drawing
from solicomm_build.features.previews.drawing import Card
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.shares import Shares

KEPT = 64
"""Cards that are remembered, of some 20 KB each: a link that goes round is asked for often."""
WAITING = 8
"""Requests that wait for a card; more get 503, so that drawing never crowds out reading."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_META = re.compile(r'<meta property="og:(title|site_name|description|image)" content="([^"]*)">')
_RTL = re.compile(r'<html lang="[^"]*" dir="rtl">')
_HEAD = 16_000  # octets that a page's head has at most


class Previews:
    """Draws cards of the pages in `public`, one at a time; `pages` answers where there is none."""

    def __init__(self, config: Config, pages: ASGIApp) -> None:
        self._config, self.pages = config, pages
        self._drawn: OrderedDict[str, bytes] = OrderedDict()
        self._one = asyncio.Lock()
        self._shares = Shares(config.fronts)

    async def answer(self, request: Request) -> Response | None:
        """The card; None for a page that is not there, or shows none."""
        card = await asyncio.to_thread(self._card, request.url.path.rpartition("/")[0])
        if card is None:
            return None
        if not self._shares.has_room(request, WAITING):
            return Response(status_code=503, headers={"retry-after": "5"})
        with self._shares.taken(request):
            async with self._one:
                data = await self._png(card)
        mark = f'"{hashlib.blake2b(data, digest_size=9).hexdigest()}"'
        headers = {"cache-control": "public, max-age=86400", "etag": mark}
        if request.headers.get("if-none-match") == mark:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type="image/png", headers=headers)

    async def _png(self, card: Card) -> bytes:
        accent = self._config.brand.light or drawing.ACCENT
        key = f"{accent} {card}"
        if key not in self._drawn:
            self._drawn[key] = await asyncio.to_thread(drawing.draw, card, accent)
            while len(self._drawn) > KEPT:
                self._drawn.popitem(last=False)
        self._drawn.move_to_end(key)
        return self._drawn[key]

    def _card(self, path: str) -> Card | None:
        """What a public page says of itself in its head; None where that names no card."""
        names = path.strip("/").split("/")
        if not all(_NAME.fullmatch(name) for name in names):
            return None
        file = self._config.public.joinpath(*names, "index.html")
        try:
            with file.open("rb") as page:
                head = page.read(_HEAD).decode("utf-8", "replace").partition("</head>")[0]
        except OSError:
            return None
        said = {name: unescape(text) for name, text in _META.findall(head)}
        if not said.get("image", "").endswith(f"{path}/preview.png"):
            return None
        return Card(
            said.get("site_name", ""),
            said.get("title", ""),
            said.get("description", ""),
            _RTL.search(head) is not None,
        )


class Asked:
    """ASGI application: the card, or what the pages say of an address where nothing is."""

    def __init__(self, previews: Previews) -> None:
        self._previews = previews

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = await self._previews.answer(Request(scope, receive))
        await (found or self._previews.pages)(scope, receive, send)
