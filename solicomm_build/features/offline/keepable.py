"""Which files of a place a phone may keep: those that everybody may read, the newest first.

Read from the built pages alone. What is for members only lies elsewhere, so no list can name it.
Blocking: a walk of 18,000 topics takes a third of a second.
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from solicomm_build.features.offline import scripts

SHELL, SEARCH = "/offline/", "/search/"
"""What every phone keeps that keeps anything; the search, with its index."""
MOST_FILES = 20_000
"""Files that a list names at most: the newest."""
_PLACE = re.compile(r"/(conferences|libraries|unions)/([a-z0-9][a-z0-9-]{0,63})/")
_OUR_PAGE = 10_000  # octets, about
_SMALL_PICTURE = 200_000  # octets: larger ones are files
_PICTURES = (".webp", ".jpg", ".jpeg", ".png", ".gif", ".svg")
_SHELL_KINDS = (".css", ".js", ".svg", ".png", ".webp", ".ico")
_TITLE = re.compile(r"<title>([^<]{0,400})</title>")
_LEFT_OUT = frozenset(("opds", "frame", "history"))
"""Folders that hold nothing to read on a phone."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: its address, its octets as they lie on a phone, and what is another when the file
    is another. `kind` is `page`, `picture` or `file`."""

    url: str
    octets: int
    stamp: str
    kind: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A place: what it is called, and its files in the order in which they are worth keeping."""

    title: str
    files: tuple[Kept, ...]


def listing(public: Path, place: str, lang: str) -> Listing | None:
    """What there is of a place (`/conferences/<id>/` and the like, SHELL or SEARCH) for a reader of
    this language; None where everybody may read no such place."""
    if place == SHELL:
        return Listing("", tuple(_shell(public, lang)))
    if place == SEARCH:
        found = tuple(_search(public, lang))
        return Listing("", found) if found else None
    match = _PLACE.fullmatch(place)
    folder = public / place.strip("/")
    front = folder / "index.html"
    if match is None or not front.is_file():
        return None
    first = [_file(public, front), _file(public, public / lang / place.strip("/") / "index.html")]
    rest = _conference(public, folder) if match[1] == "conferences" else _tree(public, folder)
    known: dict[str, Kept] = {one.url: one for one in (*first, *rest) if one is not None}
    return Listing(_title(front), tuple(known.values())[:MOST_FILES])


def fitting(files: Sequence[Kept], most: int | None) -> Sequence[Kept]:
    """Those that have room in `most` octets, in their order; all where there is no bound. What is
    too large is left out, and what is smaller may follow."""
    if most is None:
        return files
    found, left = [], most
    for one in files:
        if one.octets <= left:
            left -= one.octets
            found.append(one)
    return found


def _title(front: Path) -> str:
    """What the page calls itself, without the hub's name."""
    match = _TITLE.search(front.read_text("utf-8", "replace")[:8000])
    said = html.unescape(match[1]) if match else ""
    return said.rpartition(" · ")[0] or said


def _shell(public: Path, lang: str) -> Iterator[Kept]:
    """The page of what is kept, the front page, and the theme, without which no page looks well."""
    stamp = ""
    theme = public / "theme"
    for path in sorted(theme.iterdir()) if theme.is_dir() else ():  # none before the first build
        if path.is_file() and not path.is_symlink() and path.suffix in _SHELL_KINDS:
            found = _file(public, path)
            if found is not None and found.octets <= _SMALL_PICTURE:
                stamp = max(stamp, found.stamp)
                yield found
    digest = hashlib.sha256(scripts.page().encode()).hexdigest()[:16]
    yield Kept(f"{SHELL}?lang={lang}", _OUR_PAGE, f"{stamp}-{digest}", "page")
    yield Kept(scripts.PAGE, len(scripts.page()), digest, "page")
    for front in ("index.html", f"{lang}/index.html", "404.html"):
        if found := _file(public, public / front):
            yield found


