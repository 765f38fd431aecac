"""What a book of a conference is made of: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a book that is made of one topic, or of none: `topic` is its address within the
    conference. `title` is what the part is called, where that is not the topic's; `said` are
    sentences below it and `read` titles and whole addresses of what is to be read. With `only`, no
    other posts of the topic belong to it."""

    topic: str = ""
    title: str = ""
    said: tuple[str, ...] = ()
    read: tuple[tuple[str, str], ...] = ()
    only: frozenset[str] | None = None
