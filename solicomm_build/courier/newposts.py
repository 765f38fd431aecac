"""What the commits of a list bring that goes out to members: its posts, under which settings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.log import Changed, Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.post.store.poststore import unarchived_path

_UNARCHIVED = re.compile(r"unarchived/[^/]+/([a-z2-7]{32})")


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post to send on; `tid` and `blob` are None when it is not kept on pages."""

    mid: PostId
    tid: TopicId | None
    blob: Oid | None


def of(changes: tuple[Changed, ...]) -> Iterator[NewPost]:
    """The posts that a commit added."""
    for change in changes:
        if change.status != "A":
            continue
        if kept := post_file.parse_path(change.path):
            yield NewPost(mid=kept[1], tid=kept[0], blob=change.oid)
        elif sent := _UNARCHIVED.fullmatch(change.path):
            yield NewPost(PostId(sent[1]), None, None)


def settings_after(reader: Reader, commit: Commit, before: Conference | None) -> Conference | None:
    """The settings after a commit, given those before it. Faulty ones change nothing: a list waits
    until its settings are mended and then sends what came in between."""
    for change in commit.changes:
        if change.path == conference_file.FILE:
            return (decoded(reader.blob(change.oid)) or before) if change.oid else None
    return before


def decoded(blob: bytes | None) -> Conference | None:
    """The settings in a file; None when there are none, or they are faulty."""
    try:
        return conference_file.decode(blob) if blob else None
    except SoliCommError:
        return None


def kept(reader: Reader, post: NewPost) -> Post | None:
    """The post as the archive has it: its Message-ID, for a message that came without one, and its
    attachments."""
    if post.blob is None:
        return None
    try:
        return post_file.decode(reader.blob(post.blob))
    except SoliCommError:
        return None


def has(repo: Repo, commit: Oid, post: NewPost) -> bool:
    """Whether a list had the same message by then."""
    places = [unarchived_path(post.mid)]
    if post.tid is not None:
        places.append(post_file.path(post.tid, post.mid))
    with Reader(repo) as reader:
        return any(reader.oid_at(commit, place) is not None for place in places)
