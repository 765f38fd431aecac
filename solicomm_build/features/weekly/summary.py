"""A moderator’s summary of a week: which mail is one, what it covers, what is kept of it. Pure.

A mail to a conference whose subject begins with `[summary]`, in any of our languages, is one when a
moderator sends it. It begins a topic whose first post is marked as a summary (topic-event.md) and
pinned until the next one; `summaries/<monday>-<topic>.yaml` says so for whoever copies the
conference, and lets the next one find it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.types import TopicId
from solicomm_build.post import ownwords

SCHEMA = "solicomm/weekly-summary@1"
WORDS = wordtables.phrases(__file__, "marks")
"""The word between the brackets, by language."""

_MARKS = wordtables.known(lambda: WORDS, ownwords.plain)
_MARK = re.compile(r"\s*+\[\s*+([^\]\s]{1,40})\s*+\]")
_PATH = re.compile(r"summaries/([0-9]{4}-[0-9]{2}-[0-9]{2})-([a-z2-7]{32})\.yaml")
_EARLY = 3  # until Wednesday it is the week before that somebody sums up


@dataclass(frozen=True, slots=True)
class Weekly:
    """A summary that was sent: its topic, and the Monday and Sunday of the week it covers."""

    topic: TopicId
    begins: date

    @property
    def ends(self) -> date:
        """The Sunday."""
        return self.begins + timedelta(days=6)

    @property
    def covers(self) -> str:
        """As an event says it: `2026-11-16/2026-11-22`."""
        return f"{self.begins.isoformat()}/{self.ends.isoformat()}"

    @property
    def path(self) -> str:
        """Where it is kept that it was sent."""
        return f"summaries/{self.begins.isoformat()}-{self.topic}.yaml"


def is_meant(subject: str) -> bool:
    """Whether a subject says that the mail sums up a week."""
    if "[" not in subject and "［" not in subject:
        return False
    found = _MARK.match(ownwords.plain(subject))
    return found is not None and found[1] in _MARKS


def monday(day: date) -> date:
    """The first day of the week that somebody sums up on this day: until Wednesday the week before,
    then the one that is running."""
    begins = day - timedelta(days=day.weekday())
    return begins - timedelta(days=7) if day.weekday() < _EARLY else begins


def parse_path(text: str) -> Weekly | None:
    """The summary that a path names, or None."""
    match = _PATH.fullmatch(text)
    try:
        return Weekly(TopicId(match[2]), date.fromisoformat(match[1])) if match else None
    except ValueError:
        return None


def encode(weekly: Weekly) -> bytes:
    """Its file."""
    covers: dict[str, yamlsafe.Node] = {
        "from": weekly.begins.isoformat(),
        "to": weekly.ends.isoformat(),
    }
    values: dict[str, yamlsafe.Node] = {
        "schema": SCHEMA,
        "topic": str(weekly.topic),
        "covers": covers,
    }
    return yamlsafe.dump(values).encode()


def decode(blob: bytes, file: str) -> Weekly:
    """What a file says. Raises ContentErrors."""
    try:
        top = schema.open_file(blob, file=file)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    covers = top.section("covers")
    first = covers.text("from", required=True, example="2026-11-16")
    covers.text("to")
    found = parse_path(f"summaries/{first}-{top.text('topic', required=True)}.yaml")
    covers.close()
    if found is None:
        top.fault("topic", "`topic` or `covers.from` is wrong", "Write the topic's id and a day")
    top.close()
    top.raise_faults()
    assert found is not None  # noqa: S101 - else a fault was raised
    return found
