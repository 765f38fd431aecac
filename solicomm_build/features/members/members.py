"""Pages of conferences for members only, and what else of them a member may search.

    /conferences/<id>/…, /<lang>/conferences/<id>/…   their pages, for who may read <id>
    /members/indexes.json                             where one may search

For everybody else, whether signed in or not, there is nothing at these addresses: the same 404 as
everywhere, in the same time, since what is asked does not depend on what there is. Nothing of this
is kept by a browser or on the way. While the store that keeps sessions does not answer, who has a
cookie of ours gets 503 there, whatever there is.
"""

from __future__ import annotations

import asyncio
import re

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.nodes.atnode import busy, found_or
from solicomm_build.web.signedin import MemberSessions, Session, cookie
from solicomm_build.web.static import StaticPages
from solicomm_build.web.unbuilt import Unbuilt

INDEX, _MANIFEST = "search/index/", "manifest.js"
"""Where a conference's index lies below its pages."""

_CONFERENCE = re.compile(
    r"/(?:[a-z]{2,3}/)?conferences/([a-z0-9][a-z0-9-]{0,27})(?:/.*)?", re.DOTALL
)
_NOT_KEPT = ("etag", "last-modified", "vary", "accept-ranges", "access-control-allow-origin")


class MemberPages:
    """ASGI application: the pages of conferences that the member may read; `others` for the rest,
    and for everybody who is not signed in."""

    def __init__(
        self, config: Config, sessions: MemberSessions, readers: Readers, others: ASGIApp
    ) -> None:
        self._sessions, self._readers, self._others = sessions, readers, others
        built = StaticPages(config.member_pages, missing=config.public, first=config.languages[0])
        self._pages = Unbuilt(config, built)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _CONFERENCE.fullmatch(scope["path"])
        if found is None or not cookie(request := Request(scope, receive)):
            await self._others(scope, receive, send)
        else:
            await self._asked(request, found[1], send)

    async def _asked(self, request: Request, conference: str, send: Send) -> None:
        scope, receive = request.scope, request.receive
        try:
            may_read = await asyncio.to_thread(self._may_read, request, conference)
        except ObjectsError as error:
            later = await busy(request, error)
            await found_or(self._others, later, scope, receive, send)
            return
        if may_read:
            await self._pages(scope, receive, _unkept(send, data=INDEX in scope["path"]))
        else:
            await self._others(scope, receive, send)

    def _may_read(self, request: Request, conference: str) -> bool:
        session = self._sessions.of(request)
        return session is not None and self._readers.may_read(session.member.number, conference)


def _unkept(send: Send, *, data: bool) -> Send:
    """Nobody keeps an answer, nothing in it lets somebody ask whether it is still the same, and no
    other site gets hold of it. The index is `data`: read, and never run."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name in _NOT_KEPT:
                if name in headers:
                    del headers[name]
            headers["cache-control"] = "private, no-store"
            headers["cross-origin-resource-policy"] = "same-origin"
            headers["x-robots-tag"] = "noindex"
            if data:
                headers["content-type"] = "text/plain; charset=utf-8"
        await send(message)

    return sent


class Indexes:
    """What the search page of a member may search besides. It looks in threads."""

    def __init__(self, config: Config, sessions: MemberSessions, readers: Readers) -> None:
        self._config, self._sessions, self._readers = config, sessions, readers

    async def indexes(self, request: Request) -> Response:
        """The roots of the indexes that one may search besides the public one, relative to the
        hub's: for the search page."""
        session = await asyncio.to_thread(self._sessions.of, request)
        found = await asyncio.to_thread(self._readable, session) if session else []
        roots = [
            f"conferences/{one.id}/{INDEX}"
            for one in found
            if (self._config.member_pages / "conferences" / one.id / INDEX / _MANIFEST).exists()
        ]
        return JSONResponse(roots, headers={"cache-control": "private, no-store"})

    def _readable(self, session: Session) -> list[Conference]:
        return self._readers.conferences(session.member.number)
