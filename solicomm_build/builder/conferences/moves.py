"""The ways from topics that moved to where they are read now: a part of a conference's pages.

The pages themselves are topics.py's. Here is only when they must be looked at again without a post
or an event: when the conference a topic moved to is shown to everybody, or no more. A way to what
the reader may not know of is no way: the address then shows nothing, as if there never was one.
"""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.builder.conferences.topics import TopicPages
from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest


class Moves:
    """Plans what leads to topics that moved."""

    def __init__(self, around: Surroundings) -> None:
        self._rows, self._neighbours = around.rows, around.neighbours
        self._called = around.sources.called
        self._topics = TopicPages(
            around.sources, around.repo, around.facts, around.env, around.neighbours
        )

    def everything(self) -> Iterator[Planned | str]:
        """Nothing that is not planned with the topics."""
        yield from ()

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """As little."""
        yield from ()

    def period(self) -> str:
        """Which of the conferences that topics moved to are shown."""
        shown = sorted({self._called(one) for _, one in self._rows.moved()} & self._neighbours)
        return digest(shown) if shown or self._rows.moved() else ""

    def renewed(self) -> Iterator[Planned | str]:
        """All that leads elsewhere."""
        for tid, _ in self._rows.moved():
            yield from self._topics.stored_thread(tid)
