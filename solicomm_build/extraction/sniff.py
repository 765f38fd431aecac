"""The media type of a file by its first octets; the name decides only between kinds of text."""

from __future__ import annotations

import io
import re
import zipfile

UNKNOWN = "application/octet-stream"

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"{\\rtf", "application/rtf"),
)
_TEXTS = {
    ".md": "text/markdown",
    ".markdown": "text/markdown",
    ".csv": "text/csv",
    ".htm": "text/html",
    ".html": "text/html",
    ".json": "application/json",
}
_HTML = re.compile(
    rb"\s*+(?:<!--(?:[^-]++|-(?!->))*+-->\s*+)*+(?:<!doctype html|<html)", re.IGNORECASE
)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFFICE = (("word/document.xml", _WORD), ("xl/workbook.xml", _SHEET))
_DECLARED = re.compile(rb"application/(epub\+zip|vnd\.oasis\.opendocument\.[a-z-]+)")

TYPES = (
    frozenset(kind for _, kind in _MAGIC)
    | frozenset(_TEXTS.values())
    | {
        "text/plain",
        "image/webp",
        "audio/x-wav",
        "audio/mp4",
        "application/epub+zip",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        _WORD,
        _SHEET,
    }
)
"""What a library takes. Programs, archives of anything, and SVG are not among them."""


def media_type(data: bytes, name: str = "") -> str:
    """The type of a whole file, or UNKNOWN."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/x-wav"}.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp" and data[8:11] in (b"M4A", b"M4B", b"mp4", b"iso"):
        return "audio/mp4" if data[8:11] in (b"M4A", b"M4B") else UNKNOWN
    if data.startswith(b"PK\x03\x04"):
        return _of_zip(data)
    return _of_text(data, name)


def _of_zip(data: bytes) -> str:
    """EPUB and OpenDocument say what they are in their first member; Office by what is inside."""
    found = re.match(rb"PK\x03\x04.{26}mimetype", data[:38], re.DOTALL)
    if found and (declared := _DECLARED.match(data[38:120])):
        return declared[0].decode()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return UNKNOWN
    return next((kind for name, kind in _OFFICE if name in names), UNKNOWN)


def _of_text(data: bytes, name: str) -> str:
    if b"\0" in data or data.startswith((b"MZ", b"\x7fELF", b"#!")):
        return UNKNOWN
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        if any(octet < 9 for octet in data[:4096]):
            return UNKNOWN
    if _HTML.match(data[:2048]):
        return "text/html"
    if b"<svg" in data[:2048].lower():
        return UNKNOWN
    suffix = "." + name.lower().rpartition(".")[2]
    return _TEXTS.get(suffix, "text/plain")
