"""The answers to phones: the same for everybody, whoever is signed in."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from solicomm_build.features.offline import keepable, offlinepage, scripts
from solicomm_build.features.offline.keepable import Listing
from solicomm_build.features.offline.offlinepage import Wanted
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.plainpage import wanted_language

WORKER_POLICY = "default-src 'none'; connect-src 'self'"
"""Content-Security-Policy of the worker: it asks this hub, and loads nothing else."""
_STAYS = 30.0  # seconds that a list answers others, so that a walk is not made for each
_MOST_LISTS = 32
_OCTETS = re.compile(r"[0-9]{1,12}")
_SCRIPT = "text/javascript"


class Answering:
    """For one hub and one event loop. What it reads of the disk it reads in threads."""

    def __init__(self, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._config, self._now = config, now
        self._turn = asyncio.Lock()
        self._known: dict[tuple[str, str], tuple[float, Listing | None]] = {}

    async def page(self, request: Request) -> Response:
        """What is kept on this phone; with `?keep=<place>` the form to keep that."""
        lang, place = wanted_language(request), request.query_params.get("keep", "")
        found = await self._listing(place, lang) if place.count("/") == 3 else None
        return offlinepage.shown(lang, Wanted(place, found.title) if found else None)

    async def list(self, request: Request) -> Response:
        """The files of a place (`?place=`), in the order in which they are worth keeping: address,
        octets, what is another when the file is another, kind; with `?most=` those that have room
        in so many octets, with `?files=1` attached files, too. 404 where everybody may read none.
        """
        lang = request.query_params.get("lang", "")
        lang = lang if lang in i18n.LANGUAGES else self._config.languages[0]
        found = await self._listing(request.query_params.get("place", ""), lang)
        if found is None:
            return JSONResponse({}, 404, {"cache-control": "no-cache"})
        most = request.query_params.get("most", "")
        with_files = request.query_params.get("files") == "1"
        wanted = [one for one in found.files if with_files or one.kind != "file"]
        chosen = keepable.fitting(wanted, int(most) if _OCTETS.fullmatch(most) else None)
        files = [[one.url, one.octets, one.stamp, one.kind] for one in chosen]
        text = json.dumps({"title": found.title, "files": files}, ensure_ascii=False)
        return _answered(request, text, "application/json", {})

    async def worker(self, request: Request) -> Response:
        """The worker's script."""
        more = {"content-security-policy": WORKER_POLICY, "referrer-policy": "no-referrer"}
        return _answered(request, scripts.worker(), _SCRIPT, more)

    async def page_script(self, request: Request) -> Response:
        """The script of the page."""
        return _answered(request, scripts.page(), _SCRIPT, {})

    async def manifest(self, request: Request) -> Response:
        """The hub as an app of the phone (W3C, Web Application Manifest)."""
        icons = await asyncio.to_thread(_icons, self._config.public)
        said: dict[str, Any] = {
            "id": "/",
            "name": self._config.name,
            "short_name": self._config.name[:12].strip(),
            "start_url": "/",
            "scope": "/",
            "display": "browser",
            "lang": self._config.languages[0],
            "icons": icons,
        }
        body = json.dumps(said, ensure_ascii=False).encode()
        headers = {"cache-control": "no-cache"}
        return Response(body, 200, headers, "application/manifest+json")

    async def _listing(self, place: str, lang: str) -> Listing | None:
        """The list, made anew after half a minute; one walk at a time."""
        if len(place) > 100:
            return None
        key = (place, lang)
        async with self._turn:
            at, found = self._known.pop(key, (-_STAYS, None))
            if self._now() - at >= _STAYS:
                at = self._now()
                found = await asyncio.to_thread(keepable.listing, self._config.public, place, lang)
            while len(self._known) >= _MOST_LISTS:
                self._known.pop(next(iter(self._known)))
            self._known[key] = (at, found)
        return found


def _answered(request: Request, text: str, kind: str, more: dict[str, str]) -> Response:
    is_small = "gzip" in request.headers.get("accept-encoding", "")
    octets = gzip.compress(text.encode(), 6, mtime=0) if is_small else text.encode()
    tag = f'"{hashlib.sha256(octets).hexdigest()[:16]}"'
    headers = {"cache-control": "no-cache", "etag": tag, "vary": "Accept-Encoding", **more}
    if is_small:
        headers["content-encoding"] = "gzip"
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(octets, 200, headers, kind)


def _icons(public: Path) -> list[dict[str, str]]:
    """The theme's icon, which is drawn and fits any size, and the hub's logo."""
    theme, found = public / "theme", []
    for path in sorted(theme.glob("icon.*.svg")):
        found.append({"src": f"/theme/{path.name}", "sizes": "any", "type": "image/svg+xml"})
    return found[-1:]
