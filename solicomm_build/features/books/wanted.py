"""Of what a book is. Values only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation.errors import UsageError

TOPIC, MONTH, LABEL, COURSE = "topic", "month", "label", "course"
MONTHS = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_TOPIC_AT = re.compile(r"([a-z0-9][a-z0-9-]*)/t/([a-z2-7]{4,40})/?(?:#.*)?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of a conference: `name` is the address of a topic in it, a month as `2026-11`, or a
    label as its address has it; a course has none."""

    conference: str
    kind: str
    name: str = ""

    @property
    def place(self) -> str:
        """Its page: root-relative, ends in `/`."""
        return f"/conferences/{self.conference}/{self._within}/"

    @property
    def _within(self) -> str:
        if self.kind == TOPIC:
            return f"t/{self.name}"
        if self.kind == MONTH:
            return self.name.replace("-", "/")
        return f"labels/{self.name}" if self.kind == LABEL else "calendar"


def topic(text: str) -> Wanted:
    """The topic of an address of its page, or of `CONFERENCE/t/TOPIC`. Raises UsageError."""
    found = _TOPIC_AT.fullmatch(text.strip().rpartition("/conferences/")[2])
    if found is None:
        raise UsageError(
            f"{text} is no topic. Give the address of its page, or CONFERENCE/t/TOPIC as in it"
        )
    return Wanted(found[1], TOPIC, found[2])


def month(conference: str, text: str) -> Wanted:
    """A month. Raises UsageError."""
    if not MONTHS.fullmatch(text):
        raise UsageError(f"{text} is no month. Write 2026-11")
    return Wanted(conference, MONTH, text)
