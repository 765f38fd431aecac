"""What machines that help with a full build are told, and what they give back. Plain values.

    the machine with the hub                      a machine that helps
    commits, hub.yaml, the moment ─ Errand ─→     its own copy of the repositories
    a repository, paths of posts  ────────→       rows, posts as read  ─→ the index
    the index, addresses of pages ────────→       files and manifest rows ─→ public/
    work of a feature             ────────→       what came of it ─→ the feature

A page is a function of all this, so it is the same octets wherever it is made; work of features
(`hands.py` of each) has to be one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from solicomm_build.builder import assets
from solicomm_build.builder.apart import children
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.follow import Parsed, Unread
from solicomm_build.builder.hands.works import Helping, Piece
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.publish import Taken
from solicomm_build.builder.render import Making, Outcome
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.foundation import data, i18n

PAGES = "conference:"
"""The sections whose pages may be made elsewhere begin so: what they show is in the index and in
public repositories. All others are few, and some read what only the hub's own machine has."""


def code(state: Path) -> str:
    """The digest of all code and theme that pages depend on, as this machine has them."""
    return assets.environment_key(data.theme(), i18n.TRANSLATIONS, state)


@dataclass(frozen=True, slots=True)
class Errand:
    """One full build: a `key` that no other has, the octets of hub.yaml, the commit of each public
    repository (by its path below the hub), the moment that counts as now (seconds since 1970), and
    the start of every page's key."""

    key: str
    settings: bytes
    commits: Mapping[str, str]
    moment: float
    env: str


@dataclass(slots=True)
class Made:
    """Pages that were made: their manifest rows and failures, and their files."""

    outcome: Outcome = field(default_factory=Outcome)
    files: list[Taken] = field(default_factory=list)


class Hands(Helping, Protocol):
    """Machines that help with one full build."""

    def begin(self, found: Contents, env: str) -> None:
        """Tells them what is on the hub, and the start of every page's key."""

    def index(self, sources: Sources, repos: Sequence[Path], meanwhile: Callable[[], None]) -> None:
        """Puts the rows of conferences into the index, those that others can make; nothing is done
        about the rest. Does something else `meanwhile`."""

    def read(self, repo: Path, posts: Sequence[Unread]) -> Sequence[children.Joined[list[Parsed]]]:
        """Begins to read posts of a repository."""

    def make(
        self, plan: Plan, pages: Sequence[Planned], ahead: Sequence[tuple[str, Piece]] = ()
    ) -> Making:
        """Begins to make pages; who waits for them puts their files where they belong. No other
        work is asked for before the end. `ahead` is work of features, (name, piece), that is done
        beside them; what comes of it is kept until `do` is asked for it."""
