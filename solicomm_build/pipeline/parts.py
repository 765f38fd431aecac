"""What a conference shows beside its topics and lists: downloads, polls, forms, health and so on.

Each is a `Part` with a module of its own; `conferences.py` names them all in `PARTS`. A part plans
its pages like everybody: pages to make, and addresses (bare texts) where nothing is any more. Those
whose pages depend on the calendar as well say on which `period` of it they do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from solicomm_build.model.conference import Conference
from solicomm_build.model.pages import ConferenceFacts
from solicomm_build.pipeline.index import Touched
from solicomm_build.pipeline.lookup import Lookup
from solicomm_build.pipeline.sources import Planned, Sources


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One conference as its parts see it. `languages` are the interface languages of the hub, that
    of the conference's pages first, which has no prefix in addresses; `env` is part of every key;
    `today` is the day in UTC."""

    sources: Sources
    repo: Path
    facts: ConferenceFacts
    settings: Conference
    languages: tuple[str, ...]
    env: str
    today: date

    @property
    def section(self) -> str:
        """Who owns the files."""
        return f"conference:{self.facts.id}"

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
