"""What the search knows of a document: a post, a card, a page."""

from __future__ import annotations

from dataclasses import dataclass

FIELDS = ("title", "author", "body")
BOOSTS = (3, 1, 1)
"""A word of the title counts three times; in the other fields once."""

SNIPPET = 160
"""Characters of text shown with a result."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a result shows. `place` is the folder below the hub's root that the document is in,
    `url` what follows it, `time` seconds since 1970 UTC. A row of a document that is gone is
    `GONE`."""

    title: str = ""
    author: str = ""
    time: int = 0
    url: str = ""
    place: str = ""
    lang: str = ""
    snippet: str = ""

    @property
    def address(self) -> str:
        """Where it is read, relative to the hub's root."""
        url = self.url + self.url[2:34] if self.url.endswith("#") else self.url
        return f"{self.place}/{url}" if self.place else url


GONE = Row()


@dataclass(frozen=True, slots=True)
class Document:
    """A document to be indexed: its row, its whole text, and the language that it is written in."""

    row: Row
    body: str
    latin: str


@dataclass(frozen=True, slots=True)
class PlaceName:
    """What a place is called, by language tag; `kind` is conference, list, library, union or
    hub."""

    kind: str
    title: dict[str, str]


def snippet(text: str) -> str:
    """The beginning of a text, cut at a word."""
    text = " ".join(text[: SNIPPET * 4].split())
    if len(text) <= SNIPPET:
        return text
    head = text[: SNIPPET - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[SNIPPET // 2 :] else head) + "…"
