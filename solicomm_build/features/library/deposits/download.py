"""`/deposits/<deposit>/<letters>`: a document that waits, for the reviewer who got the link.

Comes as a download of the cleaned copy that would be published; nobody keeps or lists it, and it
runs nothing in the browser. What is no link, or of no more use, is the 404 of everything else.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.features.library.deposits.depositlinks import Offers
from solicomm_build.web.headers import FILE_POLICY

_HEADERS = {
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "content-security-policy": FILE_POLICY,
}


class DepositLinks:
    """ASGI application for GET and HEAD of such an address; `pages` answers everything else."""

    def __init__(self, offers: Offers, pages: ASGIApp) -> None:
        self._offers, self._pages = offers, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = None
        if scope["method"] in ("GET", "HEAD"):
            said = Request(scope).path_params
            found = await asyncio.to_thread(self._offers.of, said["deposit"], said["letters"])
        if found is None:
            await self._pages(scope, receive, send)
            return
        answer = FileResponse(
            found.path, media_type=found.file.type, filename=found.file.name, headers=_HEADERS
        )
        await answer(scope, receive, send)
