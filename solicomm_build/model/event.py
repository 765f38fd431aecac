"""Topic events: what moderators do to a topic, and the state that they fold into.

Pure; imports frontmatter, yamlsafe and types. A post is never edited; an event is a small YAML file
`topics/<tt>/<tid>/events/<ts>-<eid>.yaml` beside it, `solicomm/event@1`:

    schema: solicomm/event@1
    type: retitle
    at: 2026-03-04T06:12:00Z
    by: p_7h2kq
    title: "Water: the new agreement"

Events fold in the order of (at, eid), each checked against the roles in force at that point; one
that was not allowed is ignored and can be shown to moderators. The last writer wins per field.
Types that are not known are kept and passed over. See docs/formats/topic-event.md.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from solicomm_build.errors import ContentError
from solicomm_build.model import frontmatter
from solicomm_build.model.frontmatter import Word
from solicomm_build.model.oneline import LONGEST_SUBJECT, one_line
from solicomm_build.types import PostId, TopicId
from solicomm_build.yamlsafe import Node

SCHEMA = "solicomm/event@1"

_ID = re.compile(r"[a-z2-7]{32}")
_PATH = re.compile(
    r"topics/([a-z2-7]{2})/(\1[a-z2-7]{30})/events/([0-9TZ]{16})-([a-z2-7]{8,32})\.yaml"
)
_WORD = re.compile(r"[a-z][a-z0-9-]{0,40}")
_BY = re.compile(r"[A-Za-z0-9_-]{1,40}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,40}")
_MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class TopicEvent:
    """One event. `eid` makes its file's name unique; `by` is a person id, never an address; `data`
    holds what its type needs: title, reason, label, post, topic.
    """

    type: str
    at: datetime
    by: str
    data: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    eid: str = ""

    @property
    def order(self) -> tuple[datetime, str]:
        """What events are sorted by."""
        return self.at, self.eid


@dataclass(slots=True)
class TopicState:
    """A topic after its events. Texts are plain; `splits` are the posts that begin topics of their
    own, `merged` the stored topics that belong to this one; `ignored` was not allowed or not sound.
    """

    pinned: bool = False
    closed_at: datetime | None = None
    title: str = ""
    labels: set[str] = field(default_factory=set)
    hidden: dict[PostId, str] = field(default_factory=dict)
    merged: set[TopicId] = field(default_factory=set)
    splits: set[PostId] = field(default_factory=set)
    ignored: list[TopicEvent] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether new posts are marked "arrived after closing"."""
        return self.closed_at is not None


May = Callable[[TopicEvent], bool]
"""Whether the event's author held the role for it when it was made."""


def everybody(event: TopicEvent) -> bool:
    """Allows all: for folds of events that were checked when they came in."""
    return True


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


def make(
    kind: str, *, at: datetime, by: str, data: Mapping[str, str | tuple[str, ...]] | None = None
) -> TopicEvent:
    """An event with an id made of its content, so that the same event twice is one file."""
    event = TopicEvent(kind, at.astimezone(UTC).replace(microsecond=0), by, dict(data or {}))
    digest = base64.b32encode(hashlib.sha256(encode(event)).digest()).decode("ascii").lower()
    return TopicEvent(event.type, event.at, event.by, event.data, digest[:16])


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


def decode(blob: bytes, *, eid: str = "", file: str = "") -> TopicEvent:
    """The event in a file, whose name gives `eid`. Raises ContentError."""
    try:
        text = blob.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ContentError("the text is not UTF-8", file=file, remedy="Save as UTF-8") from error
    values = frontmatter.read(text, file=file, first_line=1)
    if values.get("schema") != SCHEMA:
        remedy = f"Begin with `schema: {SCHEMA}`"
        raise ContentError("the schema is not known", file=file, line=1, remedy=remedy)
    kind = _head(values, "type", _WORD, file)
    by = _head(values, "by", _BY, file)
    return TopicEvent(kind, _when(values, file), by, _data(values), eid)


def _head(values: Mapping[str, Node], key: str, pattern: re.Pattern[str], file: str) -> str:
    value = values.get(key)
    if isinstance(value, str) and pattern.fullmatch(value):
        return value
    fault = f"`{key}` is {value!r}" if key in values else f"`{key}` is missing"
    raise ContentError(fault, file=file, remedy=f"Add `{key}: ...` as one plain word")


def _when(values: Mapping[str, Node], file: str) -> datetime:
    value = values.get("at")
    try:
        at = datetime.fromisoformat(value if isinstance(value, str) else "")
        if at.tzinfo is not None:
            return at.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        pass
    raise ContentError(f"`at` is {value!r}", file=file, remedy="Write `at: 2026-03-04T06:12:00Z`")


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


# -- fold -------------------------------------------------------------------------------------


def fold(events: Iterable[TopicEvent], may: May = everybody) -> TopicState:
    """The state of a topic after these events, in whatever order they come."""
    state = TopicState()
    for event in sorted(events, key=lambda event: event.order):
        change = _CHANGES.get(event.type)
        if change is None:
            continue
        if not may(event) or not change(state, event):
            state.ignored.append(event)
    return state


def _pin(state: TopicState, event: TopicEvent) -> bool:
    state.pinned = event.type == "pin"
    return True


def _close(state: TopicState, event: TopicEvent) -> bool:
    if event.type == "reopen":
        state.closed_at = None
    elif state.closed_at is None:
        state.closed_at = event.at
    return True


def _retitle(state: TopicState, event: TopicEvent) -> bool:
    title = event.data.get("title")
    if not isinstance(title, str) or not title:
        return False
    state.title = title
    return True


def _label(state: TopicState, event: TopicEvent) -> bool:
    add, remove = _words(event, "add"), _words(event, "remove")
    state.labels = {word for word in state.labels | add if word not in remove}
    return bool(add or remove)


def _words(event: TopicEvent, key: str) -> set[str]:
    value = event.data.get(key, ())
    return {word for word in ((value,) if isinstance(value, str) else value) if word}


def _hide(state: TopicState, event: TopicEvent) -> bool:
    post = _identifier(event, "post")
    if post is None:
        return False
    if event.type == "hide":
        reason = event.data.get("reason", "")
        state.hidden[PostId(post)] = reason if isinstance(reason, str) else ""
    else:
        state.hidden.pop(PostId(post), None)
    return True


def _merge(state: TopicState, event: TopicEvent) -> bool:
    topic = _identifier(event, "topic")
    if topic is None:
        return False
    state.merged.add(TopicId(topic))
    return True


def _split(state: TopicState, event: TopicEvent) -> bool:
    post = _identifier(event, "post")
    if post is None:
        return False
    state.splits.add(PostId(post))
    return True


def _identifier(event: TopicEvent, key: str) -> str | None:
    value = event.data.get(key)
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


_CHANGES: Mapping[str, Callable[[TopicState, TopicEvent], bool]] = {
    "pin": _pin,
    "unpin": _pin,
    "close": _close,
    "reopen": _close,
    "retitle": _retitle,
    "label": _label,
    "hide": _hide,
    "unhide": _hide,
    "merge": _merge,
    "split": _split,
}
