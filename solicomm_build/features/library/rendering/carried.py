"""A shelf to carry: a selection of a library as a folder of pages that opens from a USB stick.

Beside the hub's own state a small hub is kept that holds nothing but the selection. It is built as
every hub is, and what changed of its pages is copied into the folder: so the pages, their relative
links and their search are those of the hub, and carrying again costs what changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path, PurePosixPath

from solicomm_build.builder.hooks import afterwards
from solicomm_build.builder.run import Builder
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

_COMPRESSED = (".gz", ".br", ".zst")
_HALF = ".part"
_TAG = re.compile(rb"<(?:a|area|link|form)\s[^>]*+>?")
_TO_FOLDER = re.compile(
    rb"""(\s(?:href|action)=["']?(?![a-z+.-]+:|/)[^"'?#\s>]*/)(?=["'?#\s>])""", re.IGNORECASE
)


_ASKED_FOR = "feed.xml"
"""Beside the front page, and made by the web server when asked: on a stick it is the hub's."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which cards shall come along: all that are open, or of a subject, in a language, added on or
    after a day."""

    subject: str = ""
    lang: str = ""
    since: datetime | None = None

    def takes(self, row: Row) -> bool:
        """Whether this card comes along."""
        if row.status != "published" or (self.lang and self.lang not in row.line.languages):
            return False
        if self.since is not None and datetime_of(row.added) < self.since:
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
    if not config.library_repo(library).is_dir():
        raise HubError(f"there is no library {library}. Make it: solicomm new library {library}")
    _ours(folder)
    source = open_repo(config.library_repo(library))
    with CardIndex(config) as index, Reader(source) as reader:
        settings = libraries.decode(reader.at(MAIN, libraries.FILE) or b"")
        if settings.visibility == "members":
            raise HubError(
                f"{library} is for its members only, and a stick can be read by whoever finds it. "
                "Carry a library whose `visibility` is public or unlisted"
            )
        index.follow(library, reader)
        rows = [row for row in index.rows(library) if wanted.takes(row)]
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
    _build(small, theme)
    written, removed, octets = _copy(small.public, folder, small.url)
    return Carried(len(rows), written, removed, octets, missing)


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
        carried=True,
    )
    for path in (small.site_repo, small.mail_repo, small.roster_repo, small.library_repo(library)):
        if not path.is_dir():
            path.parent.mkdir(parents=True, exist_ok=True)
            create(path)
    for name in filter(None, (config.brand.logo, config.brand.picture)):
        path = small.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # the hub's own build says that it is not there
            path.write_bytes((config.root / name).read_bytes())
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


def _build(small: Config, theme: Path) -> None:
    builder = Builder(small, theme)
    try:
        report = builder.build()
        if report.failures:
            place, reason = report.failures[0]
            raise HubError(f"{place}: {reason.strip().splitlines()[-1]}")
        for after in afterwards() if builder.contents is not None else ():
            if after.of_pages:
                after.once(small, builder.built, False)
    finally:
        builder.close()


def _copy(public: Path, folder: Path, url: str) -> tuple[int, int, int]:
    """(written, removed, octets): brings the folder's files to those of `public`."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / LIST
    before: dict[str, str] = json.loads(listed.read_bytes())["files"] if listed.is_file() else {}
    now: dict[str, str] = {}
    written = octets = 0
    for path in sorted(public.rglob("*")):
        name = path.relative_to(public).as_posix()
        if not path.is_file() or path.suffix in _COMPRESSED or _hidden(name):
            continue
        data = path.read_bytes()
        if path.suffix == ".html":
            data = _by_file(data, name, url)
        now[name] = hashlib.sha256(data).hexdigest()
        target = folder / name
        octets += len(data)
        same = before.get(name) == now[name] and target.is_file()
        if same and target.stat().st_size == len(data):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(target.name + _HALF)
        half.write_bytes(data)
        half.replace(target)
        written += 1
    gone = [name for name in before if name not in now and not PurePosixPath(name).is_absolute()]
    for name in gone:
        _remove(folder, name)
    if before != now:
        safeio.write_atomic(
            listed, json.dumps({"schema": "solicomm/shelf@1", "files": now}, indent=0).encode()
        )
    return written, len(gone), octets


def _by_file(page: bytes, name: str, url: str) -> bytes:
    """The page with its links to folders leading to their index.html, and to what a server makes
    leading to the hub at `url`: no server does that here."""
    made = "../" * name.count("/") + _ASKED_FOR
    page = page.replace(f'href="{made}"'.encode(), f'href="{url}/{_ASKED_FOR}"'.encode())
    return _TAG.sub(lambda tag: _TO_FOLDER.sub(rb"\1index.html", tag[0]), page)


def _hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _remove(folder: Path, name: str) -> None:
    if ".." in name.split("/"):
        return
    path = folder / name
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()
