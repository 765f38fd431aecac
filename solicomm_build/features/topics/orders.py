"""A moderator's orders about a topic, as the events they make. Looks only; who calls it writes.

The desk (by mail) and `solicomm moderate` use it alike. An order that was carried out by somebody
else before makes no event, and says who that was. Where an event lies: docs/formats/topic-event.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from solicomm_build.features.topics import asread
from solicomm_build.features.topics.commands import Order
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post import topicstate
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.store import topicplaces
from solicomm_build.post.store.conferencetopics import Placed, Topics

Facts = dict[str, str | tuple[str, ...]]
"""What an event says, as in its file."""

_PAIRS = {
    "pin": "unpin",
    "unpin": "pin",
    "close": "reopen",
    "reopen": "close",
    "merge": "unmerge",
    "unmerge": "merge",
    "split": "unsplit",
    "unsplit": "split",
    "hide": "unhide",
    "unhide": "hide",
    "summary": "unsummary",
    "answer": "unanswer",
    "unanswer": "answer",
    "translation": "untranslation",
}
"""What takes an act back."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A topic that shall be copied from one conference into another (topicmove.py)."""

    source: str
    to: str
    tid: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an order leads to: an event, or that it is so `already`, or a `fault` (a word such
    as `no-topic`). `before` is what somebody said last of the same thing; `undo` takes it back;
    `post` is the post it is about, `name` what a fault is about. A move has `others`, events in
    other conferences."""

    order: Order
    placed: Placed | None = None
    already: bool = False
    before: TopicEvent | None = None
    undo: Order | None = None
    fault: str = ""
    name: str = ""
    post: PostId | None = None
    move: Moving | None = None
    others: tuple[tuple[str, Placed], ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A post that an order brings with it (a summary, a translation): its id and its language."""

    mid: PostId
    lang: str = ""
    answers: str = ""
    """The post that it answers."""


def act(
    topics: Topics,
    order: Order,
    tid: TopicId,
    *,
    by: str,
    now: datetime,
    written: Written | None = None,
    earlier: Sequence[Placed] = (),
) -> Outcome:
    """What an order about the topic `tid` leads to, after the `earlier` ones of one mail."""
    kind = order.act
    if not topics.exists(tid):
        return Outcome(order, fault="no-topic", name=tid)
    if kind == "move":
        return _move(topics, order, tid, by, now)
    wanted = _wanted(topics, order, tid, written)
    if isinstance(wanted, Outcome):
        return wanted
    folder, data = wanted
    if order.why:
        data.setdefault("reason", order.why)
    subject = data.get("post") or data.get("topic") or ""
    before = topics.last(tid, kind, str(subject))
    post = PostId(str(data["post"])) if "post" in data else None
    if _is_so(before, kind, data):
        return Outcome(order, already=True, before=before, post=post)
    if before is None and (kind.startswith("un") or kind == "reopen"):
        return Outcome(order, fault="not-so", name=str(subject), post=post)
    at = _moment(topics, folder, now, [one.event for one in earlier])
    made = events.make(kind, at=at, by=by, data=data)
    undo = _undo(topics, order, tid, before, data)
    placed = Placed(folder, made)
    others: tuple[tuple[str, Placed], ...] = ()
    if kind in ("hide", "unhide") and post is not None:
        others = tuple(
            topicplaces.elsewhere(topics.config, topics.conference, placed, post, topics.grants)
        )
    return Outcome(order, placed, before=before, undo=undo, post=post, others=others)


def _wanted(
    topics: Topics, order: Order, tid: TopicId, written: Written | None
) -> tuple[TopicId, Facts] | Outcome:
    """Where the event of an order lies, and its facts."""
    match order.act:
        case "retitle":
            return tid, {"title": order.words[0]}
        case "label":
            return tid, _labels(order.words)
        case "merge" | "unmerge":
            return _merge(topics, order, tid)
        case "pin" | "unpin" | "close" | "reopen":
            return tid, {}
        case "summary" | "translation":
            return _texted(topics, order, tid, written)
        case "unhide" if not order.about:
            return _hidden(topics, order, tid)
    mid, fault = topics.place(order.about)
    if mid is None:
        return Outcome(order, fault=fault, name=order.about)
    data: Facts = {"post": mid}
    if order.act == "lang":
        data["lang"] = order.words[0]
    if order.act in ("hide", "unhide") and order.words:
        data["reason"] = order.words[0]
    return topics.posts[mid], data


