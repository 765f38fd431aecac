"""File name to Content-Type (RFC 9110 8.3). A closed list: the machine's own table is not asked."""

from __future__ import annotations

import re

_TEXT = "; charset=utf-8"

_TYPES = {
    "html": "text/html" + _TEXT,
    "css": "text/css" + _TEXT,
    "js": "text/javascript" + _TEXT,  # RFC 9239
    "mjs": "text/javascript" + _TEXT,
    "json": "application/json",  # RFC 8259 8.1: always UTF-8, there is no charset parameter
    "map": "application/json",
    "webmanifest": "application/manifest+json",
    "xml": "application/xml" + _TEXT,
    "atom": "application/atom+xml" + _TEXT,
    "xsl": "application/xslt+xml" + _TEXT,
    "txt": "text/plain" + _TEXT,
    "md": "text/markdown" + _TEXT,  # RFC 7763
    "csv": "text/csv" + _TEXT,
    "ics": "text/calendar" + _TEXT,
    "bib": "text/x-bibtex" + _TEXT,
    "ris": "application/x-research-info-systems",
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "woff2": "font/woff2",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",  # RFC 7845 9
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "amr": "audio/amr",  # RFC 4867 8.1
    "wav": "audio/wav",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "zip": "application/zip",
    "gz": "application/gzip",
    "sqlite": "application/vnd.sqlite3",
    "mbox": "application/mbox",  # RFC 4155
    "bin": "application/octet-stream",
}
_FEEDS = {
    "feed.xml": "application/atom+xml" + _TEXT,  # RFC 4287 7
    "podcast.xml": "application/rss+xml" + _TEXT,
}
_OPDS = "application/atom+xml;profile=opds-catalog;kind="
OPDS = {
    r"/opds/root\.xml$": _OPDS + "navigation",
    r"/opds/.+\.xml$": _OPDS + "acquisition",
    r"/opds/.+\.json$": "application/opds+json",
}
"""Types of the catalogues of libraries by the end of their address; the first that fits counts
(OPDS 1.2, section 2; OPDS 2.0, section 5)."""
_CAN_RUN = frozenset({"html", "svg", "xml", "atom", "xsl", "js", "mjs"})
_PACKED_ALREADY = ("image/", "audio/", "video/", "font/", "application/zip", "application/gzip")

PAGES = _TYPES
"""Types by extension of files that we made ourselves."""
UPLOADS = {name: kind for name, kind in _TYPES.items() if name not in _CAN_RUN}
"""Likewise of files that came from a member."""

UNKNOWN = "application/octet-stream"
LONGEST = 1_000
"""Characters of an address of a catalogue; none of ours is longer."""


def of_page(path: str) -> str:
    """The type of a file that we made ourselves, by its address or name."""
    if "/opds/" in path and path.startswith("/libraries/") and len(path) <= LONGEST:
        found = (kind for end, kind in OPDS.items() if re.search(end, path))
        return next(found, UNKNOWN)
    name = path.rpartition("/")[2]
    return _FEEDS.get(name) or _TYPES.get(_extension(name), UNKNOWN)


def of_upload(name: str) -> str:
    """The type of a file that came from a member: nothing that a browser might run."""
    extension = _extension(name)
    return UNKNOWN if extension in _CAN_RUN else _TYPES.get(extension, UNKNOWN)


def may_have_siblings(content_type: str) -> bool:
    """Whether precompressed siblings are worth a look, and so whether the answer varies."""
    return content_type == "image/svg+xml" or not content_type.startswith(_PACKED_ALREADY)


def _extension(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""
