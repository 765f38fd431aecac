"""Hides a post for everybody: an event in its topic, and its copies out of the spool.

What was hidden before it went out goes to nobody (courier/fanout.py). Mail that waits in the spool
with it and others is withdrawn, and made anew without it (erasing.py::Waiting).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import grants
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.post.store import knownids, localevents, withdraw
from solicomm_build.post.store.bearing import Sought
from solicomm_build.post.store.conferencetopics import Placed
from solicomm_build.post.store.poststore import topic_events
from solicomm_build.post.store.topicplaces import elsewhere


@dataclass(frozen=True, slots=True)
class Redacted:
    """The post, how many mails with it did not go out because of this, and the ids that git has
    for its text: what was derived from these can be forgotten."""

    mid: PostId
    withdrawn: int
    objects: tuple[Oid, ...] = ()


def redact(
    config: Config, conference: str, word: str, *, reason: str, by: str, undo: bool = False
) -> Redacted:
    """Hides a post (or shows it again, which needs no reason), durable on return; the conference by
    a name that it had before, too. Raises HubError when there is none."""
    if not undo and not reason.strip():
        raise UsageError("Say why with --reason: the event beside the post keeps it")
    path = config.conference_repo(conference)
    if not path.exists():
        raise HubError(f"There is no conference {conference} in this hub")
    repo, conference = open_repo(path), path.stem
    tid, mid = found(config, repo, conference, word)
    kind, data = ("unhide", {"post": mid}) if undo else ("hide", {"post": mid, "reason": reason})
    made = topic_event.make(kind, at=_moment(repo, tid), by=by, data=data)
    subject = "Show a post again" if undo else "Hide a post"
    placed = Placed(tid, made)
    copies = elsewhere(config, conference, placed, mid, grants.read(config))
    for place, one in [(conference, placed), *copies]:
        where = open_repo(config.conference_repo(place))
        change = Change(localevents.place(where, one.path), one.text.encode("utf-8"))
        write_once(where, [change], message=compose(subject, Source="cli"), when=clock.now())
    if undo:
        return Redacted(mid, 0)
    return hold_back(config, conference, tid, mid)


def hold_back(config: Config, conference: str, tid: TopicId, mid: PostId) -> Redacted:
    """Takes copies of a hidden post out of what waits to go out. Safe to do again."""
    repo = open_repo(config.conference_repo(conference))
    with Reader(repo) as reader:
        there = reader.oid_at(MAIN, post_file.path(tid, mid))
    if there is None:
        return Redacted(mid, 0)
    ids = frozenset({_message_id(repo, tid, mid)})
    withdrawn = withdraw.from_out(config, Sought(frozenset({mid}), ids).bears)
    return Redacted(mid, withdrawn, (there,))


def _moment(repo: Repo, tid: TopicId) -> datetime:
    """Now, or a second after the topic's last event where that is not over yet: events of the same
    second have no order, and what is said last shall count."""
    moment = clock.now().replace(microsecond=0)
    soon = moment + timedelta(minutes=1)  # what bears a date far ahead is no measure
    with Reader(repo) as reader:
        times = [event.at for event in topic_events(reader, tid) if moment <= event.at <= soon]
    return max(times) + timedelta(seconds=1) if times else moment


def found(config: Config, repo: Repo, conference: str, word: str) -> tuple[TopicId, PostId]:
    """Where the one post is whose id, or the Message-ID of whose mail, this word is; the id may be
    shortened. Raises HubError when there is none, or more."""
    own = word.strip().strip("<>")
    starts = tuple(knownids.mids(config, own)) if "@" in own else (own.lower(),)
    with Reader(repo) as reader:
        those = [
            ids
            for entry in reader.tree(MAIN, "topics", recursive=True)
            if (ids := post_file.parse_path(f"topics/{entry.path}")) and ids[1].startswith(starts)
        ]
    if len(those) == 1:
        return those[0]
    how = "No post" if not those else f"{len(those)} posts"
    raise HubError(f"{how} of {conference} has an id that begins with {starts[0]}")


def _message_id(repo: Repo, tid: TopicId, mid: PostId) -> str:
    with Reader(repo) as reader:
        blob = reader.at(MAIN, post_file.path(tid, mid)) or b""
    return post_file.decode(blob).message_id
