"""The text of a document: of the file that holds it, or what a child reads out of a PDF or office
file (extraction/child.py), once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.extraction.child import extract
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.cards.mainfile import TEXTS, main_of, text_file_of
from solicomm_build.features.library.reading.kept import Kept
from solicomm_build.features.library.reading.openlibraries import Book, Shelves
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid

MOST = 2_000_000
"""Characters of one document."""
MOST_OCTETS = 64 << 20
"""Of a file that is read."""
PART = 4_000
"""Characters of a part of a text without pages."""
SECONDS = 20.0
_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document's text is: its main file `of` the card, the file that holds the text (the
    same one, often), and its octets or the file on disk."""

    of: File
    file: File
    octets: bytes = b""
    path: Path | None = None

    @property
    def is_text(self) -> bool:
        """Whether it need only be decoded."""
        return self.file.type in TEXTS


def source_of(shelves: Shelves, config: Config, book: Book) -> Source | None:
    """Where the text of a card's document is; None when it has none that can be read here."""
    main, file = main_of(book.entry), text_file_of(book.entry)
    if main is None or file is None or file.size > MOST_OCTETS:
        return None
    oid = book.row.files.get(file.name)
    if oid:
        return Source(main, file, shelves.reader.blob(Oid(oid)))
    path = FileStore(config, shelves.library).path(file.sha256)
    return Source(main, file, path=path) if path else None


class Texts:
    """The texts of a hub's documents; what had to be read out of one is kept below
    `state/texts/`."""

    def __init__(self, config: Config) -> None:
        self._kept = Kept(config.state / "texts", 64 << 20)
        self._reading = threading.Lock()

    def get(self, source: Source) -> str:
        """The text, its pages parted by form feeds where it has pages; "" when there is none.
        Blocking, for a new document some seconds; one is read at a time."""
        if source.is_text:
            octets = source.octets or (source.path.read_bytes() if source.path else b"")
            return _clean(octets.decode("utf-8", "replace"))
        name = f"{source.file.sha256[:2]}/{source.file.sha256}.{_VERSION}.txt"
        if kept := self._kept.get(name):
            return kept.read_text("utf-8")
        with self._reading:
            if kept := self._kept.get(name):
                return kept.read_text("utf-8")
            text = self._read(source)
            self._kept.put(name, text.encode("utf-8", "replace"))
        return text

    def _read(self, source: Source) -> str:
        path = source.path or self._kept.put(f"{source.file.sha256}.file", source.octets)
        try:
            return _clean(extract(path, source.file.name, seconds=SECONDS).text or "")
        finally:
            if source.path is None:
                path.unlink(missing_ok=True)


def _clean(text: str) -> str:
    plain = text[:MOST].replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return plain.removesuffix("\f\n").removesuffix("\f")


def parts_of(text: str) -> list[str]:
    """A text that knows no pages in parts of some thousand characters, cut between paragraphs; one
    that knows them page by page."""
    if "\f" in text:
        return text.split("\f")
    parts = [""]
    for paragraph in text.split("\n\n"):
        if len(parts[-1]) + len(paragraph) > PART and parts[-1]:
            parts.append("")
        parts[-1] += ("\n\n" if parts[-1] else "") + paragraph
    return parts
