"""A shelf to carry: a selection of a library as a folder of pages that opens from a USB stick.

Beside the hub's own state a small hub is kept that holds nothing but the selection. It is built as
every hub is, and what changed of its pages is copied into the folder: so the pages, their relative
links and their search are those of the hub, and carrying again costs what changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.builder.carrying import narrowing, smallhub
from solicomm_build.features.library import library as libraries
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row, datetime_of
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, Writer

LIST = "shelf.json"
"""The folder's list of the files that we wrote, with their SHA-256: we take away no others."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cards shall come along: all that are open, or of a subject, in a language, added since
    a moment, as a stick understands it (builder/carrying/narrowing.py)."""

    subject: str = ""
    lang: str = ""
    since: datetime | None = None

    def takes(self, row: Row) -> bool:
        """Whether this card comes along."""
        if row.status != "published" or (self.lang and self.lang not in row.line.languages):
            return False
        return not self.subject or self.subject in row.line.subjects


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done: `cards` are on the shelf, `missing` names large files that the hub lacks."""

    cards: int
    written: int
    removed: int
    octets: int
    missing: tuple[str, ...] = ()


def carry(config: Config, library: str, folder: Path, wanted: Selection, theme: Path) -> Carried:
    """Brings `folder` to what the library's selection is now.

    Raises HubError when there is no such library or not everybody may read it, and UsageError when
    the folder holds something that is not a shelf, or nothing would be on the shelf.
    """
    if not (repo := config.library_repo(library)).is_dir():
        raise HubError(f"there is no library {library}. Make it: solicomm new library {library}")
    library = repo.stem  # as it is called now
    _ours(folder)
    source = open_repo(repo)
    with CardIndex(config) as index, Reader(source) as reader:
        settings = libraries.decode(reader.at(MAIN, libraries.FILE) or b"")
        if settings.visibility == "members":
            raise HubError(
                f"{library} is for its members only, and a stick can be read by whoever finds it. "
                "Carry a library whose `visibility` is public or unlisted"
            )
        index.follow(library, reader)
        new = _new(source, wanted.since)
        rows = [row for row in index.rows(library) if wanted.takes(row)]
        rows = [row for row in rows if new is None or row.key in new]
        if not rows:
            raise UsageError(
                "no card of the library is like that. Ask for less, or see "
                f"`solicomm library list {library}`"
            )
        small = _small_hub(config, library, folder, wanted.lang)
        first = _first(settings.languages, wanted.lang)
        alone = replace(settings, visibility="public", conference="", curators=(), languages=first)
        _select(open_repo(small.library_repo(library)), reader, alone, rows)
    missing = tuple(_missing(small, library, rows))
    smallhub.build(small, theme)
    before = _lists(folder)
    tree = bringing.Tree(small.public, small.url, small.state / "carried.sqlite")
    done = bringing.bring(tree, folder, before)
    now = {name: made.sha256 for name, made in sorted(done.files.items())}
    if before != now:
        listed = json.dumps({"schema": "solicomm/shelf@1", "files": now}, indent=0)
        safeio.write_atomic(folder / LIST, listed.encode())
    return Carried(len(rows), done.written, done.removed, done.octets, missing)


def _new(source: Repo, since: datetime | None) -> set[str] | None:
    """The keys of the cards that were added since a moment; None for all of them."""
    tip = source.ref()
    if since is None or tip is None:
        return None
    return narrowing.new(source, tip, narrowing.UNITS["libraries"], since)


def _ours(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file. Name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / LIST).is_file():
        raise UsageError(
            f"{folder} holds other things. Name a new folder, such as {folder / 'library'}"
        )


def _first(languages: tuple[str, ...], lang: str) -> tuple[str, ...]:
    """The languages with this one before the others, where it is among them."""
    return tuple(sorted(languages, key=lambda one: one != lang))


def _small_hub(config: Config, library: str, folder: Path, lang: str) -> Config:
    """The hub that holds the selection for this folder, made when it is not there; its pages open
    in the language asked for."""
    name = hashlib.sha256(f"{library}\0{folder.resolve()}".encode()).hexdigest()[:16]
    small = replace(
        config,
        root=config.state / "shelves" / name,
        languages=_first(config.languages, lang),
        carried="library",
    )
    for path in (small.site_repo, small.mail_repo, small.roster_repo, small.library_repo(library)):
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            create(path)
    smallhub.copy_brand(config, small)
    large = small.libraries / f"{library}.files"
    if not large.is_symlink():
        large.symlink_to((config.libraries / f"{library}.files").resolve())
    return small


def _select(repo: Repo, source: Reader, settings: libraries.Library, rows: list[Row]) -> None:
    """Makes the small hub's library hold these cards as the library has them now."""
    with Reader(repo) as reader:
        head = reader.oid_at(MAIN)
        there = {} if head is None else {e.path: e.oid for e in reader.tree(MAIN, recursive=True)}
        about = libraries.encode(settings)
        changes: list[tuple[datetime, list[Change]]] = []
        begun = datetime_of(rows[0].added)
        if head is None or reader.at(MAIN, libraries.FILE) != about:
            changes.append((begun, [Change(libraries.FILE, about)]))
        keep = {libraries.FILE}
        for row in rows:
            path = entries.path(row.key)
            base = path.removesuffix("entry.md")
            keep |= {path, *(base + name for name in row.files)}
            new = [
                Change(base + name, source.blob(oid))
                for name, oid in row.files.items()
                if name != "entry.md" and there.get(base + name) != oid
            ]
            card = _alone(source.blob(row.blob), path)
            if path not in there or reader.blob(there[path]) != card:
                new.append(Change(path, card))
            if new:
                changes.append((datetime_of(row.added), new))
        gone = [Change(path, None) for path in sorted(set(there) - keep)]
        if gone:
            changes.append((datetime_of(rows[-1].stamp), gone))
    if not changes:
        return
    with Writer(repo) as writer:
        for when, files in changes:
            writer.commit(files, author_name="SoliComm", when=when, message="Carry\n")
        writer.checkpoint()


def _alone(blob: bytes, path: str) -> bytes:
    """The card without its topics, which stay at the hub."""
    entry = entryfile.decode(blob, path)
    if not (entry.relations.discussed_in or entry.relations.report):
        return blob
    return entryfile.encode(
        replace(entry, relations=replace(entry.relations, discussed_in=(), report=()))
    )


def _missing(small: Config, library: str, rows: list[Row]) -> Iterator[str]:
    for row in rows:
        for name, sha256 in row.line.open:
            large = small.libraries / f"{library}.files" / sha256[:2] / sha256
            if name not in row.files and not large.is_file():
                yield f"lib:{row.key}: {name}"


def _lists(folder: Path) -> dict[str, str]:
    listed = folder / LIST
    files: dict[str, str] = json.loads(listed.read_bytes())["files"] if listed.is_file() else {}
    return files
