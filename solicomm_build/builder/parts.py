"""What a conference shows beside its topics and lists: its months, its news and so on.

Each is a `Part` with a module of its own; `conferences.py` names our own, the others come from the
features (`hooks.py`). A part plans its pages like everybody: pages to make, and addresses (bare
texts) where nothing is any more. Those whose pages depend on the calendar as well say on which
`period` of it they do. A part that also has `links` is named on the conference's front page, under
"More here", in the order of the ranks; one with `notices` stands on top of it while there are any.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Protocol, Self, cast, runtime_checkable

from solicomm_build.builder.conferences.lookup import Lookup
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.post.conference import Conference
from solicomm_build.post.pages import ConferenceFacts, Place


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One conference as its parts see it. `languages` are the interface languages of the hub, that
    of the conference's pages first, which has no prefix in addresses; `env` is part of every key;
    `today` is the day in UTC; `neighbours` are the conferences that everybody may know of."""

    sources: Sources
    repo: Path
    facts: ConferenceFacts
    settings: Conference
    languages: tuple[str, ...]
    env: str
    today: date
    neighbours: frozenset[str] = frozenset()

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"conference:{self.facts.id}"

    def called(self, lang: str) -> ConferenceFacts:
        """The conference by its title and description in a language, where it has them."""
        title, description = self.settings.title_in(lang), self.settings.description_in(lang)
        own = lang == self.languages[0]  # whose title may be that of a language we do not speak
        return self.facts if own else replace(self.facts, title=title, description=description)

    def called_in(self, lang: str) -> str:
        """The language of that title."""
        return lang if self.settings.title.get(lang) else self.facts.lang

    @property
    def day_start(self) -> int:
        """The first second of `today`: what is older belongs to days that have ended."""
        return int(datetime(*self.today.timetuple()[:3], tzinfo=UTC).timestamp())

    @property
    def rows(self) -> Lookup:
        """The conference's rows in the derived state."""
        return Lookup(self.sources.db, self.facts.id)


class Part(Protocol):
    """Plans some pages of a conference."""

    def everything(self) -> Iterator[Planned | str]:
        """All its pages."""

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The pages that new commits touched."""

    def period(self) -> str:
        """The month, week or day (`2026-11`, `2026-W48`, `2026-11-24`) its pages were made for;
        empty when they do not depend on one."""

    def renewed(self) -> Iterator[Planned | str]:
        """The pages that are others because the period is another."""


@runtime_checkable
class Linked(Protocol):
    """A part that wants to be found from the conference's front page."""

    def links(self, lang: str) -> Iterable[tuple[str, str]]:
        """(words in `lang`, address) of each; none while there is nothing to show. Asked at every
        post, so it must answer from a row or two."""


@runtime_checkable
class Noticed(Protocol):
    """A part that has something to say on top of the conference's front page for a while."""

    def notices(self, lang: str) -> Iterable[tuple[str, str]]:
        """(words in `lang`, address) of each. Asked at every post, as `links` is."""


@runtime_checkable
class Topical(Protocol):
    """A part that has something to say on top of single topics for a while."""

    def about(self, tid: str, lang: str) -> Iterable[tuple[str, str]]:
        """(words in `lang`, address) of each for the topic that is read at `tid`. Asked for every
        page of a topic, so it must answer from what was looked up once."""

    def topics(self, touched: Touched) -> Iterable[str]:
        """The stored threads on whose pages it may say something else since new commits."""


@runtime_checkable
class Placing(Protocol):
    """A part that knows other hubs, at which some posts were written. What it says of them depends
    on its period: the topics with such posts are looked at when that is another."""

    def place(self, hub: str, lang: str) -> Place:
        """What a hub is called, and where one reads of it in `lang`."""


@runtime_checkable
class Renewing(Protocol):
    """A part whose period topics depend on, too."""

    def renewed_topics(self) -> Iterable[str]:
        """The stored threads whose pages may be others because the period is another."""


@dataclass(frozen=True, slots=True)
class Abilities:
    """The parts of a conference that can do more than show pages of their own, by what they can.
    Found once: each page of a topic would ask all parts."""

    linked: tuple[Linked, ...]
    noticed: tuple[Noticed, ...]
    topical: tuple[Topical, ...]
    placing: tuple[Placing, ...]

    @classmethod
    def of(cls, parts: Collection[Part]) -> Self:
        """Those of some parts, in their order."""
        able = [(part, _abilities(type(part))) for part in parts]
        return cls(
            tuple(cast("Linked", part) for part, can in able if Linked in can),
            tuple(cast("Noticed", part) for part, can in able if Noticed in can),
            tuple(cast("Topical", part) for part, can in able if Topical in can),
            tuple(cast("Placing", part) for part, can in able if Placing in can),
        )


@cache
def _abilities(kind: type) -> frozenset[type]:
    """What parts of a class can do more. To ask this of a part takes 25 µs, of its class one."""
    return frozenset(one for one in (Linked, Noticed, Topical, Placing) if issubclass(kind, one))


@dataclass(frozen=True, slots=True)
class PartOf:
    """How conferences get a part: the `name` under which its period is noted, its `rank` among the
    parts (the smallest is planned and linked first), and what makes it for one conference."""

    name: str
    rank: int
    make: Callable[[Surroundings], Part]
