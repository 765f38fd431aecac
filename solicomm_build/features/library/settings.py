"""The settings of libraries."""

from __future__ import annotations

import re

from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entryfile
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.post.store.hooks import Settings

_CARD = re.compile(r"entries/[^/]+/entry\.md")


def _shows(path: str, blob: bytes) -> bool:
    """Whether a file is no card, or that of a document which everybody may read."""
    if not _CARD.fullmatch(path):
        return True
    try:
        entry = entryfile.decode(blob, path)
    except SoliCommError:
        return False
    return entry.status == "published" and entry.rights.access == "open"


SETTINGS = {
    "libraries": Settings(
        lambda config: config.libraries, library.FILE, library.decode, shows=_shows
    )
}
