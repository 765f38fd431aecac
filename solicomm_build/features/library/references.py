"""The cards that `lib:…` names."""

from __future__ import annotations

from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.post.store.hooks import Readers


def _named(config: Config, reference: str, readers: Readers) -> tuple[str, str] | None:
    found = entries.entry_id(reference)
    if found is None:
        return None
    key = found.removeprefix("lib:")
    for path in sorted(config.libraries.glob("*.git")):
        try:
            reader = readers(path)
            blob = reader.at(MAIN, entries.path(key))
            card = entryfile.decode(blob, entries.path(key)) if blob else None
        except SoliCommError:
            continue
        if card is not None and card.status == "published" and _is_public(reader):
            return card.title_in(""), f"/libraries/{path.stem}/{key}/"
    return None


def _is_public(reader: Reader) -> bool:
    try:
        return library.decode(reader.at(MAIN, library.FILE) or b"").visibility == "public"
    except SoliCommError:
        return False


NAMED = _named
PATTERN = r"lib:\d{4}-[a-z2-7]{8}"
