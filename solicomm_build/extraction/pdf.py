"""PDF through pypdfium2: pages, text, the first page as a picture. Runs in the child only."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pypdfium2

from solicomm_build.extraction.facts import MAX_TEXT, Facts

TYPE = "application/pdf"
SECONDS = 40.0
"""Time for text; what is not read by then is said to be missing."""

_COVER_WIDTH = 400  # pixels
_PAGES_PROBED = 5
_WORDS_A_PAGE = 20
"""Characters a page below which a document is a scan: page numbers and stamps are text, too."""


def read(path: Path) -> Facts:
    """The facts of a PDF. Encrypted and damaged ones have a fault."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        return Facts(
            TYPE,
            fault="It is locked with a password. Save it without one"
            if locked
            else "It is damaged or no PDF. Save it anew",
        )
    with document:
        pages = len(document)
        about = document.get_metadata_dict()
        text, partial = _text(document, pages)
        scan = len("".join(text.split())) < _WORDS_A_PAGE * min(pages, _PAGES_PROBED)
        author = about.get("Author", "").strip()
        return Facts(
            TYPE,
            pages=pages,
            text=None if scan else text,
            scan=scan,
            partial=partial,
            cover=_picture(document, 0, _COVER_WIDTH) if pages else b"",
            title=" ".join(about.get("Title", "").split()),
            creators=(author,) if author else (),
        )


def _text(document: pypdfium2.PdfDocument, pages: int) -> tuple[str, bool]:
    ends = time.monotonic() + SECONDS
    found: list[str] = []
    size = 0
    for number in range(pages):
        try:
            page = document[number]
            words = page.get_textpage().get_text_bounded()
            page.close()
        except pypdfium2.PdfiumError:
            words = ""  # one broken page does not cost the others
        words = words.replace("\r\n", "\n").replace("\0", "").replace("\ufffe", "-")
        size += len(words)
        if size > MAX_TEXT or time.monotonic() > ends:
            return "".join(found), True
        found.append(words + "\f\n")
    return "".join(found), False


def drawn(file: Path | bytes, number: int, width: int) -> bytes:
    """Page `number`, from 1 on, of a PDF as a WebP so many pixels wide, at most three times as
    high; nothing when there is no such page or it cannot be drawn."""
    try:
        document = pypdfium2.PdfDocument(file)
    except pypdfium2.PdfiumError:
        return b""
    with document:
        there = 1 <= number <= len(document)
        return _picture(document, number - 1, width) if there else b""


def _picture(document: pypdfium2.PdfDocument, index: int, wide: int) -> bytes:
    try:
        page = document[index]
        width, height = page.get_size()
        scale = min(wide / max(width, 1.0), 3 * wide / max(height, 1.0))
        picture = page.render(scale=scale).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, OSError, MemoryError):
        return b""
    target = io.BytesIO()
    picture.save(target, "WEBP", quality=70)
    return target.getvalue()
