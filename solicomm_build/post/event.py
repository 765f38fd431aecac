"""Topic events: what moderators do to a topic, as files, and which facts each kind must bring.

Pure; imports frontmatter, yamlsafe and types. A post is never edited; an event is a small YAML file
`topics/<tt>/<tid>/events/<ts>-<eid>.yaml` beside it, `solicomm/event@1`:

    schema: solicomm/event@1
    type: retitle
    at: 2026-03-04T06:12:00Z
    by: p_7h2kq
    title: "Water: the new agreement"

What events fold into is topicstate.py. Types that are not known are kept and passed over, so that
a newer hub's events do no harm; the gate refuses them, since here they are typing errors. See
docs/formats/topic-event.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word
from solicomm_build.foundation.language import languagetag
from solicomm_build.foundation.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.foundation.types import SLUG, TopicId
from solicomm_build.foundation.yamlsafe import Node

SCHEMA = "solicomm/event@1"
LOCAL = "local/"
"""Before the path of an event that counts at this hub alone (post/store/localevents.py)."""
FOLDERS = ("topics", f"{LOCAL}topics")
"""Below which events lie."""

_ID = re.compile(r"[a-z2-7]{32}")
_PATH = re.compile(
    r"(?:local/)?topics/([a-z2-7]{2})/(\1[a-z2-7]{30})/events/([0-9TZ]{16})-([a-z2-7]{8,32})\.yaml"
)
_WORD = re.compile(r"[a-z][a-z0-9-]{0,40}")
_BY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_BLOB = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_MOST_WORDS = 100

MOST_AHEAD = timedelta(minutes=10)
"""So much may the clock of a moderator be fast before it is worth a word."""
LONGEST_LABEL = 40
MOST_LABELS = 20
"""So many labels one event may name, and one topic may have."""

Data: TypeAlias = Mapping[str, str | tuple[str, ...]]


UNKNOWN = "und"
"""The language of a post for which none is noted any more (ISO 639-3: undetermined)."""


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """One event. `eid` makes its file's name unique; `by` is a person id, never an address; `data`
    holds what its type needs (`FORMS`). `came` is when the hub got it, where that is known: the
    committer date of its commit.
    """

    type: str
    at: datetime
    by: str
    data: Data = field(default_factory=dict)
    eid: str = ""
    came: datetime | None = None

    @property
    def since(self) -> datetime:
        """From when on it counts: never before it was said, nor after it was here. A clock that is
        fast, or a date that was made up, decides nothing in advance."""
        return self.at if self.came is None else min(self.at, self.came)

    @property
    def order(self) -> tuple[datetime, datetime, str]:
        """What events are sorted by."""
        return self.since, self.at, self.eid

    @property
    def early(self) -> bool:
        """Whether it is dated so far in the future that moderators should know."""
        return self.came is not None and self.at - self.came > MOST_AHEAD

    @property
    def subject(self) -> str:
        """The post or the stored topic that it is about: a mid or a tid; empty when it is about
        its whole topic."""
        form = FORMS.get(self.type)
        value = self.data.get("topic" if "topic" in form else "post", "") if form else ""
        return value if isinstance(value, str) and _ID.fullmatch(value) else ""


# -- kinds ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Fact:
    """What a value must be like; `example` is how one is written. `many` may be a list."""

    pattern: re.Pattern[str]
    example: str
    needed: bool = True
    many: bool = False

    def fits(self, value: str | tuple[str, ...] | None) -> bool:
        """Whether a value (None: there is none) is what it has to be; an empty one is none."""
        if not value:
            return not self.needed
        if isinstance(value, str):
            return self.pattern.fullmatch(value) is not None
        return self.many and len(value) <= MOST_LABELS and all(map(self.pattern.fullmatch, value))


_POST = Fact(_ID, "q7x2… (the 32 characters of its file's name)")
_TOPIC = Fact(_ID, "q7x2… (the 32 characters of its folder's name)")
_WORDS = Fact(re.compile(r".{1,500}"), '"a few words"', needed=False)
_TITLE = Fact(re.compile(r".{1,500}"), '"Water: the new agreement"')
_LABELS = Fact(
    re.compile(rf"(?=.*\w)[^/\\]{{1,{LONGEST_LABEL}}}"), "[wages, water]", needed=False, many=True
)
_LANG = Fact(languagetag.TAG, "sw")

ALONE: Final[Mapping[str, Fact]] = {}
WITH_REASON: Final = {"reason": _WORDS}
ABOUT_POST: Final = {"post": _POST}
BOND: Final = {"topic": _TOPIC}

_OWN: Final[Mapping[str, Mapping[str, Fact]]] = {
    "pin": ALONE,
    "unpin": ALONE,
    "close": ALONE,
    "reopen": ALONE,
    "retitle": {"title": _TITLE},
    "label": {"add": _LABELS, "remove": _LABELS},
    "move": {"to": Fact(SLUG, "organising")},
    "merge": BOND,
    "unmerge": BOND,
    "split": ABOUT_POST,
    "unsplit": ABOUT_POST,
    "hide": ABOUT_POST,
    "unhide": ABOUT_POST,
    "summary": {"post": _POST, "covers": _WORDS},
    "unsummary": ABOUT_POST,
    "answer": ABOUT_POST,
    "unanswer": ABOUT_POST,
    "translation": {"post": _POST, "of": _POST, "lang": _LANG},
    "untranslation": ABOUT_POST,
    "lang": {"post": _POST, "lang": _LANG},
    "alias": {"post": _POST, "blob": Fact(_BLOB, "the 40 digits of the other version")},
}
FORMS: Final[Mapping[str, Mapping[str, Fact]]] = {
    kind: {**form, **WITH_REASON} for kind, form in _OWN.items()
}
"""Every type of event, and the facts that it brings; whoever says why may."""


def sound(event: TopicEvent) -> bool:
    """Whether an event of a known type has all that it needs; what else it has does no harm."""
    form = FORMS.get(event.type)
    if form is None:
        return False
    if event.type == "label" and not (event.data.get("add") or event.data.get("remove")):
        return False
    return all(fact.fits(event.data.get(key)) for key, fact in form.items())


def faults(event: TopicEvent, file: str) -> list[ContentError]:
    """All that is wrong with an event that somebody wants to add: its type is one of `FORMS`, and
    its facts are those of its type, no more and no fewer."""
    form = FORMS.get(event.type)
    if form is None:
        known = ", ".join(FORMS)
        fault = f"`type: {event.type}` is not known"
        return [ContentError(fault, file=file, remedy=f"Types are {known}")]
    found = [
        ContentError(_wrong(event.data, key), file=file, remedy=f"Write `{key}: {fact.example}`")
        for key, fact in form.items()
        if not fact.fits(event.data.get(key))
    ]
    for key in sorted(event.data.keys() - form.keys()):
        wanted = ", ".join(f"`{name}`" for name in form) or "nothing"
        remedy = f"Take it out; beside its head a `{event.type}` has {wanted}"
        found.append(ContentError(f"`{key}` means nothing here", file=file, remedy=remedy))
    if event.type == "translation" and event.data.get("of") == event.data.get("post"):
        remedy = "Write in `of` the post that it is a translation of"
        found.append(ContentError("a post is no translation of itself", file=file, remedy=remedy))
    if event.type == "label" and not found and not sound(event):
        remedy = "Write `add: [wages]` or `remove: [wages]`"
        found.append(ContentError("no label is named", file=file, remedy=remedy))
    return found


def _wrong(data: Data, key: str) -> str:
    return f"`{key}` is {data[key]!r}" if key in data else f"`{key}` is missing"


# -- files ------------------------------------------------------------------------------------


def path(tid: TopicId, event: TopicEvent) -> str:
    """The store-relative path of an event. Raises ValueError for what is no id."""
    text = f"topics/{tid[:2]}/{tid}/events/{event.at:%Y%m%dT%H%M%SZ}-{event.eid}.yaml"
    if not _PATH.fullmatch(text):
        raise ValueError(f"no ids of a topic and an event: {tid!r}, {event.eid!r}")
    return text


def parse_path(text: str) -> tuple[TopicId, str] | None:
    """The topic and the event's id that a path names; None when it is not the path of an event."""
    match = _PATH.fullmatch(text)
    return (TopicId(match[2]), match[4]) if match else None


