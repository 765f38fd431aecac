"""`/deposits/<deposit>/<letters>/<page>`: a page of a PDF that waits, as a picture, made on demand.

The link is that of the file (depositlinks.py), so it ends with the decision. A page is drawn once,
in a child that is shut in, one at a time, and kept beside the deposit until it is decided.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.extraction.child import page_picture
from solicomm_build.features.library.deposits.depositlinks import Offers
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.headers import FILE_POLICY

MOST_PAGES = 60
"""Pages of one file that are shown; the rest is in the file itself."""
_WAITING = 20
"""Pages that wait to be drawn; one more is left out, and is there at the next look."""
_HEADERS = {
    "cache-control": "private, no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "content-security-policy": FILE_POLICY,
}


class PagePictures:
    """ASGI application for GET and HEAD of such an address; `pages` answers everything else."""

    def __init__(self, config: Config, offers: Offers, pages: ASGIApp) -> None:
        self._config, self._offers, self._pages = config, offers, pages
        self._drawing = asyncio.Semaphore(1)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        made = None
        if scope["method"] in ("GET", "HEAD"):
            said = Request(scope).path_params
            made = await self._made(said["deposit"], said["letters"], said["page"])
        if made is None:
            await self._pages(scope, receive, send)
            return
        answer = FileResponse(made, media_type="image/webp", filename="page.webp", headers=_HEADERS)
        await answer(scope, receive, send)

    async def _made(self, deposit: str, letters: str, number: int) -> Path | None:
        """The picture, drawn now or before."""
        found = await asyncio.to_thread(self._offers.of, deposit, letters)
        if found is None or found.file.type != "application/pdf":
            return None
        if not 1 <= number <= min(found.file.pages, MOST_PAGES):
            return None
        target = Deposits(self._config).page(deposit, found.file.sha256, number)
        if await asyncio.to_thread(target.is_file):
            return target
        if self._waiting >= _WAITING:
            return None
        self._waiting += 1
        try:
            async with self._drawing:
                is_drawn = await asyncio.to_thread(_draw, found.path, number, target)
        finally:
            self._waiting -= 1
        return target if is_drawn else None


def _draw(path: Path, number: int, target: Path) -> bool:
    """Draws a page, unless another request did so meanwhile; False when it cannot be drawn, or the
    deposit was decided."""
    if target.is_file():
        return True
    octets = page_picture(path, number)
    if not octets:
        return False
    try:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        safeio.write_atomic(target, octets, durable=False, mode=0o600)
    except FileNotFoundError:
        return False  # the deposit went
    return True