def _texted(
    topics: Topics, order: Order, tid: TopicId, written: Written | None
) -> tuple[TopicId, Facts] | Outcome:
    if written is None:
        return Outcome(order, fault="no-post", name=order.about)
    if order.act == "summary":
        return tid, {"post": written.mid}
    word = order.about or written.answers or tid
    of, fault = topics.place(word)
    if of is None:
        return Outcome(order, fault=fault, name=word)
    if of == written.mid:
        return Outcome(order, fault="same-post", name=word)
    lang = order.words[0] if order.words else written.lang
    if not lang:
        return Outcome(order, fault="no-lang")
    return topics.posts[of], {"post": written.mid, "of": of, "lang": lang}


def _hidden(topics: Topics, order: Order, tid: TopicId) -> tuple[TopicId, Facts] | Outcome:
    """The one post of the topic that is hidden."""
    threads = topics.threads(tid)
    state = topicstate.fold((p.event for p in topics.events if p.tid in threads), topics.may)
    if len(state.hidden) != 1:
        fault = "many-hidden" if state.hidden else "nothing-hidden"
        return Outcome(order, fault=fault, name=" ".join(sorted(state.hidden)))
    mid = next(iter(state.hidden))
    return topics.posts.get(mid, tid), {"post": mid}


def _merge(topics: Topics, order: Order, tid: TopicId) -> tuple[TopicId, Facts] | Outcome:
    """What is read in another conference is not joined to what is read here: all of it would be
    shown nowhere."""
    other = TopicId(order.about)
    is_there = topics.exists(other)
    if is_there and order.act == "merge":
        is_there = all(_is_here(topics, one) for one in (tid, other))
    if not is_there:
        return Outcome(order, fault="no-such-topic", name=order.about)
    if order.act == "merge" and (other == tid or topics.home(tid) == other):
        return Outcome(order, fault="same-topic", name=order.about)
    return tid, {"topic": other}


def _is_here(topics: Topics, tid: TopicId) -> bool:
    """Whether a topic is read in its own conference."""
    config, here = topics.config, topics.conference
    threads = topics.threads(topics.home(tid))
    return all(topicplaces.location(config, here, one, topics.grants) == here for one in threads)


def _move(topics: Topics, order: Order, tid: TopicId, by: str, now: datetime) -> Outcome:
    """A move: from where the topic is now, which may be elsewhere, to where it shall be. Who
    does not look after a conference of members only is told that there is none."""
    to, at = order.about, topicplaces.location(topics.config, topics.conference, tid, topics.grants)
    before = topics.last(tid, "move", "")
    if to == at:
        if before is None:
            return Outcome(order, fault="same-conference", name=to)
        return Outcome(order, already=True, before=before)
    if topicplaces.visibility(topics.config, to) is None:
        return Outcome(order, fault="no-conference", name=to)
    if topicplaces.reveals(topics.config, at, to):
        return Outcome(order, fault="more-open", name=to)
    for place in (at, to):
        if not topics.grants.may(by, place, now):
            is_secret = topicplaces.visibility(topics.config, place) in ("members", "encrypted")
            return Outcome(order, fault="no-conference" if is_secret else "not-there", name=place)
    made = Placed(tid, _moving(topics, order, tid, by, now))
    return Outcome(
        order,
        made,
        before=before,
        undo=Order("move", at),
        move=Moving(at, to, tid),
        others=tuple(_said_elsewhere(topics, made, at, to)),
    )


def _said_elsewhere(topics: Topics, made: Placed, at: str, to: str) -> Iterator[tuple[str, Placed]]:
    """That a topic moves, said of all that is read in it, and wherever it is known to have been
    elsewhere: what is not said to go stays, and is mailed to who shall not read on."""
    here, places = topics.conference, [topics.conference]
    threads = asread.of(topics, made.tid).threads
    if at != here:
        places.append(at)
        with closing(Topics(topics.config, at, topics.grants)) as there:
            threads |= asread.of(there, made.tid).threads
    left = topicplaces.moved_to(topics.config, to, made.tid, topics.grants)
    if to != here and left not in ("", to):
        places.append(to)
    for place in places:
        for tid in sorted(threads):
            if (place, tid) != (here, made.tid):
                yield place, replace(made, tid=tid)


def _moving(topics: Topics, order: Order, tid: TopicId, by: str, now: datetime) -> TopicEvent:
    data = {"to": order.about} | ({"reason": order.why} if order.why else {})
    return events.make("move", at=_moment(topics, tid, now, ()), by=by, data=data)


