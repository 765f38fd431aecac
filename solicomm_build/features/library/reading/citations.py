"""`/libraries/<id>/<key>/entry.bib`, `entry.ris`, `entry.json`: how a card is cited, made when a
program that keeps references asks. Few do, and three files for each card were most of its files.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.cards.cardrows import datetime_of
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.catalogue import present, published, title_of
from solicomm_build.features.library.exchange.citing import FILES
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.features.library.reading import answers
from solicomm_build.features.library.reading.openlibraries import Book, OpenLibraries, Visit
from solicomm_build.git import elsewhere
from solicomm_build.web import mediatype


class Citations:
    """Those of one hub."""

    def __init__(self, libraries: OpenLibraries) -> None:
        self._libraries, self._config = libraries, libraries.config

    async def answer(self, request: Request) -> Response:
        """One file."""
        return await asyncio.to_thread(self._answered, request)

    def _answered(self, request: Request) -> Response:
        name = request.url.path.rpartition("/")[2]
        visit = self._libraries.visit(request)
        if visit is None:
            return answers.nothing(request)
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(request.path_params["key"])
        if book is None:
            return answers.nothing(request)
        is_closed = visit.settings.visibility == "members"
        headers = {
            "cache-control": "private, no-store" if is_closed else "public, max-age=3600",
            "x-robots-tag": "noindex",
        }
        data = FILES[name]([self._published(visit, book)])
        return Response(data, media_type=mediatype.of_page(name), headers=headers)

    def _published(self, visit: Visit, book: Book) -> Published:
        config, library, row = self._config, visit.library, book.row
        is_copy = elsewhere.of(config, "libraries", library) is not None
        here = present(book.entry, row.files, FileStore(config, library), is_copy=is_copy)
        title, changed = title_of(visit.settings), datetime_of(row.stamp)
        return published(config, library, title, book.entry, here, changed)
