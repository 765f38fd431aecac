"""`/libraries/<id>/<key>/read/`: a document read in the page; `…/pages/<n>.webp`: a page of it.

A page of a PDF is drawn when somebody wants to see it, in a child that is shut in, one at a time,
and kept below `state/leaves/` within bounds. Nobody sees more of a document than its card allows
(openlibraries.py). GET only.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from solicomm_build.extraction.child import page_picture
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.cards.mainfile import main_of
from solicomm_build.features.library.reading import answers, finding, readpages
from solicomm_build.features.library.reading.doctext import (
    MOST_OCTETS,
    Source,
    Texts,
    parts_of,
    source_of,
)
from solicomm_build.features.library.reading.kept import Kept
from solicomm_build.features.library.reading.openlibraries import Book, OpenLibraries, Visit
from solicomm_build.features.library.reading.otherversions import others
from solicomm_build.features.library.reading.readpages import Read
from solicomm_build.foundation.types import Oid
from solicomm_build.web.headers import FILE_POLICY

MOST_PAGES = 2_000
"""Pages of one document that are shown."""
_WAITING = 20
"""Pages that wait to be drawn; one more is left out, and is there at the next look."""
_PDF = "application/pdf"
_DAY = 86_400


class DocumentReader:
    """The pages of one hub."""

    def __init__(self, libraries: OpenLibraries, texts: Texts) -> None:
        self._libraries, self._texts = libraries, texts
        self._kept = Kept(libraries.config.state / "leaves")
        self._drawing = asyncio.Semaphore(1)
        self._waiting = 0

    async def read(self, request: Request) -> Response:
        """Some pages of the document, and where the words stand that are looked for."""
        return await self._libraries.room.run(request, self._read)

    async def picture(self, request: Request) -> Response:
        """One page as a picture."""
        found = await asyncio.to_thread(self._pdf, request)
        if found is None:
            return answers.nothing(request)
        visit, file, path = found
        number = int(request.path_params["number"])
        name = f"{file.sha256[:2]}/{file.sha256}-{number}.webp"
        made = await asyncio.to_thread(self._kept.get, name)
        if made is None and 1 <= number <= min(file.pages or MOST_PAGES, MOST_PAGES):
            made = await self._drawn(name, path, file, visit, number)
        if made is None:
            return answers.nothing(request)
        is_public = visit.settings.visibility == "public"
        headers = {
            "cache-control": f"public, max-age={_DAY}" if is_public else "private, no-store",
            "x-robots-tag": "noindex",
            "content-security-policy": FILE_POLICY,
        }
        return FileResponse(made, media_type="image/webp", headers=headers)

    async def _drawn(
        self, name: str, path: Path | None, file: File, visit: Visit, number: int
    ) -> Path | None:
        if self._waiting >= _WAITING:
            return None
        self._waiting += 1
        try:
            async with self._drawing:
                return await asyncio.to_thread(self._draw, name, path, file, visit, number)
        finally:
            self._waiting -= 1

    def _draw(
        self, name: str, path: Path | None, file: File, visit: Visit, number: int
    ) -> Path | None:
        """Draws a page, unless another request did so meanwhile; None when it cannot be drawn."""
        if made := self._kept.get(name):
            return made
        path = path or self._beside(visit, file)
        octets = page_picture(path, number) if path else b""
        return self._kept.put(name, octets) if octets else None

    def _beside(self, visit: Visit, file: File) -> Path | None:
        """A PDF that lies in git, as a file that the child can read."""
        name = f"{file.sha256[:2]}/{file.sha256}.pdf"
        if kept := self._kept.get(name):
            return kept
        key = visit.request.path_params["key"]
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(key)
            oid = book.row.files.get(file.name) if book else None
            octets = shelves.reader.blob(Oid(oid)) if oid else b""
        return self._kept.put(name, octets) if octets else None

    def _pdf(self, request: Request) -> tuple[Visit, File, Path | None] | None:
        """The PDF of a card that may be read, and where it lies when that is not in git."""
        visit = self._libraries.visit(request)
        if visit is None:
            return None
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(request.path_params["key"])
        main = main_of(book.entry) if book else None
        if book is None or main is None or main.type != _PDF or main.size > MOST_OCTETS:
            return None
        if main.name in book.row.files:
            return visit, main, None
        path = FileStore(self._libraries.config, visit.library).path(main.sha256)
        return (visit, main, path) if path else None

    def _read(self, request: Request) -> Response:
        visit = self._libraries.visit(request)
        if visit is None:
            return answers.nothing(request)
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(request.path_params["key"])
            main = main_of(book.entry) if book else None
            if book is None or main is None:
                return answers.nothing(request)
            source = source_of(shelves, self._libraries.config, book)
            has_versions = bool(source and others(shelves, self._libraries.config, book))
        is_drawn = main.type == _PDF
        if source is None and not is_drawn:
            return answers.nothing(request)
        read = self._of(visit, book, main, source)
        return readpages.html(replace(read, has_versions=has_versions))

    def _of(self, visit: Visit, book: Book, main: File, source: Source | None) -> Read:
        said, is_drawn = visit.request.query_params, main.type == _PDF
        text = self._texts.get(source) if source else ""
        texts = text.split("\f") if is_drawn else parts_of(text)
        count = main.pages or len(texts) if is_drawn else len(texts)
        count = max(1, min(count, MOST_PAGES))
        wanted = said.get("page", "1")[:6]
        first = min(max(int(wanted) if wanted.isdecimal() else 1, 1), count)
        first -= (first - 1) % readpages.VIEW
        query = " ".join(said.get("q", "").split())[: finding.MOST_QUERY]
        return Read(visit, book, texts, count, is_drawn, main.sha256[:8], first, query)
