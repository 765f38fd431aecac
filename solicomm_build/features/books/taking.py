"""What of a conference, a library or a site can be taken away from a line: only what is there.

/take/conferences/<id>/, /take/libraries/<id>/, /take/unions/<id>/    the pages
public/take/<file>    what the operator has put there, such as a ZIM
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TypeAlias
from urllib.parse import quote

from solicomm_build.features.books.gathering import Shelf
from solicomm_build.features.books.kept import Kept
from solicomm_build.features.books.making import MOST_POSTS, NAME
from solicomm_build.features.books.wanted import COURSE, LABEL, MONTH, Wanted
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import (
    format_date,
    format_number,
    format_size,
    gettext,
    ngettext,
)
from solicomm_build.git.repo import Repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PlaceSettings

FOLDER = "take"
MONTHS = 24
"""Months that are offered, the newest."""
_LABELS = 50
_KEPT = 200
"""Answers that are remembered."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to take: its address, what it is called, how much it is."""

    url: str
    label: str
    size: str


@dataclass(frozen=True, slots=True)
class Offers:
    """All that is offered of one place; `clone` is where its repository is fetched from, with how
    much that is. Of a place that `is_closed` there are books alone, for its members."""

    title: str
    url: str
    books: tuple[Offer, ...]
    mail: tuple[Offer, ...]
    clone: Offer | None
    files: tuple[Offer, ...]
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class _Book:
    """A book that could be made: `mark` as in `Shelf.mark`."""

    url: str
    label: str
    said: tuple[str, ...]
    mark: str


_Found: TypeAlias = dict[tuple[str, str], tuple[Conference, str, tuple[_Book, ...]]]


class Looked:
    """What books there could be, by conference and language, until the pages or the settings are
    others. For one thread at a time."""

    def __init__(self) -> None:
        self._found: _Found = {}

    def books(self, shelf: Shelf, lang: str) -> tuple[_Book, ...]:
        """Those of a conference. Raises as `Shelf` does."""
        at, settings, state = (shelf.id, lang), shelf.settings, shelf.state
        settings_then, state_then, books = self._found.pop(at, (None, "", ()))
        if settings_then is not settings or state_then != state:
            books = tuple(_books(shelf, lang))
        self._found[at] = settings, state, books  # the last: the first is the one that goes
        if len(self._found) > _KEPT:
            del self._found[next(iter(self._found))]
        return books


def of_conference(
    config: Config,
    name: str,
    lang: str,
    places: PlaceSettings[Conference],
    looked: Looked | None = None,
    *,
    closed: bool = False,
) -> Offers:
    """What a conference offers; `looked` is what whoever stays found before. Raises UsageError for
    one that is not there or not for everybody, StoreError where no pages were made. `closed` as
    for `Shelf`. Blocking."""
    with Shelf(config, name, places, closed=closed) as shelf:
        about, is_closed = shelf.about, shelf.is_closed
        found = (looked or Looked()).books(shelf, lang)
    sizes = Kept(config).sizes()
    books = (
        Offer(one.url, one.label, " · ".join((*one.said, *_octets(sizes.get(one.mark), lang))))
        for one in found
    )
    if is_closed:
        return Offers(about.title, about.url, tuple(books), (), None, (), is_closed=True)
    return Offers(
        about.title,
        about.url,
        tuple(books),
        tuple(_mail(config, name, lang)),
        clone(config, "conferences", name, lang),
        files(config, lang),
    )


def clone(config: Config, kind: str, name: str, lang: str) -> Offer:
    """The repository of a place, with its history."""
    places = {"libraries": config.library_repo, "unions": config.union_repo}
    repo = Repo(places.get(kind, config.conference_repo)(name))
    url = f"{config.url}/{kind}/{name}.git"
    return Offer(url, url, format_size(lang, repo.octets()))


def files(config: Config, lang: str) -> tuple[Offer, ...]:
    """What the operator has put there, with sizes and days."""
    folder = config.public / FOLDER
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    return tuple(
        Offer(
            f"/{FOLDER}/{quote(path.name)}", path.name, f"{_size(path, lang)} · {_day(path, lang)}"
        )
        for path in found
        if path.is_file() and not path.is_symlink() and not path.name.startswith(".")
    )


def _octets(octets: int | None, lang: str) -> tuple[str, ...]:
    return (format_size(lang, octets),) if octets else ()


def _books(shelf: Shelf, lang: str) -> Iterator[_Book]:
    """The course, the months and the labels as books."""

    def offer(wanted: Wanted, label: str, *said: str) -> _Book:
        return _Book(wanted.place + NAME, label, said, shelf.mark(wanted))

    if shelf.has_course():
        yield offer(Wanted(shelf.id, COURSE), gettext(lang, "The course, week by week"))
    for month, posts in islice(shelf.months.items(), MONTHS):
        if 0 < posts <= MOST_POSTS:
            start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
            said = ngettext(
                lang, "%(num)s post", "%(num)s posts", posts, num=format_number(lang, posts)
            )
            wanted = Wanted(shelf.id, MONTH, month)
            yield offer(wanted, format_date(lang, start, "monthyear"), said)
    for one in shelf.labels[:_LABELS]:
        if one.posts <= MOST_POSTS:
            said = ngettext(
                lang,
                "%(num)s topic",
                "%(num)s topics",
                one.topics,
                num=format_number(lang, one.topics),
            )
            yield offer(Wanted(shelf.id, LABEL, one.slug), one.label, said)


def _mail(config: Config, name: str, lang: str) -> Iterator[Offer]:
    """The months as files for mail programs, the newest first."""
    folder = config.public / "conferences" / name / "download"
    for path in sorted(folder.glob("*.mbox.gz"), reverse=True)[:MONTHS]:
        url = f"/conferences/{name}/download/{path.name}"
        yield Offer(url, path.name, _size(path, lang))


def _size(path: Path, lang: str) -> str:
    return format_size(lang, path.stat().st_size)


def _day(path: Path, lang: str) -> str:
    return format_date(lang, datetime.fromtimestamp(path.stat().st_mtime, UTC))
