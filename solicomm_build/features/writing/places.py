"""Where something may be written: a conference, or one of its topics. Blocking reads.

What is for members only is there for those who may read it; for everybody else there is nothing,
as where there is no such conference.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.msgid import own_id
from solicomm_build.message.split import split
from solicomm_build.post import post as posts
from solicomm_build.post.cells import hubmail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import knownids, mailstore, placesettings
from solicomm_build.post.store.poststore import topic_state
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.signedin import Session

_MID = re.compile(r"[a-z2-7]{32}")
_LARGEST = 256 * 1024
"""Octets of a message whose Message-ID is looked up. That of a larger one is written as ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """A conference, with a `topic` where something is answered. `title` is the topic's, `to` the
    post that is answered, whose `author` wrote `body`; `above` are the Message-IDs of the first
    post and of that one."""

    conference: Conference
    topic: TopicId | None = None
    title: str = ""
    to: PostId | None = None
    author: str = ""
    body: str = ""
    above: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The path of its page."""
        own = f"/conferences/{self.conference.id}/"
        return f"{own}t/{self.topic}/" if self.topic else own


class Places:
    """Of one hub. Safe for several threads."""

    def __init__(self, config: Config, readers: Readers) -> None:
        self._config, self._readers = config, readers
        self._settings = placesettings.conferences(config)

    def conference(self, name: str, session: Session | None) -> Conference | None:
        """A conference with pages that this person may read."""
        found = self._settings.now().get(name)
        may = session is not None and self._readers.may_read(session.member.number, name)
        if found is None or not found.has_pages:
            return None
        return found if found.visibility in placesettings.PUBLIC or may else None

    def topic(self, conference: Conference, tid: str, to: str) -> Place | None:
        """A topic of it; None where there is none. A `to` that is no post of it is none."""
        if not _MID.fullmatch(tid):
            return None
        with Reader(open_repo(self._config.conference_repo(conference.id))) as reader:
            names = [entry.path for entry in reader.tree(MAIN, f"topics/{tid[:2]}/{tid}/posts")]
            if not names:
                return None
            topic = TopicId(tid)
            asked = PostId(to) if f"{to}.md" in names else None
            first = PostId(tid) if f"{tid}.md" in names else PostId(names[0][:-3])
            root = _post(reader, topic, first)
            answered = _post(reader, topic, asked) if asked else None
            title = topic_state(reader, topic).title or (root.subject if root else "")
        chain = [PostId(tid), *([asked] if asked and asked != tid else ())]
        return Place(
            conference,
            topic,
            title,
            asked,
            answered.name if answered else "",
            answered.body if answered else "",
            self._ids(conference, chain),
        )

    def _ids(self, conference: Conference, mids: list[PostId]) -> tuple[str, ...]:
        """What mail programs call these posts: by the id that their copies had, so that threads
        hold together; ours where only the hub may know it."""
        ours = tuple(f"{mid}@post.solicomm.invalid" for mid in mids)
        if knownids.is_secret(conference):
            return ours
        with Reader(hubmail.repo_of(self._config, conference.id)) as reader:
            return tuple(
                _own_id(reader, conference.id, mid) or own
                for mid, own in zip(mids, ours, strict=True)
            )


def _post(reader: Reader, tid: TopicId, mid: PostId) -> posts.Post | None:
    path = posts.path(tid, mid)
    try:
        return posts.decode(reader.at(MAIN, path) or b"", file=path)
    except SoliCommError:
        return None


def _own_id(reader: Reader, conference: str, mid: PostId) -> str:
    for name in (mailstore.variant(mid, conference), str(mid)):
        oid = reader.oid_at(MAIN, mailstore.path(name))
        if oid is None:
            continue
        if reader.size(oid) > _LARGEST:
            return ""
        try:
            fields = split(reader.blob(oid)).named("message-id")
        except SoliCommError:
            return ""
        found = own_id(fields[0].value) if fields else ""
        is_plain = re.fullmatch(r"[!-;=?-~]{1,250}", found) is not None
        return found if is_plain and post_id(found) == mid else ""
    return ""
