"""What the pages of the directory show, as their templates get it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from solicomm_build.post.pages import Facts


@dataclass(frozen=True)
class UnionFacts:
    """What a card calls a union, and the address of its site, if it has one here."""

    title: str
    url: str


@dataclass(frozen=True)
class Line:
    """A card in a list: country and languages by their names in the page's language. Without a
    photo there is no address of one, and `face` stands there: initials and a colour. `says` is a
    language and how the card's text begins, such as what its person can help with. `hub` is the
    other hub that the card is of, whose page `url` is then."""

    name: str
    url: str
    union: UnionFacts
    country: str
    languages: tuple[str, ...]
    roles: str
    photo: str
    plain_photo: str
    face: tuple[str, int]
    says: tuple[str, str]
    hub: str = ""


@dataclass(frozen=True)
class Choice:
    """A country or language to choose: its name, the address of its cards, whether it is chosen."""

    label: str
    url: str
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """The countries, or the languages, by name."""

    kind: str
    label: str
    items: tuple[Choice, ...]


@dataclass(frozen=True)
class PeopleFacts(Facts):
    """A page of cards. `chosen` is the country or language whose cards they are, by name; `all` the
    address of everybody's; `address` takes the word that begins a card."""

    people: tuple[Line, ...]
    facets: tuple[Facet, ...]
    chosen: str
    all: str
    pager: Mapping[str, Any]
    address: str


@dataclass(frozen=True)
class Text:
    """What somebody says of themselves in a language."""

    lang: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class PersonFacts(Facts):
    """One card. `introduction` is the address of a post; `address` reaches the person, or is
    empty."""

    name: str
    union: UnionFacts
    country: str
    languages: tuple[str, ...]
    roles: str
    photo: str
    plain_photo: str
    face: tuple[str, int]
    all: str
    texts: tuple[Text, ...]
    introduction: str
    since: date | None
    address: str