def _search(public: Path, lang: str) -> Iterator[Kept]:
    """The page that searches and its whole index: a part of it would find nothing."""
    root = public / "search"
    pages = (root / "index.html", public / lang / "search" / "index.html")
    yield from (one for one in (_file(public, path) for path in pages) if one is not None)
    for path in _below(root / "index"):
        if path.suffix == ".js" and (found := _file(public, path)):
            yield found


def _conference(public: Path, folder: Path) -> Iterator[Kept | None]:
    """Topics by their newest post, then the pages that lead to them, then pictures and files."""
    when = _activity(folder)
    pages = [(one, _file(public, one / "index.html")) for one in _folders(folder / "t")]
    there = [(one, found) for one, found in pages if found is not None]
    there.sort(key=lambda pair: when.get(pair[0].name, _moment(pair[1])), reverse=True)
    for topic, first in there:
        yield first
        yield from (_file(public, one / "index.html") for one in _folders(topic / "page"))
    for name in ("page", "new", "polls", "meetings", "calendar", "labels"):
        yield from _html(public, folder / name)
    yield from _others(public, folder / "files")


def _activity(folder: Path) -> Mapping[str, float]:
    """When each topic had its newest post, in seconds since 1970, as the months' index says
    (docs/formats/pages.md); topics of today are not in it."""
    found: dict[str, float] = {}
    index = folder / "index"
    for path in sorted(index.glob("*.json")) if index.is_dir() else ():
        try:
            for row in json.loads(path.read_bytes()):
                found[str(row[0])] = float(row[2])
        except (ValueError, LookupError, TypeError):
            continue  # an index that is being made anew: its topics go by their files
    return found


def _tree(public: Path, folder: Path) -> Iterator[Kept | None]:
    """The pages of a library or site, the newest first, then pictures, then files."""
    yield from (_file(public, path) for path in folder.glob("*.css"))
    yield from _html(public, folder)
    yield from _others(public, folder)


def _html(public: Path, folder: Path) -> list[Kept]:
    found = [_file(public, one) for one in _below(folder) if one.name == "index.html"]
    return sorted((one for one in found if one), key=_moment, reverse=True)


def _others(public: Path, folder: Path) -> list[Kept]:
    """Small pictures before files; each the newest first."""
    found = []
    for path in _below(folder):
        if path.suffix in _PICTURES or "files" in path.parts:
            found.append(_file(public, path))
    known = [one for one in found if one is not None and one.kind != "page"]
    return sorted(known, key=lambda one: (one.kind != "picture", -_moment(one)))


def _below(folder: Path) -> Iterator[Path]:
    """The files that lie there, but for folders that hold nothing to read, and siblings."""
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(one for one in folders if one not in _LEFT_OUT)
        for name in sorted(files):
            if not name.startswith(".") and not name.endswith((".br", ".gz")):
                yield Path(at) / name


def _folders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            yield from (Path(one.path) for one in entries if one.is_dir(follow_symlinks=False))


def _file(public: Path, path: Path) -> Kept | None:
    """The file at its address; None where there is none."""
    try:
        facts = path.stat(follow_symlinks=False)
    except OSError:
        return None
    below = quote(path.relative_to(public).as_posix())
    if path.name == "index.html":
        return Kept("/" + below.removesuffix("index.html"), facts.st_size, _stamp(facts), "page")
    is_small = path.suffix in _PICTURES and facts.st_size <= _SMALL_PICTURE
    plain = path.suffix in (".css", ".js", ".html")
    kind = "page" if plain else "picture" if is_small else "file"
    return Kept("/" + below, facts.st_size, _stamp(facts), kind)


def _stamp(facts: os.stat_result) -> str:
    """A file is replaced in one step, and only when it is another (docs/formats/pages.md)."""
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"


def _moment(one: Kept) -> float:
    """When the file was made, in seconds since 1970."""
    return int(one.stamp.partition("-")[0] or "0", 16) / 1e9
