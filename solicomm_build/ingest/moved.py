"""Answers to a topic that moderators moved to another conference go there
(features/topics/move.py).

Costs two looks at a folder for an answer to a topic to which nobody did anything, and nothing for a
post that begins one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judged
from solicomm_build.message.msgid import topic_of
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.people import grants
from solicomm_build.post import post as post_file
from solicomm_build.post import topicstate
from solicomm_build.post.conference import Conference
from solicomm_build.post.policy import UNPROVEN
from solicomm_build.post.store import answered, localevents, topicplaces

_MOST = 5  # conferences that a topic is followed through
_FAR = 30  # posts that are looked at for where an answer belongs
_LENIENT = frozenset({"nonmember", "not-addressed", "first-posts", "announce", UNPROVEN})


def destination(stores: HubStores, conference: str, above: Sequence[PostId], tid: TopicId) -> str:
    """The conference where an answer to a stored topic, and there to `above` (the nearest last),
    belongs now; mostly the same one."""
    at = conference
    for _ in range(_MOST):
        to = _next(stores, at, above, tid)
        if not to or to == conference or topicplaces.reveals(stores.config, at, to):
            return at
        at = to
    return at


def _next(stores: HubStores, conference: str, above: Sequence[PostId], tid: TopicId) -> str:
    try:
        posts = stores.posts(conference)
    except SoliCommError:
        return ""
    chain = [*reversed(above)]
    for thread in _threads(stores, conference, above, tid):
        if events := posts.events(thread):
            break
        chain.append(PostId(thread))
    else:
        return ""
    known = grants.read(stores.config, settled=True)
    state = topicstate.fold(events, lambda one: known.may(one.by, conference, one.since))
    for mid in chain:
        if mid in state.splits and mid != PostId(thread):
            apart = posts.events(TopicId(mid))
            state = topicstate.fold(apart, lambda one: known.may(one.by, conference, one.since))
            break
    to = formernames.current(stores.config.private, stores.config.conferences, state.moved)
    if to == conference or not stores.config.conference_repo(to).exists():
        return ""
    return to if localevents.is_meant(stores.config, conference, to, [thread]) else ""


def _threads(
    stores: HubStores, conference: str, above: Sequence[PostId], tid: TopicId
) -> Iterator[TopicId]:
    """The stored topic of an answer. Programs cut References: where what that is called by is not
    the first post of a topic here, also those of the posts that it leads back to, as far as their
    mail is here, the nearest first."""
    yield tid
    own = post_file.path(tid, PostId(tid))
    if not stores.is_own(conference) or stores.posts(conference).at(own) is not None:
        return
    found, todo = {str(tid)}, [*dict.fromkeys(reversed(above))]
    for _ in range(_FAR):
        if not todo or len(found) > _FAR:
            return
        mid = todo.pop(0)
        raw = stores.mail.message(mid, conference)
        further = _ancestors(raw, mid, stores.config) if raw is not None else []
        todo += [PostId(one) for one in further if one not in found]
        for one in (str(mid), *further):
            if one not in found:
                found.add(one)
                yield TopicId(one)


def _ancestors(raw: bytes, mid: PostId, config: Config) -> list[str]:
    """The posts that a message names, the nearest first, and the topic whose address it went to."""
    try:
        topic = topic_of(parse(raw[: split(raw).end] + b"\r\n"), mid)
        named = reversed([*answered.ancestors(raw, config)])
    except MessageError:
        return []
    return [*map(str, named), *({str(topic)} - {str(mid)})]


def sent_on(item: Item, conference: str, to: str, config: Config) -> tuple[str, Item]:
    """The conference in another cell that an answer to `conference` goes to, and the answer."""
    address = f"{to}@{config.domain}"
    envelope = replace(item.envelope, rcpt_tos=(address,), moved_from=conference)
    return to, replace(item, envelope=envelope)


def allowed(there: Judged, here: Judged, conference: Conference) -> Judged:
    """The verdict on an answer in the new place: who might write to the topic still may, unless
    every post is looked at first there."""
    if there.verdict.rule not in _LENIENT:
        return there
    if there.verdict.rule == UNPROVEN and conference.posting == "moderated":
        return there
    return replace(there, verdict=here.verdict)
