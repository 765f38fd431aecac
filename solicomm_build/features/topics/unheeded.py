"""Topic events that have no effect: who wrote them might not, they lack something, or are not due.

Pages pass them over; moderators see them (`solicomm moderate`, and a mail). What was decided about
one lies in mail.git, `unheeded/<conference>/<eid>.json`: {"decision": accept, reject or discard,
"by": text, "at": time}. Accepting makes the same event in the name of who accepts; the file that
was ignored stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from solicomm_build.features.topics import orders as topicorders
from solicomm_build.features.topics import writing as topicwriting
from solicomm_build.features.topics.orders import Outcome, order_of
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.errors import HubError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.people.grant import Grants
from solicomm_build.post import conference as conference_file
from solicomm_build.post import event as events
from solicomm_build.post.cells import hubmail
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.store.conferencetopics import Placed, Topics

FOLDER = "unheeded"
NOT_ALLOWED, NOT_SOUND, NOT_READ, EARLY = "not-allowed", "not-sound", "not-read", "early"


@dataclass(frozen=True, slots=True)
class Unheeded:
    """One event without effect: `why` is one of the four words above; `event` is None for a file
    that cannot be read, of which `fault` says what is wrong."""

    conference: str
    path: str
    tid: TopicId
    eid: str
    why: str
    event: TopicEvent | None = None
    fault: str = ""


def unheeded(
    config: Config, conference: str, grants: Grants | Callable[[], Grants]
) -> list[Unheeded]:
    """The events of a conference that have no effect and that nobody decided about, in the order
    of their names. Roles are asked for only where there are events."""
    repo = open_repo(config.conference_repo(conference))
    if repo.ref() is None:
        return []
    found = []
    with Reader(repo) as reader:
        files = reader.each_file(MAIN, "topics")
        asked = [(ids, one) for one in files if (ids := events.parse_path(f"topics/{one.path}"))]
        if not asked or _is_of_another_hub(repo):
            return []
        decided = set(_decided(config, conference))
        known = grants() if callable(grants) else grants
        for ids, entry in asked:
            if ids[1] in decided:
                continue
            path = f"topics/{entry.path}"
            one = _looked(conference, path, ids, reader.blob(entry.oid), known)
            if one is not None:
                found.append(one)
    return sorted(found, key=lambda one: one.path)


def _is_of_another_hub(repo: Repo) -> bool:
    """What is done in a conference of another hub is that hub's to judge."""
    with Reader(repo) as reader:
        blob = reader.at(MAIN, conference_file.FILE)
    try:
        return bool(blob and conference_file.decode(blob).home)
    except SoliCommError:
        return False


def _looked(
    conference: str, path: str, ids: tuple[TopicId, str], blob: bytes, grants: Grants
) -> Unheeded | None:
    try:
        event = events.decode(blob, eid=ids[1], file=path)
    except SoliCommError as error:
        return Unheeded(conference, path, *ids, NOT_READ, fault=error.public)
    if event.type not in events.FORMS:
        return None  # a newer hub's
    why = ""
    if event.at - clock.now() > events.MOST_AHEAD:
        why = EARLY
    elif not events.sound(event):
        why = NOT_SOUND
    elif not grants.may(event.by, conference, event.since):
        why = NOT_ALLOWED
    return Unheeded(conference, path, *ids, why, event) if why else None


def accept(config: Config, one: Unheeded, grants: Grants, *, by: str) -> Outcome:
    """Makes the same event in the name of `by`; durable on return. Raises HubError for one that
    says nothing."""
    if one.event is None or not events.sound(one.event):
        raise HubError(f"{one.eid}: this event says nothing that could be done. Discard it")
    now = timekeeping.believed(config.state)
    if one.event.type == "move":
        topics = Topics(config, one.conference, grants)
        try:
            outcome = topicorders.act(topics, order_of(one.event), one.tid, by=by, now=now)
        finally:
            topics.close()
        if outcome.fault:
            raise HubError(f"{one.eid}: the topic cannot be moved ({outcome.fault})")
    else:
        made = events.make(one.event.type, at=now, by=by, data=one.event.data)
        outcome = Outcome(order_of(one.event), Placed(one.tid, made))
    topicwriting.write(config, one.conference, [outcome], grants)
    decide(config, one, "accept", by=by)
    return outcome


def decide(config: Config, one: Unheeded, decision: str, *, by: str) -> None:
    """Notes what was decided, so that nobody is asked again; durable on return."""
    facts = {"decision": decision, "by": by, "at": clock.now().isoformat()}
    change = Change(
        f"{FOLDER}/{one.conference}/{one.eid}.json", (json.dumps(facts) + "\n").encode()
    )
    message = compose("Decide about an event", Source="cli", Conference=one.conference)
    hubmail.write_once(config, [change], message=message, when=clock.now())


def _decided(config: Config, conference: str) -> Iterator[str]:
    repo = hubmail.repo_of(config, conference)
    if repo.ref() is None:
        return
    with Reader(repo) as reader:
        for entry in reader.tree(MAIN, f"{FOLDER}/{conference}"):
            if entry.path.endswith(".json"):
                yield entry.path.removesuffix(".json")


def named(found: Sequence[Unheeded], start: str) -> list[Unheeded]:
    """Those whose id begins like this."""
    return [one for one in found if one.eid.startswith(start.lower())]
