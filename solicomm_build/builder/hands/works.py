"""Work of features that machines which help with a full build do, too (`hands.py` of a feature)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from solicomm_build.builder.sources import Sources


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a feature's work: what it is about, a plain value; for how many seconds one
    machine may be at it beyond what is usual; and, where it may be done beside the pages (`AHEAD`),
    a key that is equal only where what comes of it is."""

    given: Any
    seconds: float = 0.0
    key: str = ""


class Helping(Protocol):
    """Machines that help, as features know them."""

    def do(self, name: str, sources: Sources, pieces: Sequence[Piece]) -> Iterator[Any]:
        """Begins the work of a feature that is called so, on the public index as it lies in
        `sources`, and gives what came of each piece, in their order; None for what nobody did. No
        other work is asked for before the end."""
