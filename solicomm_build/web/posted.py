"""What browsers send by POST to addresses that are pages otherwise."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class PostOrPage:
    """ASGI application for an address: POST is answered, everything else passed on to `pages`."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]], pages: ASGIApp) -> None:
        self._answer, self._pages = answer, pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            await self._pages(scope, receive, send)
            return
        answer = await self._answer(Request(scope, receive))
        await answer(scope, receive, send)


async def body(request: Request, most: int) -> bytes | None:
    """The octets that were sent; None when they are more than `most`, or the client left."""
    octets = bytearray()
    try:
        async for piece in request.stream():
            octets += piece
            if len(octets) > most:
                return None
    except ClientDisconnect:
        return None
    return bytes(octets)


def is_own(request: Request) -> bool:
    """Whether the browser says that a page of ours sent this; True when it says nothing.

    Our pages send no referrer, so browsers say `Origin: null` of their forms (Fetch 3.1).
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin", "")
    if origin not in ("", "null") and not is_here(origin, request):
        return False
    return site in ("same-origin", "none")


def is_here(address: str, request: Request) -> bool:
    """Whether an address that a browser names is of the host that it asks. What is none is not."""
    try:
        return urlsplit(address).netloc == request.headers.get("host", "")
    except ValueError:
        return False
