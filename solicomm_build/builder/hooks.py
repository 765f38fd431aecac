"""What the builder, and what follows it, asks of features: `pages.py` and `search.py`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from solicomm_build.builder.conferences.citing import Citable
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.front.offered import Offer
from solicomm_build.builder.hands.works import Piece
from solicomm_build.builder.parts import PartOf, Surroundings
from solicomm_build.builder.sections import Afterwards, Findable, Many, Section
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation import hooks
from solicomm_build.post.books.gathered import Stretch

Bound = Callable[[Surroundings], Iterable[Stretch]]
"""The parts of a book, in their order; none where there is no such book."""
Work = Callable[[Sources, Contents, Any], Any]
"""Given the index as the machine with the hub has it, what is public there and a plain value, gives
another one: a function of these and of public repositories."""
Statics = Mapping[str, bytes]
"""Static files of a theme by their names below static/."""


class PagesHook(Protocol):
    """`pages.py` of a feature, loaded by the builder alone."""

    PARTS: Iterable[PartOf]
    """What every conference shows of the feature."""
    SECTIONS: Iterable[Section]
    """The kinds of sections that the feature adds to a hub."""
    AFTERWARDS: Iterable[Afterwards]
    """What comes after the pages."""
    STATICS: Iterable[Callable[[Statics], Statics]]
    """Each is given the theme's static files and returns those that readers get in their place."""
    FRONT: Offer
    """What the feature adds to the hub's front page (front/offered.py)."""
    CITED: Citable
    """What references in posts name of the feature (conferences/citing.py)."""
    BOUND: Mapping[str, Bound]
    """What of a conference is a book of its own beside topics, months and labels, by its kind."""
    MADE_WITH: Iterable[str]
    """The distributions of Python that the feature's pages and static files depend on: all pages
    are made anew when one has another version."""


class SearchHook(Protocol):
    """`search.py` of a feature: what of it can be found. Loaded by whoever makes an index."""

    FINDABLE: Callable[[Contents], Iterable[Findable]]
    """The sections of a hub whose pages are documents of the search."""


class HandsHook(Protocol):
    """`hands.py` of a feature: what of its work other machines may do in a full build. Loaded by
    those that help."""

    WORKS: Mapping[str, Work]
    """Each by the name that `Helping.do` is given."""
    AHEAD: Callable[[Sources, Contents], Iterable[tuple[str, Piece]]]
    """(name, piece with a key) of what the feature will ask for in a full build, known as soon as
    the index is whole: others do it beside the pages."""


def parts() -> tuple[PartOf, ...]:
    """The parts of conferences that features add."""
    found: tuple[Iterable[PartOf], ...] = hooks.each("pages", "PARTS")
    return tuple(part for some in found for part in some)


@hooks.derived
def sections() -> tuple[Section, ...]:
    """The kinds of sections, in the order in which they are planned."""
    found: tuple[Iterable[Section], ...] = hooks.each("pages", "SECTIONS")
    return tuple(sorted((one for some in found for one in some), key=lambda one: one.rank))


def apart() -> Iterator[tuple[Section, Many[Any]]]:
    """The kinds of sections that are planned where they are made."""
    for section in sections():
        if isinstance(section.source, Many) and section.source.apart:
            yield section, section.source


def afterwards() -> tuple[Afterwards, ...]:
    """What comes after the pages, in its order."""
    found: tuple[Iterable[Afterwards], ...] = hooks.each("pages", "AFTERWARDS")
    return tuple(sorted((one for some in found for one in some), key=lambda one: one.rank))


def fronts() -> tuple[Offer, ...]:
    """What features offer to the front page."""
    found: tuple[Offer, ...] = hooks.each("pages", "FRONT")
    return found


def statics(theme: Statics) -> Statics:
    """The static files of a theme, and what features make of them."""
    found: tuple[Iterable[Callable[[Statics], Statics]], ...] = hooks.each("pages", "STATICS")
    for some in found:
        for change in some:
            theme = change(theme)
    return theme


def bound() -> Mapping[str, Bound]:
    """All of `PagesHook.BOUND`."""
    return hooks.table("pages", "BOUND")


def made_with() -> tuple[str, ...]:
    """The distributions that pages depend on."""
    found: tuple[Iterable[str], ...] = hooks.each("pages", "MADE_WITH")
    return tuple(name for some in found for name in some)


def works() -> Mapping[str, Work]:
    """All of `HandsHook.WORKS`."""
    return hooks.table("hands", "WORKS")


def ahead(sources: Sources, found: Contents) -> list[tuple[str, Piece]]:
    """All that `HandsHook.AHEAD` names."""
    asked: tuple[Callable[[Sources, Contents], Iterable[tuple[str, Piece]]], ...]
    asked = hooks.each("hands", "AHEAD")
    return [one for ask in asked for one in ask(sources, found)]


def findable(found: Contents) -> tuple[Findable, ...]:
    """All sections that the search may find, by kind."""
    asked: tuple[Callable[[Contents], Iterable[Findable]], ...] = hooks.each("search", "FINDABLE")
    return tuple(sorted((one for ask in asked for one in ask(found)), key=lambda one: one.kind))
