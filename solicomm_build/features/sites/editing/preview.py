"""Drafts of union sites at `/preview/<letters>/`: served like pages, and listed by nobody."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.static import StaticPages

UNLISTED = {"x-robots-tag": "noindex, nofollow, noarchive", "cache-control": "private, no-cache"}
"""What every answer about a draft says: to search engines, and to caches on the way."""


class Previews:
    """ASGI application for everything below `/preview/`. A draft that was published, or has ended,
    is answered as any address where nothing is."""

    def __init__(self, config: Config) -> None:
        first = config.languages[0]
        self._pages = StaticPages(config.previews, missing=config.public, first=first)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in UNLISTED.items():
                    headers[name] = value
            await send(message)

        await self._pages(scope, receive, marked)
