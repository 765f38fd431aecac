"""What a book is, before it is written in a form. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Words:
    """What the book says itself, in its language."""

    contents: str
    title_page: str
    access: str = ""
    """How people with other senses read it, for the list of a shop or an e-reader."""
    begin: str = ""
    """What the place is called where reading begins; the title where it has no name."""


@dataclass(frozen=True, slots=True)
class Chapter:
    """One file of the text: its `body` is XHTML (xhtml.py). `parts` are (name, id within the body)
    of what the table of contents names below it; with no `title` of its own it stands there by its
    parts alone."""

    name: str
    title: str
    body: str
    parts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """What a book says of itself: `id` is a URN or another URI, `issued` a date as far as it is
    known, `source` where it is read on the web."""

    id: str
    title: str
    lang: str
    modified: datetime
    languages: tuple[str, ...] = ()
    creators: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    publisher: str = ""
    issued: str = ""
    description: str = ""
    rights: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """A whole book: `front` is the XHTML of its title page, `pictures` the octets of what its text
    shows, by the names that the text has for them; `direction` is `ltr` or `rtl`."""

    about: About
    words: Words
    front: str
    chapters: tuple[Chapter, ...]
    direction: str = "ltr"
    pictures: Mapping[str, bytes] = field(default_factory=dict)
