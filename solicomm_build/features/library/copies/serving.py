"""`/libraries/<id>/<key>/files/<name>` of a copied library: a file that is not here yet is fetched
from the library's home, kept, and handed out as every file is.

Of each home one at a time is fetched, in threads of its own, and few wait; whoever comes too late,
or whose file cannot be had, is told to come back, and where the home is. Then a stick or a mail may
bring it (carried.py).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from html import escape
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.types import Receive, Scope, Send

from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.copies import carried, fetched
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.i18n import gettext
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.web import mediatype, plainpage
from solicomm_build.web.headers import FILE_POLICY
from solicomm_build.web.hooks import Served

_WAITING = 4
"""For files of one home."""
_HOMES = 4
"""That are asked at once."""
_FAILED = 502


@dataclass(slots=True)
class _Line:
    """The way to one home, and how many wait for something from there."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0


class CopiedFiles:
    """ASGI application for the files of cards; those of our own libraries are built pages."""

    def __init__(self, served: Served) -> None:
        self._served, self._config = served, served.config
        self._lines = defaultdict[str, _Line](_Line)
        self._threads = ThreadPoolExecutor(_HOMES, "copied-files")

    def close(self) -> None:
        """Lets go of the threads; what they fetch goes on the next time."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        answer = await self._answered(request)
        await (answer or self._served.pages)(scope, receive, send)

    async def _answered(self, request: Request) -> Response | None:
        """None where the built pages answer: they have the file, or there is none."""
        library, key, name = (request.path_params[one] for one in ("library", "key", "name"))
        is_copy = elsewhere.of(self._config, "libraries", library) is not None
        built = self._config.public / "libraries" / library / key / "files" / name
        if not is_copy or request.method not in ("GET", "HEAD"):
            return None
        found = await asyncio.to_thread(fetched.wanted, self._config, library, key, name)
        if found is None or built.is_file():
            return None
        home, file = found
        path, line = FileStore(self._config, library).path(file.sha256), self._lines[home.hub]
        if path is None and line.waiting >= _WAITING:
            return _not_now(request, home, key)
        if path is None:
            line.waiting += 1
            try:
                async with line.lock:
                    fetch = partial(fetched.fetch, self._config, library, key, home, file)
                    await asyncio.get_running_loop().run_in_executor(self._threads, fetch)
            except SoliCommError:
                await asyncio.to_thread(carried.ask, self._config, library, file.sha256)
                return _not_now(request, home, key)
            finally:
                line.waiting -= 1
        return self._file(library, file)

    def _file(self, library: str, file: File) -> Response:
        """As static files are handed out: nothing in it runs."""
        path = FileStore(self._config, library).place(file.sha256)
        headers = {
            "content-disposition": f"attachment; filename*=UTF-8''{quote(file.name, '')}",
            "content-security-policy": FILE_POLICY,
            "cache-control": "public, max-age=3600, must-revalidate",
        }
        return FileResponse(path, headers=headers, media_type=mediatype.of_upload(file.name))


def _not_now(request: Request, home: Home, key: str) -> Response:
    lang = plainpage.wanted_language(request)
    said = gettext(
        lang, "This file is at the home of the library, which does not give it just now."
    )
    link = f'<a href="{escape(home.url)}{escape(key)}/"><bdi>{escape(home.name)}</bdi></a>'
    inside = f"<p>{escape(said)} {link}</p>"
    answer = plainpage.page(
        lang, gettext(lang, "Please try again in a few minutes."), inside, _FAILED
    )
    answer.headers["retry-after"] = "60"
    return answer