def _is_so(before: TopicEvent | None, act: str, data: Facts) -> bool:
    """Whether what was said last is what shall be said now."""
    if act == "label" or before is None:
        return False
    if act in ("hide", "unhide", "close", "reopen"):
        return before.type == act
    return before.type == act and _said(before.data) == _said(data)


def _said(data: Mapping[str, str | tuple[str, ...]]) -> Facts:
    return {key: value for key, value in data.items() if key != "reason"}


def _moment(topics: Topics, tid: TopicId, now: datetime, more: Iterable[TopicEvent]) -> datetime:
    """Now, or a second after the last event of this topic that is not over yet: what is said
    last shall count, also within a second."""
    now = now.replace(microsecond=0)
    soon = now + timedelta(minutes=1)
    there = [one.event for one in topics.events if one.tid == tid]
    times = [one.at for one in (*there, *more) if now <= one.at <= soon]
    return max(times) + timedelta(seconds=1) if times else now


def _undo(
    topics: Topics,
    order: Order,
    tid: TopicId,
    before: TopicEvent | None,
    data: Facts,
) -> Order | None:
    act, about = order.act, str(data.get("post") or data.get("topic") or "")
    if act == "retitle":
        title = topics.title(tid)
        return Order("retitle", words=(title,)) if title else None
    if act == "label":
        taken = [f"+{word}" for word in data.get("remove", ())]
        return Order("label", words=(*taken, *(f"-{word}" for word in data.get("add", ()))))
    if act == "lang":
        known = str(before.data.get("lang", "")) if before else ""
        return Order("lang", about, (known or events.UNKNOWN,))
    return Order(_PAIRS[act], about) if act in _PAIRS else None


def _labels(words: Sequence[str]) -> Facts:
    """`water +wages -old`: what is added and what is taken away."""
    remove = tuple(dict.fromkeys(word[1:] for word in words if word.startswith("-")))
    add = tuple(dict.fromkeys(word.removeprefix("+") for word in words if word[0] != "-"))
    data: Facts = {}
    if add:
        data["add"] = add
    if remove:
        data["remove"] = remove
    return data


def back(event: TopicEvent, topics: Topics, tid: TopicId) -> Order | None:
    """What takes an event of the topic `tid` back; None where nothing can."""
    if event.type == "label":
        own = order_of(event)
        turned = (("-" if word[0] == "+" else "+") + word[1:] for word in own.words)
        return Order("label", words=tuple(turned))
    if event.type in ("retitle", "lang"):
        return _former(event, topics, tid)
    return Order(_PAIRS[event.type], event.subject) if event.type in _PAIRS else None


def _former(event: TopicEvent, topics: Topics, tid: TopicId) -> Order | None:
    """The title, or what was noted of a post's language, as it was before an event."""
    threads, key = topics.threads(tid), "title" if event.type == "retitle" else "lang"
    there = (one for one in topics.events if event.type == "lang" or one.tid in threads)
    those = [one.event for one in there if one.event.type == event.type]
    before = [one for one in those if one.order < event.order and one.subject == event.subject]
    said = next((str(one.data.get(key, "")) for one in reversed(before) if topics.may(one)), "")
    if not said and event.type == "lang":
        said = events.UNKNOWN
    if not said:
        mid = PostId(event.subject or tid)
        blob = topics.at(posts.path(topics.posts.get(mid, tid), mid))
        said = _own(blob) if blob else ""
    if not said:
        return None
    return Order(event.type, event.subject, (said,))


def _own(blob: bytes) -> str:
    """What a post is called itself."""
    try:
        return posts.decode(blob).subject
    except SoliCommError:
        return ""


def order_of(event: TopicEvent) -> Order:
    """An event as the order that would make it, to show what somebody did."""
    said = event.data
    if event.type == "retitle":
        return Order("retitle", words=(str(said.get("title", "")),))
    if event.type == "label":
        add, remove = said.get("add", ()), said.get("remove", ())
        plus = (add,) if isinstance(add, str) else add
        minus = (remove,) if isinstance(remove, str) else remove
        return Order("label", words=(*(f"+{w}" for w in plus), *(f"-{w}" for w in minus)))
    if event.type == "move":
        return Order("move", str(said.get("to", "")))
    lang = said.get("lang", "")
    words = (lang,) if event.type in ("lang", "translation") and isinstance(lang, str) else ()
    reason = said.get("reason", "")
    if event.type == "hide" and isinstance(reason, str) and reason:
        words = (reason,)
    return Order(event.type, event.subject, words)
