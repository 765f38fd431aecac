"""The message of a post: the verbatim one, or one made of the post where no mail came with it.

A post of another hub (`Source: peer`) is here without its mail. What members get of it is made of
the post and says no more than its page: from the conference's own address with the author's name,
under the Message-ID that its hub told ours, else under one of ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from solicomm_build.courier import hooks, newposts
from solicomm_build.courier.newposts import NewPost
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.post import veiled
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.post import Post

MAIL, PEER = "mail", "peer"
SOURCES = (MAIL, PEER)
"""What `Source` says of posts that go out to members: came by mail, or from another hub."""
_ON_ITS_WAY = timedelta(minutes=10)
"""For so long after its post a message may be on its way from another machine."""


def message(
    config: Config,
    mail: HubMail,
    settings: Conference,
    reader: Reader,
    post: NewPost,
    commit: Commit,
) -> bytes | None:
    """The octets; None when there is no message of this post."""
    raw = _verbatim(mail, settings, post, commit)
    if raw is not None or commit.trailer("Source") != PEER:
        return raw
    kept = newposts.kept(reader, post)
    return of(config, settings, kept, post.mid, post.tid, commit.committed) if kept else None


def on_its_way(
    config: Config, mail: HubMail, settings: Conference, posts: Iterable[NewPost], commit: Commit
) -> NewPost | None:
    """The first of a commit's posts whose message may still come here, where cells have owners of
    their own: each repository of another machine comes by itself, and this place need not be among
    the first that have it."""
    if not config.cluster.divided or commit.trailer("Source") != MAIL:
        return None
    if clock.now() - commit.committed > _ON_ITS_WAY:
        return None
    missing = (one for one in posts if _verbatim(mail, settings, one, commit) is None)
    return next(missing, None)


def _verbatim(mail: HubMail, settings: Conference, post: NewPost, commit: Commit) -> bytes | None:
    name = commit.trailer("Raw")  # commits of long ago say it
    if name:
        return mail.raw(name, settings.id)
    return mail.message(post.mid, settings.id)


def of(
    config: Config,
    settings: Conference,
    kept: Post,
    mid: PostId,
    tid: TopicId | None,
    received: datetime,
) -> bytes:
    """The octets that are made of a post alone. Raises MessageError."""
    facts = list_facts(config, settings)
    own = hooks.message_id(config, mid) or kept.message_id
    return veiled.of_post(kept, facts, received, settings.languages[0], mid, tid, own=own)
