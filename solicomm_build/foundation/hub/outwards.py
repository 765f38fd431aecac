"""`activitypub:` of hub.yaml: which public conferences people elsewhere may follow, and how.

Foundation; imports schema. The format is docs/formats/hub-yaml.md. Without the key nothing of a hub
can be followed, and nobody elsewhere is told or asked anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.types import SLUG

ALL = "all"
REPLIES = ("off", "held")
MOST = 200
"""Conferences that are named one by one."""

_INSIDE = re.compile(r"(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253}):[0-9]{1,5}")


@dataclass(frozen=True, slots=True)
class Outwards:
    """`conferences` are ids, or `all` alone; none means that everything here is off. `replies` says
    what becomes of answers from elsewhere. Servers are asked over https and in the internet only,
    but for those that `inside` names as HOST:PORT."""

    conferences: tuple[str, ...] = ()
    replies: str = "off"
    inside: tuple[str, ...] = ()

    def has(self, conference: str) -> bool:
        """Whether a conference is among those that may be followed, if it is public."""
        return self.conferences == (ALL,) or conference in self.conferences


def read(top: Section) -> Outwards:
    """What a file says below `activitypub`. Notes faults."""
    section = top.section("activitypub")
    words = section.words("conferences", pattern=SLUG, example="[organising]", most=MOST)
    if ALL in words and len(words) > 1:
        fault = "`activitypub.conferences` names `all` and others"
        section.fault("conferences", fault, "Write `conferences: all`, or the ids alone")
    found = Outwards(
        words,
        section.choice("replies", REPLIES, "off"),
        section.words("inside", pattern=_INSIDE, example="[127.0.0.1:8431]", most=20),
    )
    section.close()
    return found
