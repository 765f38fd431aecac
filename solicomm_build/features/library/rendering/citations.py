"""Documents that posts name by `lib:2026-7qk3xa2m`: the cards of public libraries."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.builder.conferences.citing import Citable
from solicomm_build.builder.sources import Sources, digest
from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.filestore import FileStore, mark
from solicomm_build.features.library.rendering.librarian import cover_of
from solicomm_build.foundation import outside
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post.pages import Cited


def _state(sources: Sources) -> str:
    """What is published where; brings the index to what the libraries hold now, so that no page is
    made of an older one."""
    index = sources.handle(CardIndex)
    for path in _folders(sources):
        index.follow(path.stem, sources.reader(path))
    names, config = [path.stem for path in _folders(sources)], sources.config
    return digest([(one, index.reflected(one), outside.seen(config, mark(one))) for one in names])


def _named(sources: Sources, reference: str) -> Cited | None:
    found, index = entries.entry_id(reference), sources.handle(CardIndex)
    if found is None:
        return None
    key = found.removeprefix("lib:")
    for path in _folders(sources):
        card = index.row(path.stem, key)
        if card is not None and card.status == "published" and _is_public(sources, path):
            url = f"/libraries/{path.stem}/{key}/"
            cover = cover_of(card, url, FileStore(sources.config, path.stem))
            return Cited(card.title, url, card.line.lang, cover)
    return None


def _folders(sources: Sources) -> list[Path]:
    return sorted(sources.config.libraries.glob("*.git"))


def _is_public(sources: Sources, path: Path) -> bool:
    tip = open_repo(path).ref(MAIN)
    return tip is not None and sources.remember("library is public", path, tip, _says_public)


def _says_public(reader: Reader) -> bool:
    try:
        return library.decode(reader.at(MAIN, library.FILE) or b"").visibility == "public"
    except SoliCommError:
        return False


CITED = Citable(_named, _state)
