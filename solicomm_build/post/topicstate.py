"""What a topic is after its events: a fold, the same in whatever order they came.

Pure; imports event and types. Events fold in the order of (since when they count, what they say of
the time, eid). Each is checked against the roles in force at that point; one that was not allowed,
or lacks what it needs, has no effect and is kept in `ignored`, for moderators to see. The last one
wins, field by field. Types that are not known are passed over.

Which stored threads are read as one topic is decided by `bonds` over the events of the whole
conference, since a merge in one topic says something about another; which of them were moved out
of the conference by `leaves`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post.event import MOST_LABELS, UNKNOWN, TopicEvent, sound

May = Callable[[TopicEvent], bool]
"""Whether the event's author held the role for it when it was made."""


def everybody(event: TopicEvent) -> bool:
    """Allows all: for folds of events that were checked when they came in."""
    return True


@dataclass(frozen=True, slots=True)
class Summary:
    """A post that sums the topic up since `at`; `covers` says in words what of it."""

    post: PostId
    at: datetime
    covers: str = ""


@dataclass(frozen=True, slots=True)
class Translation:
    """A post says in `lang` what the post `of` says; known since `at`."""

    post: PostId
    of: PostId
    lang: str
    at: datetime


@dataclass(slots=True)
class TopicState:
    """A topic after its events. Texts are plain. `merged` are the stored topics that belong to this
    one, `splits` the posts that begin topics of their own, `moved` the conference it is in now;
    `summaries` are oldest first, `aliases` other versions of a post (blob ids). `ignored` was not
    allowed or not sound, `early` is dated in the future.
    """

    pinned: bool = False
    closed_at: datetime | None = None
    close_reason: str = ""
    title: str = ""
    labels: set[str] = field(default_factory=set)
    moved: str = ""
    hidden: dict[PostId, str] = field(default_factory=dict)
    summaries: list[Summary] = field(default_factory=list)
    answer: PostId | None = None
    translations: dict[PostId, Translation] = field(default_factory=dict)
    langs: dict[PostId, str] = field(default_factory=dict)
    aliases: dict[PostId, set[str]] = field(default_factory=dict)
    merged: set[TopicId] = field(default_factory=set)
    splits: set[PostId] = field(default_factory=set)
    ignored: list[TopicEvent] = field(default_factory=list)
    early: list[TopicEvent] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether new posts are marked "arrived after closing"."""
        return self.closed_at is not None


def fold(events: Iterable[TopicEvent], may: May = everybody) -> TopicState:
    """The state of a topic after these events, in whatever order they come."""
    state = TopicState()
    for event in sorted(events, key=lambda event: event.order):
        change = _CHANGES.get(event.type)
        if change is None:
            continue
        if event.early:
            state.early.append(event)
        if sound(event) and may(event):
            change(state, event)
        else:
            state.ignored.append(event)
    return state


def _text(event: TopicEvent, key: str) -> str:
    value = event.data.get(key, "")
    return value if isinstance(value, str) else ""


def _post(event: TopicEvent) -> PostId:
    return PostId(_text(event, "post"))


def _pin(state: TopicState, event: TopicEvent) -> None:
    state.pinned = event.type == "pin"


def _close(state: TopicState, event: TopicEvent) -> None:
    if event.type == "reopen":
        state.closed_at, state.close_reason = None, ""
    elif state.closed_at is None:
        state.closed_at, state.close_reason = event.since, _text(event, "reason")


def _retitle(state: TopicState, event: TopicEvent) -> None:
    state.title = _text(event, "title")


def _label(state: TopicState, event: TopicEvent) -> None:
    """Capitals make no other label; the newest spelling stays."""
    add, remove = _words(event, "add"), _words(event, "remove")
    kept = {label.casefold(): label for label in state.labels} | add
    wanted = [kept[name] for name in sorted(kept.keys() - remove.keys())]
    state.labels = set(wanted[:MOST_LABELS])


def _words(event: TopicEvent, key: str) -> dict[str, str]:
    value = event.data.get(key, ())
    return {word.casefold(): word for word in ((value,) if isinstance(value, str) else value)}


def _move(state: TopicState, event: TopicEvent) -> None:
    state.moved = _text(event, "to")


def _hide(state: TopicState, event: TopicEvent) -> None:
    if event.type == "hide":
        state.hidden[_post(event)] = _text(event, "reason")
    else:
        state.hidden.pop(_post(event), None)


def _merge(state: TopicState, event: TopicEvent) -> None:
    topic = TopicId(_text(event, "topic"))
    (state.merged.add if event.type == "merge" else state.merged.discard)(topic)


def _split(state: TopicState, event: TopicEvent) -> None:
    (state.splits.add if event.type == "split" else state.splits.discard)(_post(event))


def _summary(state: TopicState, event: TopicEvent) -> None:
    post = _post(event)
    state.summaries = [one for one in state.summaries if one.post != post]
    if event.type == "summary":
        state.summaries.append(Summary(post, event.since, _text(event, "covers")))


def _answer(state: TopicState, event: TopicEvent) -> None:
    if event.type == "answer":
        state.answer = _post(event)
    elif state.answer == _post(event):
        state.answer = None


def _translation(state: TopicState, event: TopicEvent) -> None:
    post = _post(event)
    state.translations.pop(post, None)
    if event.type == "translation":
        of, lang = PostId(_text(event, "of")), _text(event, "lang")
        if of == post:
            return
        state.translations[post] = Translation(post, of, lang, event.since)


def _lang(state: TopicState, event: TopicEvent) -> None:
    if _text(event, "lang") == UNKNOWN:
        state.langs.pop(_post(event), None)
    else:
        state.langs[_post(event)] = _text(event, "lang")


def _alias(state: TopicState, event: TopicEvent) -> None:
    state.aliases.setdefault(_post(event), set()).add(_text(event, "blob"))


_CHANGES: Mapping[str, Callable[[TopicState, TopicEvent], None]] = {
    "pin": _pin,
    "unpin": _pin,
    "close": _close,
    "reopen": _close,
    "retitle": _retitle,
    "label": _label,
    "move": _move,
    "hide": _hide,
    "unhide": _hide,
    "merge": _merge,
    "unmerge": _merge,
    "split": _split,
    "unsplit": _split,
    "summary": _summary,
    "unsummary": _summary,
    "answer": _answer,
    "unanswer": _answer,
    "translation": _translation,
    "untranslation": _translation,
    "lang": _lang,
    "alias": _alias,
}


# -- which stored threads are one topic -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bonds:
    """What moderators said about topics as such: `merged` is where a stored topic belongs,
    `splits` are the posts that begin topics of their own."""

    merged: Mapping[TopicId, TopicId] = field(default_factory=dict)
    splits: frozenset[PostId] = frozenset()


def bonds(events: Iterable[tuple[TopicId, TopicEvent]], may: May = everybody) -> Bonds:
    """The bonds after the events of a conference, each with the stored topic it lies in. The last
    word on a stored topic, or on a post, counts; `unmerge` and `unsplit` may lie anywhere."""
    merged: dict[TopicId, TopicId] = {}
    splits: set[PostId] = set()
    for tid, event in sorted(events, key=lambda pair: (pair[1].order, pair[0])):
        if event.type not in BINDING or not sound(event) or not may(event):
            continue
        match event.type:
            case "merge":
                merged[TopicId(_text(event, "topic"))] = tid
            case "unmerge":
                merged.pop(TopicId(_text(event, "topic")), None)
            case "split":
                splits.add(_post(event))
            case _:
                splits.discard(_post(event))
    return Bonds(merged, frozenset(splits))


BINDING = frozenset({"merge", "unmerge", "split", "unsplit"})
"""Types of events that say which stored threads are one topic."""


# -- which stored threads are read elsewhere --------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leave:
    """A stored topic is read in the conference `to`, as the last move calls it, and not here any
    more `since` then."""

    to: str
    since: datetime


def leaves(
    events: Iterable[tuple[TopicId, TopicEvent]],
    is_here: Callable[[str], bool],
    may: May = everybody,
) -> dict[TopicId, Leave]:
    """What moderators moved out of a conference, after its events, each with the topic it is about.
    `is_here` says of a name whether it is, or was, that of the conference. Who is moved on stays
    away since the first move; who is moved back is here again."""
    found: dict[TopicId, Leave] = {}
    for tid, event in sorted(events, key=lambda pair: (pair[1].order, pair[0])):
        if event.type != "move" or not sound(event) or not may(event):
            continue
        to = _text(event, "to")
        if is_here(to):
            found.pop(tid, None)
        else:
            first = found[tid].since if tid in found else event.since
            found[tid] = Leave(to, first)
    return found
