"""Topic events that moderators push: sound, in their own name, of now, and such that they count.

What is refused here would only be ignored by the pages, and be a riddle to its author.
"""

from __future__ import annotations

from dataclasses import dataclass

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed
from solicomm_build.gate import conferencefiles
from solicomm_build.gate.push import Place, Pusher
from solicomm_build.git.repo import Repo
from solicomm_build.people.grant import Grants
from solicomm_build.post import event as events
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.store import localevents


@dataclass(frozen=True, slots=True)
class Author:
    """Who pushes events: the name that stands in `by`, empty where there is none; `free` for the
    operator, who may have to bring in a history as it is."""

    name: str
    grants: Grants
    free: bool = False


def author_of(pusher: Pusher, place: Place) -> Author:
    """The person behind a push, as events call it."""
    if pusher.is_operator:
        return Author("operator", Grants(), free=True)
    from solicomm_build.people import grants
    from solicomm_build.people.rosterstore import RosterStore

    known = grants.read(place.config, own=True)
    store = RosterStore.of(place.config)
    try:
        return Author(grants.name_of(pusher.person, store.roster()), known)
    finally:
        store.close()


def check(blob: bytes, path: str, author: Author, place: Place) -> Findings:
    """An event that is new."""
    found = conferencefiles.check_event(blob, path)
    if found.faults or author.free:
        return found
    try:
        event = events.decode(blob, file=path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    fault = (
        _elsewhere(path, place) or _own(event, path, author) or _counts(event, path, author, place)
    )
    return Findings([fault]) if fault else found


def _elsewhere(path: str, place: Place) -> ContentError | None:
    """The fault of an event that lies where another hub's do, or the other way round."""
    is_elsewhere = localevents.is_elsewhere(Repo(place.config.conference_repo(place.id)))
    if path.startswith(events.LOCAL) == is_elsewhere:
        return None
    if is_elsewhere:
        fault = "this conference has its home at another hub"
        remedy = f"Add it as {events.LOCAL}{path}: it counts at this hub"
    else:
        fault = "this conference has its home here"
        remedy = f"Add it as {path.removeprefix(events.LOCAL)}"
    return ContentError(fault, file=path, remedy=remedy)


def _own(event: TopicEvent, path: str, author: Author) -> ContentError | None:
    if not author.name:
        fault = "you have no name here that may be in a repository"
        remedy = "Ask the hub's operator to make you a member, or for a token with a short name"
        return ContentError(fault, file=path, remedy=remedy)
    if event.by == author.name:
        return None
    fault = f"`by: {event.by}` is not you"
    return ContentError(fault, file=path, remedy=f"Write `by: {author.name}`")


def _counts(event: TopicEvent, path: str, author: Author, place: Place) -> ContentError | None:
    if event.type == "move":
        fault = "a topic is not moved by a push, since its posts go along"
        remedy = "Write `move` and the conference to the address of the topic"
        return ContentError(fault, file=path, remedy=remedy)
    if event.at - clock.now() > events.MOST_AHEAD:
        fault = "`at` is in the future"
        remedy = "Write the time of now, in UTC"
        return ContentError(fault, file=path, remedy=remedy)
    if not author.grants.may(author.name, place.id, event.at):
        fault = "you were no moderator here at that time, so it would have no effect"
        remedy = "Write the time of now, in UTC"
        return ContentError(fault, file=path, remedy=remedy)
    return None
