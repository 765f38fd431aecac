"""Which libraries and cards a request may see, and their index, for pages that the server makes.

Public and unlisted libraries are open to everybody, those for members to who is signed in and is
one still; of a card that is not open, or not published, there is nothing to read. Whoever may not
gets the same answer as where there is nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request

from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry, entry_id
from solicomm_build.features.library.deposits import curators
from solicomm_build.features.library.library import Library
from solicomm_build.features.library.reading.readingroom import ReadingRoom
from solicomm_build.foundation import i18n
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store import placesettings
from solicomm_build.web.hooks import Served
from solicomm_build.web.nodes.atnode import SAFE
from solicomm_build.web.plainpage import chosen_language, wanted_language
from solicomm_build.web.signedin import Session

_KEY = re.compile(r"[0-9]{4}-[a-z2-7]{8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request in one library: who asks, and in which language."""

    request: Request
    library: str
    settings: Library
    session: Session | None
    lang: str

    @property
    def url(self) -> str:
        """The library's front."""
        return f"/libraries/{self.library}/"

    @property
    def title(self) -> str:
        """The library's."""
        titles = self.settings.title
        return titles.get(self.lang) or next(iter(titles.values()), self.library)


@dataclass(frozen=True, slots=True)
class Book:
    """A card that may be read: its row in the index, and the card."""

    row: Row
    entry: Entry

    @property
    def key(self) -> str:
        return self.row.key


@dataclass(frozen=True, slots=True)
class Shelves:
    """One library's index and repository, for the time of a look."""

    library: str
    index: CardIndex
    reader: Reader

    def book(self, key: str) -> Book | None:
        """The published card of this key, or None."""
        row = self.index.row(self.library, key) if _KEY.fullmatch(key) else None
        return None if row is None or row.status != "published" else self.of(row)

    def of(self, row: Row) -> Book:
        """The card of a row."""
        return Book(row, self.index.entry(self.library, row.key))


class OpenLibraries:
    """Those of one hub. Blocking; safe for several threads. Close it. `room` is for who waits until
    a document is read, `desk` for who looks through all cards: one look is taken at a time, and
    those who wait hold no thread of all others."""

    def __init__(self, served: Served) -> None:
        self._served, self.config = served, served.config
        self._settings = placesettings.of("libraries", served.config)
        self._lock = threading.Lock()
        self._index: CardIndex | None = None
        self._readers: dict[str, Reader] = {}
        self.room, self.desk = (ReadingRoom(served.config.fronts) for _ in range(2))

    def close(self) -> None:
        """Lets go of the index and of the reading processes."""
        self.room.close()
        self.desk.close()
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

    def visit(self, request: Request) -> Visit | None:
        """Who asks for which library; None where there is none that they may know of. Raises
        ObjectsError where who asks counts and the store that keeps sessions does not answer."""
        library = request.path_params["library"]
        settings = self._settings.now().get(library)
        is_open = isinstance(settings, Library) and settings.visibility != "members"
        sessions = self._served.sessions
        is_read = is_open and request.method in SAFE
        session = sessions.known(request) if is_read else sessions.of(request)
        if not isinstance(settings, Library):
            return None
        if not may_know(self._served, settings, library, session):
            return None
        own = session.member.lang.partition("-")[0] if session else ""
        lang = chosen_language(request) or (own if own in i18n.LANGUAGES else "")
        return Visit(request, library, settings, session, lang or wanted_language(request))

    def is_signed_in(self, request: Request) -> bool:
        """Whether who asks is."""
        return self._served.sessions.of(request) is not None

    def rules(self, visit: Visit) -> bool:
        """Whether who asks decides about this library."""
        return _decides(self._served, visit.settings, visit.library, visit.session)

    @contextmanager
    def looking(self, library: str) -> Iterator[Shelves]:
        """The library as it is now; one look at a time. Raises SoliCommError when it cannot be
        read."""
        with self._lock:
            if self._index is None:
                self._index = CardIndex(self.config)
            reader = self._readers.get(library)
            if reader is None:
                reader = self._readers[library] = Reader(
                    open_repo(self.config.library_repo(library))
                )
            try:
                self._index.follow(library, reader)
                yield Shelves(library, self._index, reader)
            except SoliCommError:
                self._readers.pop(library).close()
                raise


def may_know(served: Served, said: Library, library: str, session: Session | None) -> bool:
    """Whether somebody may know of a library: anybody, unless it is for members. Then it is whoever
    reads or looks after anything here now, or decides about it: who has left everything, or was
    banned from all of it, may be signed in still. Blocking."""
    if said.visibility != "members":
        return True
    if session is None:
        return False
    is_one = served.readers.is_anybody(session.member.number)
    return is_one or _decides(served, said, library, session)


def _decides(served: Served, said: Library, library: str, session: Session | None) -> bool:
    if session is None:
        return False
    with served.readers.looking() as roster:
        return curators.is_one(served.config, said, library, roster, session.member)


def key_of(text: str) -> str:
    """A key that somebody wrote, with or without `lib:`; "" when it is none."""
    found = entry_id(f"lib:{text.strip().removeprefix('lib:')}") or ""
    return found.removeprefix("lib:")
