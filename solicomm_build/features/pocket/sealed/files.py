"""Pictures, recordings and other files of posts in a package: each sealed once, in pieces that a
browser opens one after the other. They are the copies that pages show, which know nothing of their
sender."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.pages import AttachmentFacts

PIECE = 512 * 1024
"""Octets of a file in one sealed piece: as a script it has 700 KB, which old phones still read."""
MOST = 64 * 1024 * 1024
"""Octets of a file: a browser holds all of it when it saves it. Larger ones stay at the hub."""

_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
}

Blob = Callable[[str], bytes]
Put = Callable[[bytes], str]
"""Seals some octets; the name they have in the package."""


class Files:
    """The files of one package, read by `blob` and sealed by `put`."""

    def __init__(self, blob: Blob, put: Put) -> None:
        self._blob, self._put = blob, put
        self._pieces = dict[str, list[str]]()

    def row(self, lang: str, file: AttachmentFacts) -> dict[str, Any]:
        """What the page is told of a file: `pieces` where it comes along, `small` of a picture that
        is shown at once, `sound` of a recording that is played."""
        size = i18n.format_size(lang, file.bytes)
        length = file.sound.length if file.sound else ""
        said = f"{length} · {size}" if length else size
        row: dict[str, Any] = {"name": file.name, "said": said}
        if file.oid is None or file.bytes > MOST:
            return row
        row["pieces"] = self._sealed(file.oid)
        if file.small:
            row["type"] = _type(file.url or "")
            row["small"] = {
                "pieces": self._sealed(file.small.oid),
                "type": _type(file.small.url),
                "width": file.small.width,
                "height": file.small.height,
                "alt": gettext(lang, "Picture: %(name)s", name=file.name),
            }
        if file.sound and file.sound.sources:
            url, kind = file.sound.sources[0]
            copy = file.sound.oid if url == file.sound.small else None
            row["sound"] = {
                "pieces": self._sealed(copy or file.oid),
                "type": kind,
                "alt": gettext(lang, "Sound: %(name)s", name=file.name),
            }
        return row

    def _sealed(self, oid: str) -> list[str]:
        if oid not in self._pieces:
            self._pieces[oid] = [self._put(piece) for piece in _pieces(self._blob(oid))]
        return self._pieces[oid]


def _pieces(octets: bytes) -> Iterator[bytes]:
    """A file in its pieces; one that is empty where it is empty."""
    for at in range(0, max(len(octets), 1), PIECE):
        yield octets[at : at + PIECE]


def _type(url: str) -> str:
    found: Mapping[str, str] = _TYPES
    return found.get(f".{url.rpartition('.')[2].lower()}", "")
