"""`/libraries/<id>/<key>/changes/?from=…`: what changed since another version of a document.

    ?from=<key>     a document that this one replaces
    ?from=<blob>    the same file as it was before, in the library's git

Without `from` it is the document that this one replaces, else the file as it was last. Both texts
are compared in a child, one comparison at a time, within seconds. GET only.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.reading import answers, children
from solicomm_build.features.library.reading.doctext import Source, Texts, source_of
from solicomm_build.features.library.reading.openlibraries import OpenLibraries, Visit
from solicomm_build.features.library.reading.otherversions import Version, others
from solicomm_build.features.library.versions import versionpages, wording
from solicomm_build.features.library.versions.wording import Run
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid

SECONDS = 20.0
"""For one comparison."""
_WAITING = 5


class Versions:
    """The pages of one hub."""

    def __init__(self, libraries: OpenLibraries, texts: Texts) -> None:
        self._libraries, self._texts = libraries, texts
        self._room = threading.BoundedSemaphore(_WAITING)
        self._comparing = threading.Lock()

    async def changes(self, request: Request) -> Response:
        """The comparison."""
        return await self._libraries.room.run(request, self._changes)

    def _changes(self, request: Request) -> Response:
        visit = self._libraries.visit(request)
        if visit is None:
            return answers.nothing(request)
        with self._libraries.looking(visit.library) as shelves:
            book = shelves.book(request.path_params["key"])
            source = source_of(shelves, self._libraries.config, book) if book else None
            known = others(shelves, self._libraries.config, book) if book else []
        if book is None or source is None:
            return answers.nothing(request)
        if not known:
            return versionpages.none(visit, book)
        wanted = request.query_params.get("from", "")
        version = next((one for one in known if one.name == wanted), known[0])
        if not self._room.acquire(blocking=False):
            return answers.busy(visit.lang)
        try:
            runs = self._compared(visit, source, version)
        finally:
            self._room.release()
        return versionpages.html(visit, book, known, version, runs)

    def _compared(self, visit: Visit, source: Source, version: Version) -> Sequence[Run] | None:
        """The runs; None when it would take too long, or one has no text."""
        before = self._source(visit, source, version)
        if before is None:
            return None
        old, new = self._texts.get(before), self._texts.get(source)
        if not old.strip() or not new.strip():
            return None
        question = [old[: wording.MOST_TEXT], new[: wording.MOST_TEXT]]
        with self._comparing:
            said = children.asked(f"{__package__}.wordingworker", question, SECONDS)
        try:
            return None if said is None else [Run(kind, _words(text)) for kind, text in said]
        except (ValueError, TypeError, AttributeError):
            return None

    def _source(self, visit: Visit, now: Source, version: Version) -> Source | None:
        try:
            with self._libraries.looking(visit.library) as shelves:
                if version.book:
                    return source_of(shelves, self._libraries.config, version.book)
                octets = shelves.reader.blob(Oid(version.name))
        except SoliCommError:
            return None
        file = replace(now.file, sha256=hashlib.sha256(octets).hexdigest())
        return replace(now, file=file, octets=octets, path=None)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(" "))
