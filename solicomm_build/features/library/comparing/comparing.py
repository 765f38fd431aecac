"""`/libraries/<id>/compare/`: agreements chosen and put side by side; GET only, nothing changes.

?e=<key>&e=<key>          up to four, by matter
?country=…&sector=…&year=…  the choice, narrowed down
table/                    one row an agreement
agreements.csv, .sqlite   the same for programs
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.comparing import comparepages as pages
from solicomm_build.features.library.comparing import downloads
from solicomm_build.features.library.comparing.agreements import FILTERS, Agreement, Agreements
from solicomm_build.features.library.reading import answers
from solicomm_build.features.library.reading.doctext import Texts
from solicomm_build.features.library.reading.openlibraries import OpenLibraries, Visit, key_of
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.headers import FILE_POLICY

MOST_ROWS = 500
"""Agreements in a table or download, the newest."""
_ON_TABLE = 60
_WAITING = 8
"""Requests that wait for documents to be read; one more is told to come again."""
_TYPES = {"csv": "text/csv; charset=utf-8", "sqlite": "application/vnd.sqlite3"}


class Comparing:
    """The pages of one hub."""

    def __init__(self, libraries: OpenLibraries, texts: Texts) -> None:
        self._libraries, self._config = libraries, libraries.config
        self._agreements = Agreements(libraries, texts)
        self._room = threading.BoundedSemaphore(_WAITING)

    async def compare(self, request: Request) -> Response:
        """The comparison, or the choice where fewer than two were chosen."""
        return await self._answered(request, self._compare)

    async def table(self, request: Request) -> Response:
        """The table."""
        return await self._answered(request, self._table)

    async def file(self, request: Request) -> Response:
        """A download."""
        return await self._answered(request, self._file)

    async def _answered(self, request: Request, answer: Callable[[Visit], Response]) -> Response:
        return await self._libraries.room.run(request, partial(self._blocking, answer=answer))

    def _blocking(self, request: Request, answer: Callable[[Visit], Response]) -> Response:
        visit = self._libraries.visit(request)
        if visit is None:
            return answers.nothing(request)
        if not self._room.acquire(blocking=False):
            return answers.busy(visit.lang)
        try:
            return answer(visit)
        finally:
            self._room.release()

    def _compare(self, visit: Visit) -> Response:
        keys = _keys(visit.request)
        asks = "choose" in visit.request.query_params
        if len(keys) >= 2 and not asks:
            agreements = self._agreements.of(visit.library, keys[: pages.MOST])
            if len(agreements) >= 2:
                return pages.comparison(visit, agreements, rules=self._libraries.rules(visit))
        return self._choice(visit, keys, asks=asks)

    def _choice(self, visit: Visit, keys: Sequence[str], *, asks: bool) -> Response:
        lang, wanted = visit.lang, _wanted(visit.request)
        books, count = self._agreements.listed(visit.library, wanted.items(), count=pages.ON_ONE)
        chosen = [one.book for one in self._agreements.of(visit.library, keys[: pages.MOST])]
        facets = {kind: self._agreements.facets(visit.library, kind) for kind in FILTERS}
        notice = ""
        if not asks and len(keys) == 1 and chosen:
            notice = gettext(lang, "One is chosen. Choose another one to compare it with.")
        elif not asks and keys and len(chosen) < 2:
            notice = gettext(lang, "Only agreements of this library can be compared.")
        return pages.choice(visit, books, count, chosen, wanted, facets, notice)

    def _table(self, visit: Visit) -> Response:
        agreements, count = self._chosen(visit, _ON_TABLE)
        return pages.table(visit, agreements, count, _wanted(visit.request))

    def _file(self, visit: Visit) -> Response:
        end = visit.request.path_params["end"]
        make = {"csv": downloads.csv_of, "sqlite": downloads.sqlite_of}.get(end)
        if make is None:
            return answers.nothing(visit.request)
        agreements, _ = self._chosen(visit, MOST_ROWS)
        octets = make(agreements, self._config.url + visit.url)
        name = f"{visit.library}-agreements.{end}"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "content-security-policy": FILE_POLICY,
            "cache-control": "no-store",
            "x-robots-tag": "noindex",
        }
        return Response(octets, media_type=_TYPES[end], headers=headers)

    def _chosen(self, visit: Visit, most: int) -> tuple[list[Agreement], int]:
        """Those that the address names, else those that its filters leave."""
        if keys := _keys(visit.request):
            found = self._agreements.of(visit.library, keys[:most])
            return found, len(found)
        books, count = self._agreements.listed(
            visit.library, _wanted(visit.request).items(), count=most
        )
        return self._agreements.read(visit.library, books), count


def _keys(request: Request) -> list[str]:
    """The entries that the address names, each once, in its order."""
    named = (key_of(text) for text in request.query_params.getlist("e")[:50])
    return list(dict.fromkeys(key for key in named if key))


def _wanted(request: Request) -> Mapping[str, str]:
    said = request.query_params
    return {kind: said[kind][:100] for kind in FILTERS if said.get(kind)}
