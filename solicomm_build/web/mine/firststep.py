"""One step of the first visit to a new hub: `firststeps.py` of a feature.

Whoever looks after a hub that was just made is led through them in My hub, one after the other
(features/firstvisit/). `private/first-visit.json` says when the hub was made and which steps were
skipped; it is there only as long as there is something to lead through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation import clock, hooks, safeio
from solicomm_build.foundation.hub.config import Config
from solicomm_build.web.mine.section import Visit

FILE = "first-visit.json"


class FirstStep:
    """A step. Its methods block and are called in threads."""

    name = ""
    """Its word in addresses."""
    rank = 50
    """The smallest comes first."""

    def __init__(self, config: Config) -> None:
        self.config = config

    def title(self, lang: str) -> str:
        """What is done in it."""
        raise NotImplementedError

    def is_done(self, visit: Visit) -> bool:
        """Whether the hub has it already."""
        raise NotImplementedError

    def can_begin(self, visit: Visit) -> bool:
        """Whether what it needs of earlier steps is there."""
        return True

    def form(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """HTML of its fields and what is said about them, without the form around and the buttons;
        `sent` is what was filled in before."""
        raise NotImplementedError

    def do(self, visit: Visit, sent: Mapping[str, str]) -> str:
        """Does it, durable on return; a sentence about what is wrong, or ""."""
        raise NotImplementedError


class FirstStepsHook(Protocol):
    """`firststeps.py` of a feature."""

    STEPS: Iterable[type[FirstStep]]
    """What a new hub needs of the feature."""


def steps(config: Config) -> list[FirstStep]:
    """Those of all features, in their order."""
    found = [step(config) for some in hooks.each("firststeps", "STEPS") for step in some]
    return sorted(found, key=lambda one: one.rank)


def begin(config: Config) -> None:
    """Says that the hub is new; durable on return."""
    write(config, clock.now(), ())


def write(config: Config, begun: datetime, skipped: Iterable[str]) -> None:
    """Keeps which steps were skipped; durable on return."""
    said = {"begun": begun.isoformat(), "skipped": sorted(skipped)}
    safeio.write_atomic(path(config), json.dumps(said).encode() + b"\n", mode=0o600)


def read(config: Config) -> tuple[datetime, frozenset[str]] | None:
    """When the hub was made, and the steps that were skipped; None where nobody is led."""
    try:
        said = json.loads(path(config).read_bytes())
        return datetime.fromisoformat(said["begun"]), frozenset(map(str, said["skipped"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def path(config: Config) -> Path:
    """The file."""
    return config.private / FILE
