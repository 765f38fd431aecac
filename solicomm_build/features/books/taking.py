"""What of a conference, a library or a site can be taken away from a line: only what is there.

/take/conferences/<id>/, /take/libraries/<id>/, /take/unions/<id>/    the pages
public/take/<file>    what the operator has put there, such as a ZIM
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
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
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PlaceSettings

FOLDER = "take"
MONTHS = 24
"""Months that are offered, the newest."""
_LABELS = 50


@dataclass(frozen=True, slots=True)
class Offer:
    """Something to take: its address, what it is called, how much it is."""

    url: str
    label: str
    size: str


@dataclass(frozen=True, slots=True)
class Offers:
    """All that is offered of one place; `clone` is where its repository is fetched from."""

    title: str
    url: str
    books: tuple[Offer, ...]
    mail: tuple[Offer, ...]
    clone: str
    files: tuple[Offer, ...]


def of_conference(
    config: Config, name: str, lang: str, places: PlaceSettings[Conference]
) -> Offers:
    """What a conference offers. Raises UsageError for one that is not there or not for everybody,
    StoreError where no pages were made. Blocking."""
    with Shelf(config, name, places) as shelf:
        about = shelf.about
        books = tuple(_books(shelf, lang))
    return Offers(
        about.title,
        about.url,
        books,
        tuple(_mail(config, name, lang)),
        f"{config.url}/conferences/{name}.git",
        files(config, lang),
    )


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


def _books(shelf: Shelf, lang: str) -> Iterator[Offer]:
    """The course, the months and the labels as books; with their size where one was made."""
    sizes = Kept(shelf.config).sizes()

    def offer(wanted: Wanted, label: str, *said: str) -> Offer:
        octets = sizes.get(shelf.mark(wanted))
        size = (format_size(lang, octets),) if octets else ()
        return Offer(wanted.place + NAME, label, " · ".join((*said, *size)))

    if shelf.has_course():
        yield offer(Wanted(shelf.id, COURSE), gettext(lang, "The course, week by week"))
    for month, posts in shelf.rows.months()[:MONTHS]:
        if 0 < posts <= MOST_POSTS:
            start = datetime.fromisoformat(f"{month}-01T00:00:00+00:00")
            said = ngettext(
                lang, "%(num)s post", "%(num)s posts", posts, num=format_number(lang, posts)
            )
            wanted = Wanted(shelf.id, MONTH, month)
            yield offer(wanted, format_date(lang, start, "monthyear"), said)
    for name, label, topics in shelf.labels()[:_LABELS]:
        if shelf.posts_labelled(label) <= MOST_POSTS:
            said = ngettext(
                lang, "%(num)s topic", "%(num)s topics", topics, num=format_number(lang, topics)
            )
            yield offer(Wanted(shelf.id, LABEL, name), label, said)


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
