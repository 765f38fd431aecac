"""What posts name of other parts of the hub, such as a document by `lib:2026-7qk3xa2m`.

The index knows which posts name what (`post/store/hooks.py::references`); features say what that is
(`CITED` of their `pages.py`). When it may be something else, the topics that name anything are
looked at again: their keys decide.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, Sources, digest
from solicomm_build.foundation import hooks
from solicomm_build.post.pages import Cited


@dataclass(frozen=True, slots=True)
class Citable:
    """What a feature knows of references: `named` says what one names for everybody (None for
    nothing, and for what is another feature's); `state` is another text whenever `named` may say
    something else, and is asked before it: what it reads of is brought up to now then. Blocking, a
    few files and rows each."""

    named: Callable[[Sources, str], Cited | None]
    state: Callable[[Sources], str]


def cited(sources: Sources, references: Iterable[str]) -> Mapping[str, Cited | None]:
    """What references name; None for what nobody knows."""
    asked: tuple[Citable, ...] = hooks.each("pages", "CITED")
    found = {}
    for reference in references:
        named = (one.named(sources, reference) for one in asked)
        found[reference] = next((one for one in named if one is not None), None)
    return found


def cites_of(db: sqlite3.Connection, conference: str, topic: str) -> dict[str, tuple[str, ...]]:
    """The references in the posts of a topic that are not hidden, by mid. The order of
    the tables is the planner's, too: it would walk through what the conference cites."""
    rows = db.execute(
        "SELECT c.mid, c.reference FROM post p CROSS JOIN cited c ON c.conf=p.conf AND c.mid=p.mid"
        " WHERE p.conf=? AND p.topic=? AND p.hidden=0 ORDER BY c.mid, c.turn",
        (conference, topic),
    )
    found: dict[str, tuple[str, ...]] = {}
    for mid, reference in rows:
        found[mid] = (*found.get(mid, ()), reference)
    return found


class Citing:
    """Has topics looked at again when what they name may be another: a part of a conference's
    pages (parts.py) without pages of its own. Topics that are planned for another reason are made
    while the rest is still being planned, so what they name is asked for with them."""

    def __init__(self, around: Surroundings) -> None:
        self._sources, self._conf = around.sources, around.facts.id

    def period(self) -> str:
        """What all references name; empty while no post has one."""
        return self._named

    @cached_property
    def _named(self) -> str:
        any_of = "SELECT 1 FROM cited WHERE conf=? LIMIT 1"
        if self._sources.db.execute(any_of, (self._conf,)).fetchone() is None:
            return ""
        asked: tuple[Citable, ...] = hooks.each("pages", "CITED")
        return digest(*(one.state(self._sources) for one in asked))

    def everything(self) -> Iterator[Planned | str]:
        """None: all topics are looked at anyway."""
        _ = self._named
        yield from ()

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """None: topics that are touched are looked at anyway."""
        _ = self._named
        yield from ()

    def renewed(self) -> Iterator[Planned | str]:
        """None of its own."""
        yield from ()

    def renewed_topics(self) -> Iterable[str]:
        """The topics that name something: what another stored thread names is read there."""
        rows = self._sources.db.execute(
            "SELECT DISTINCT p.topic FROM cited c CROSS JOIN post p"
            " ON p.conf=c.conf AND p.mid=c.mid WHERE c.conf=? ORDER BY 1",
            (self._conf,),
        )
        return [topic for (topic,) in rows]