def make(kind: str, *, at: datetime, by: str, data: Data | None = None) -> TopicEvent:
    """An event with an id made of its content, so that the same event twice is one file."""
    event = TopicEvent(kind, at.astimezone(UTC).replace(microsecond=0), by, dict(data or {}))
    digest = base64.b32encode(hashlib.sha256(encode(event)).digest()).decode("ascii").lower()
    return replace(event, eid=digest[:16])


def encode(event: TopicEvent) -> bytes:
    """The event's file; `decode` reads it back. Raises ValueError for a key that is no word."""
    if any(not _KEY.fullmatch(key) for key in event.data):
        raise ValueError(f"keys of an event are words: {sorted(event.data)}")
    values: dict[str, frontmatter.Value] = {
        "schema": Word(SCHEMA),
        "type": Word(event.type),
        "at": Word(f"{event.at.replace(tzinfo=None).isoformat()}Z"),
        "by": Word(event.by),
        **{key: value for key, value in sorted(event.data.items()) if key not in _HEAD},
    }
    return frontmatter.write_head(values).encode("utf-8", "replace")


_HEAD = ("schema", "type", "at", "by")


def decode(
    blob: bytes, *, eid: str = "", file: str = "", came: datetime | None = None
) -> TopicEvent:
    """The event in a file, whose name gives `eid`. Raises ContentError."""
    read = frontmatter.record(blob, SCHEMA, file=file)
    kind, by = read.word("type", _WORD), read.word("by", _BY)
    at = read.moment("at").replace(microsecond=0)
    return TopicEvent(kind, at, by, _data(read.values), eid, came)


def _data(values: Mapping[str, Node]) -> dict[str, str | tuple[str, ...]]:
    """The rest of an event: texts on one line, and lists of such; what is nested has no meaning."""
    data: dict[str, str | tuple[str, ...]] = {}
    for key, value in values.items():
        if key in _HEAD:
            continue
        if isinstance(value, str):
            data[key] = one_line(value, LONGEST_SUBJECT)
        elif isinstance(value, list):
            words = [one_line(item, LONGEST_SUBJECT) for item in value if isinstance(item, str)]
            data[key] = tuple(words[:_MOST_WORDS])
    return data
