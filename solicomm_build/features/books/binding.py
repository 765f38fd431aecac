"""A conversation bound: the book, and its EPUB."""

from __future__ import annotations

import re
import unicodedata

from solicomm_build.features.books.chapters import Chapters
from solicomm_build.features.books.gathering import Gathered, Shelf
from solicomm_build.features.books.wanted import TOPIC
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.post.books.book import About, Book, Words
from solicomm_build.post.books.xhtml import escaped, quoted

_NAMES = 20
"""Authors that a book names."""
_NO_NAME = re.compile(r"[^a-z0-9]+")


def bound(shelf: Shelf, gathered: Gathered) -> Book:
    """The book of what was gathered. Blocking."""
    config, about, lang = shelf.config, gathered.about, gathered.about.lang
    chapters = Chapters(config, gathered, shelf.blob)
    made = chapters.made()
    spoken = dict.fromkeys(post.lang for part in gathered.parts for post in part.posts if post.lang)
    names = dict.fromkeys(post.name for part in gathered.parts for post in part.posts if post.name)
    url = f"{config.url}{gathered.wanted.place}"
    return Book(
        About(
            id=url,
            title=gathered.title,
            lang=lang,
            modified=gathered.last,
            languages=tuple(dict.fromkeys((lang, *spoken))),
            creators=tuple(names)[:_NAMES],
            subjects=_labels(gathered),
            publisher=config.name,
            issued=f"{gathered.last:%Y-%m-%d}",
            description=about.description,
            rights=about.licence,
            source=url,
        ),
        words(lang),
        _front(config, gathered, url),
        made,
        i18n.direction(lang),
        chapters.pictures.octets,
    )


def words(lang: str) -> Words:
    """What books say themselves."""
    access = gettext(
        lang,
        "This book is text that adapts to the size of the screen and can be read aloud, with"
        " headings and a table of contents.",
    )
    return Words(
        gettext(lang, "Contents"), gettext(lang, "Title page"), access, gettext(lang, "The text")
    )


def file_name(gathered: Gathered, ending: str) -> str:
    """What the file of a book is called."""
    plain = unicodedata.normalize("NFKD", gathered.title).encode("ascii", "ignore").decode().lower()
    name = _NO_NAME.sub("-", plain).strip("-")[:60].strip("-")
    return f"{name or gathered.wanted.kind}.{ending}"


def _labels(gathered: Gathered) -> tuple[str, ...]:
    found = (label for part in gathered.parts if part.topic for label in part.topic.labels)
    return tuple(dict.fromkeys(found))


def _front(config: Config, gathered: Gathered, url: str) -> str:
    about, lang, dates = gathered.about, gathered.about.lang, gathered.dates
    posts = ngettext(
        lang,
        "%(num)s post",
        "%(num)s posts",
        gathered.posts,
        num=i18n.format_number(lang, gathered.posts),
    )
    first, last = (i18n.format_date(lang, dates[at]) for at in (0, -1))
    lines = [f"<h1><bdi>{escaped(gathered.title)}</bdi></h1>"]
    if gathered.wanted.kind == TOPIC:
        lines.append(f"<p><bdi>{escaped(about.title)}</bdi></p>")
    days = first if first == last else f"{first} – {last}"
    lines += [f"<p>{escaped(posts)} · {escaped(days)}</p>"]
    lines.append(f"<p><bdi>{escaped(config.name)}</bdi></p>")
    if about.closed:
        closed = gettext(lang, "For the members of this group alone. Hand it to nobody else.")
        lines.append(f"<p><strong>{escaped(closed)}</strong></p>")
    if about.licence:
        licence = escaped(gettext(lang, "Licence of the posts:"))
        lines.append(f"<p>{licence} <bdi>{escaped(about.licence)}</bdi></p>")
    lines.append(f'<p><a href={quoted(url)}><bdi dir="ltr">{escaped(url)}</bdi></a></p>')
    return f'<section class="title">{"".join(lines)}</section>'
