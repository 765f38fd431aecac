"""Cleans the documents that a library had before there were clean copies (ADR 0030).

Each card whose files tell of their makers gets clean copies, in a commit of its own: from then on
pages, catalogues, books, sticks, mail and new checkouts have those. What lay in git stays in its
history, and whoever has a clone has it; large files lie outside git and go at once. Run twice it
changes nothing: a copy is clean.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.cleaning.child import clean
from solicomm_build.cleaning.result import CLEAN
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.cards.shelving import words_of
from solicomm_build.features.library.exchange.published import COVER
from solicomm_build.git.reader import Reader


@dataclass(frozen=True, slots=True)
class Renewed:
    """What became of one card: the names of files that were `cleaned`, those of them that the
    history of git still holds as they came (`kept`), and those that nobody here can clean."""

    key: str
    cleaned: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    unclean: tuple[str, ...] = ()


def renew(store: CardStore, *, when: datetime) -> Iterator[Renewed]:
    """Goes through all cards of a library, oldest first; gives those with something to say.
    Blocking, some tenths of a second a file. Durable card by card."""
    for row in store.rows():
        if row.status == "broken":
            continue
        found = _renewed(store, row.key, when)
        if found.cleaned or found.unclean:
            yield found


def _renewed(store: CardStore, key: str, when: datetime) -> Renewed:
    entry = store.read(key)
    files: list[File] = []
    copies: list[tuple[File, bytes]] = []
    kept: list[str] = []
    unclean: list[str] = []
    words: dict[str, bytes] = {}
    for file in sorted(entry.files, key=_is_made):
        if file.name in words and file.role == "text":
            new = _sized(file, words[file.name])
            copies += [(new, words[file.name])] if new != file else []
            files.append(new)
            continue
        data = None if _is_made(file) else store.octets(entry, file)
        copy = clean(data) if data is not None else None
        if copy is not None and not copy.is_safe:
            unclean.append(file.name)
        if copy is None or not copy.is_safe or copy.outcome == CLEAN:
            files.append(file)
            continue
        new = _sized(file, copy.octets)
        if new == file:
            files.append(file)
            continue
        if store.is_in_git(key, file):
            kept.append(file.name)
        if said := words_of(file.name, copy):
            stem = file.name.rpartition(".")[0] or file.name
            words[f"{stem}.txt"] = str(said.text).encode("utf-8", "replace")
        files.append(new)
        copies.append((new, copy.octets))
    if copies:
        order = [file.name for file in entry.files]
        files.sort(key=lambda file: order.index(file.name))
        store.exchange(replace(entry, files=tuple(files)), copies, when=when)
        _forget(store, {file.sha256 for file in entry.files} - {file.sha256 for file in files})
    names = tuple(file.name for file, _ in copies if file.role != "text")
    return Renewed(key, names, tuple(kept), tuple(unclean))


def _forget(store: CardStore, sha256s: set[str]) -> None:
    """Takes away large files that no card names any more."""
    with CardIndex(store.config) as index, Reader(store.repo) as reader:
        index.follow(store.id, reader)
        for one in sha256s:
            if not index.holding(store.id, one):
                store.files.place(one).unlink(missing_ok=True)


def _sized(file: File, octets: bytes) -> File:
    return replace(file, sha256=hashlib.sha256(octets).hexdigest(), size=len(octets))


def _is_made(file: File) -> bool:
    """Whether this hub made it of another: its words, and the picture of its first page."""
    return file.role == "text" or (file.role == "cover" and bool(COVER.fullmatch(file.name)))
