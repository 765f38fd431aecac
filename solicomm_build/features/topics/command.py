"""Topics for `solicomm moderate`: acts on them, and events that have no effect."""

from __future__ import annotations

import click

from solicomm_build.features.topics import orders as topicorders
from solicomm_build.features.topics import unheeded
from solicomm_build.features.topics import writing as topicwriting
from solicomm_build.features.topics.commands import Order, Wrong, one, reference
from solicomm_build.features.topics.orders import Outcome, Written, order_of
from solicomm_build.features.topics.unheeded import Unheeded
from solicomm_build.foundation import timekeeping
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.people import grants
from solicomm_build.people.grant import Grants
from solicomm_build.people.memberstore import there
from solicomm_build.post.store.conferencetopics import Topics

OPERATOR = "operator"

_WHY = {
    unheeded.NOT_ALLOWED: "its author was no moderator there at that time",
    unheeded.NOT_SOUND: "it lacks what it needs",
    unheeded.NOT_READ: "it cannot be read",
    unheeded.EARLY: "it is dated in the future",
}
_FAULTS = {
    "no-topic": "There is no topic {name} in {conference}",
    "no-post": "No post of {conference} is called {name}",
    "many-posts": "Several posts of {conference} have an id that begins with {name}",
    "no-such-topic": "There is no topic {name} in {conference}",
    "same-topic": "A topic cannot become a part of itself",
    "same-post": "A post is no translation of itself",
    "no-conference": "There is no conference {name} in this hub",
    "same-conference": "The topic is in {name} already",
    "more-open": "What members write among themselves is not moved to {name}, which others read",
    "not-there": "The topic cannot be moved to {name}",
    "nothing-hidden": "No post of this topic is hidden",
    "many-hidden": "Several posts of this topic are hidden. Name one: {name}",
    "no-lang": "Say in which language it is, at the end, for example: fr",
    "not-so": "There is nothing to take back",
}
_NEEDS = {
    "title": "the new title",
    "labels": "labels, such as +wages -draft",
    "place": "the id of one conference",
    "topic": "one topic, by its whole id or link",
    "post": "one post, by its id or link",
    "lang": "the post, then a language such as fr",
    "more": "nothing more",
}


def act(hub: Config, name: str, conference: str, topic: str, more: tuple[str, ...]) -> str:
    """Does something to a topic; what was done, in words. Raises UsageError, HubError."""
    conference = there(hub, conference)
    known = grants.read(hub)
    topics = Topics(hub, conference, known)
    try:
        tid = _topic(topics, topic)
        order, written = _order(topics, name, more)
        now = timekeeping.believed(hub.state)
        outcome = topicorders.act(topics, order, tid, by=OPERATOR, now=now, written=written)
        title = topics.title(tid) or tid[:8]
    finally:
        topics.close()
    if outcome.fault:
        raise HubError(_FAULTS[outcome.fault].format(name=outcome.name, conference=conference))
    if outcome.already and outcome.before is not None:
        return f"{title}: so already, by {outcome.before.by} on {outcome.before.at:%d %B %Y %H:%M}"
    topicwriting.write(hub, conference, [outcome], known)
    return f"{title}: {name}{_before(outcome)}"


def _before(outcome: Outcome) -> str:
    before = outcome.before
    if before is None or before.by == OPERATOR:
        return ""
    return f" (before that, {before.by}: {_written(order_of(before))})"


def _topic(topics: Topics, word: str) -> TopicId:
    """The topic that a word names: a link, an address, an id, or the beginning of one."""
    start = reference(word) or word.lower()
    ids = {*topics.posts.values()}
    found = [start] if start in ids else sorted(tid for tid in ids if tid.startswith(start))
    if not found and topics.exists(start):
        found = [start]
    if len(found) != 1:
        how = "No topic" if not found else f"{len(found)} topics"
        raise HubError(f"{how} of {topics.conference} has an id that begins with {start}")
    return topics.home(found[0])


def _order(topics: Topics, name: str, more: tuple[str, ...]) -> tuple[Order, Written | None]:
    """The order of a command line; a summary and a translation name a post that is there."""
    if name in ("summary", "translation"):
        wanted = 1 if name == "summary" else 3
        if len(more) != wanted:
            what = "POST" if name == "summary" else "POST OF LANGUAGE"
            raise UsageError(f"Write `solicomm moderate {name} CONFERENCE TOPIC {what}`")
        post = _post(topics, more[0])
        rest = tuple(more[1:])
        about = _post(topics, rest[0]) if rest else ""
        return Order(name, about, rest[1:]), Written(PostId(post))
    words = [_full(topics, word) for word in more] if name not in ("retitle", "label") else more
    found = one(" ".join((name, *words)))
    if isinstance(found, Wrong):
        needs = _NEEDS.get(found.fault, "something else")
        raise UsageError(f"After TOPIC, {name} needs {needs}")
    return found, None


def _full(topics: Topics, word: str) -> str:
    """The whole id where a word is the beginning of one."""
    mid, _ = topics.place(word) if len(word) >= 6 else (None, "")
    return mid or word


def _post(topics: Topics, word: str) -> str:
    mid, fault = topics.place(reference(word) or word)
    if mid is None:
        raise HubError(_FAULTS[fault].format(name=word, conference=topics.conference))
    return mid


# -- events without effect ------------------------------------------------------------------------


def show(hub: Config, conference: str | None) -> int:
    """Lists the events that have no effect; how many there are."""
    found = _unheeded(hub, conference, grants.read(hub))
    for lost in found:
        what = f"{lost.event.type} by {lost.event.by}" if lost.event else "an event"
        reason = lost.fault or _WHY[lost.why]
        said = f": {_written(order_of(lost.event))}" if lost.event else ""
        click.echo(f"{lost.eid[:8]}  {lost.conference}: {what} has no effect{said}")
        click.echo(f"          topic {lost.tid[:8]}; because {reason}")
    return len(found)


def decide(hub: Config, wanted: str, start: str) -> bool:
    """Decides about the event whose id begins so; False when there is none."""
    known = grants.read(hub)
    found = unheeded.named(_unheeded(hub, None, known), start)
    if not found:
        return False
    if len(found) > 1:
        raise UsageError(f"{len(found)} events have an ID that begins with {start}")
    if wanted not in ("accept", "reject", "discard"):
        raise UsageError(f"`{wanted}` is for mail. For an event write accept, reject or discard")
    if wanted == "accept":
        unheeded.accept(hub, found[0], known, by=OPERATOR)
    else:
        unheeded.decide(hub, found[0], wanted, by=OPERATOR)
    what = found[0].event.type if found[0].event else "The event"
    how = "done in your name" if wanted == "accept" else f"{wanted}ed"
    click.echo(f"{what} in {found[0].conference}: {how}")
    return True


def _unheeded(hub: Config, conference: str | None, known: Grants) -> list[Unheeded]:
    names = [conference] if conference else sorted(p.stem for p in hub.conferences.glob("*.git"))
    called = [there(hub, name) for name in names]
    return [lost for name in called for lost in unheeded.unheeded(hub, name, known)]


def _written(order: Order) -> str:
    about = order.about[:8] if len(order.about) == 32 else order.about
    return " ".join(filter(None, (order.act, about, *order.words)))
