"""The query language (docs/formats/search.md, section 8): lunr's signs, fields, boosts and trailing
wildcards, and filters by place and date. Every text is a query; what makes no sense in it is words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import Enum

from solicomm_build.features.search.engine.analyser import MAX_TERM, normalise, pieces, words
from solicomm_build.features.search.engine.document import FIELDS

MAX_QUERY = 1_000
"""UTF-16 code units that are read."""
MAX_CLAUSES = 16
MIN_PREFIX = 3
"""Characters before a `*`; fewer would read a large part of the index."""
MAX_BOOST = 100

NAMES = {name: name for name in FIELDS} | {"subject": "title", "from": "author", "text": "body"}
NAMES |= {"by": "author"}
_PART = re.compile(
    r"(?P<sign>[+-]?)(?:(?P<name>[a-z]+):)?(?P<words>.*?)(?P<star>\*?)"
    r"(?:~[0-9]*)?(?:\^(?P<boost>[0-9]+))?\Z",
    re.DOTALL,
)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?")


class Presence(Enum):
    """Whether a document must, must not, or may have a clause; DEFAULT is what has no sign, and
    FILTER leaves only what has it and does not count for the rank."""

    DEFAULT = ""
    REQUIRED = "+"
    PROHIBITED = "-"
    FILTER = "by"


@dataclass(frozen=True, slots=True)
class Piece:
    """A word's piece, normalised; `prefix` takes every term that begins with it."""

    text: str
    cjk: bool = False
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a query: its pieces, the numbers of the fields to look at, its boost."""

    pieces: tuple[Piece, ...]
    presence: Presence = Presence.DEFAULT
    fields: tuple[int, ...] = tuple(range(len(FIELDS)))
    boost: int = 1


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked. `places` None means everywhere, `kinds` and `tongues` None any; `after` is a
    first day, `before` the day after the last, both since 1970; `nowhere` says that a filter cannot
    be read."""

    clauses: tuple[Clause, ...]
    places: tuple[str, ...] | None = None
    after: int | None = None
    before: int | None = None
    nowhere: bool = False
    kinds: tuple[str, ...] | None = None
    tongues: tuple[str, ...] | None = None

    @property
    def filtered(self) -> bool:
        """Whether attributes are needed."""
        asked = (self.places, self.after, self.before, self.kinds, self.tongues)
        return any(one is not None for one in asked)


def parse(text: str) -> Query:
    """Reads a query; never fails."""
    text = text.encode("utf-16-le", "surrogatepass")[: 2 * MAX_QUERY].decode("utf-16-le", "ignore")
    clauses: list[Clause] = []
    named: dict[str, list[str]] = {"in": [], "kind": [], "lang": []}
    days: dict[str, int | None] = {}
    for part in text.replace('"', " ").split():
        found = _PART.match(part)
        assert found is not None  # every text matches  # noqa: S101
        name, rest = found["name"], found["words"]
        if name in named:
            named[name].append(rest.lower())
        elif name in {"after", "before"}:
            days[name] = _first_day(rest)
        elif len(clauses) < MAX_CLAUSES:
            clauses += _clause(found)
    return Query(
        tuple(clauses),
        tuple(named["in"]) or None,
        days.get("after"),
        days.get("before"),
        None in days.values(),
        tuple(named["kind"]) or None,
        tuple(named["lang"]) or None,
    )


def _clause(found: re.Match[str]) -> Iterator[Clause]:
    name, text = found["name"], found["words"]
    fields = tuple(range(len(FIELDS)))
    sign = Presence.FILTER if name == "by" else Presence(found["sign"])
    if name in NAMES:
        fields = (FIELDS.index(NAMES[name]),)
    elif name:
        text = f"{name}:{text}"
    split = [piece for word in words(normalise(text)) for piece in pieces(word)]
    if not split:
        return
    made = [Piece(piece, cjk) for piece, cjk in split if cjk or len(piece) <= MAX_TERM]
    if len(split) == 1 and made:
        (only,) = made
        single = only.cjk and len(only.text) == 1
        starred = bool(found["star"]) and len(only.text) >= (1 if only.cjk else MIN_PREFIX)
        made = [Piece(only.text, only.cjk, prefix=single or starred)]
    else:
        made = [Piece(p.text, p.cjk, prefix=p.cjk and len(p.text) == 1) for p in made]
    boost = min(MAX_BOOST, max(1, int(found["boost"][:4]))) if found["boost"] else 1
    yield Clause(tuple(made), sign, fields, boost)


def _first_day(text: str) -> int | None:
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return (first - date(1970, 1, 1)).days
