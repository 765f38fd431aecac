"""Whether a post that is on its way was hidden or taken away meanwhile.

Asked before each batch. While the list's log has not moved, the answer costs the reading of a ref;
the first time, for a courier that did not queue the post itself, that of its topic, which the copy
names.

The rules: docs/mail-rules.md#handing-over.
"""

from __future__ import annotations

import contextlib

from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.message import listcopy
from solicomm_build.post import post as post_file
from solicomm_build.post.store.poststore import event_folders, topic_state, unarchived_path


def is_withdrawn(reader: Reader, tid: TopicId | None, mid: PostId) -> bool:
    """Whether a moderator has hidden the post, or it was taken away. `tid` is None for a post that
    is on no page, which nobody can hide."""
    if tid is None:
        return False
    place, events = post_file.path(tid, mid), event_folders(tid)
    found = reader.oids_at(MAIN, [place, *events])
    if found[place] is None:
        return True
    return any(found[one] for one in events) and mid in topic_state(reader, tid).hidden


class Withdrawals:
    """Answers for the posts that are on their way, by the keys of their copies (listcopy.py)."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seen: dict[str, tuple[TopicId | None, Oid | None]] = {}

    def queued(self, key: str, tid: TopicId | None, tip: Oid | None) -> None:
        """A post went into the spool; at `tip` it was not withdrawn."""
        self._seen[key] = (tid, tip)

    def has(self, key: str, copy: bytes = b"") -> bool:
        """Whether the post was withdrawn, of which `copy` is what goes out. Where that cannot be
        read, it was not. Blocking."""
        name, _, mid = key.partition("/")
        with contextlib.suppress(SoliCommError):
            repo = open_repo(self._config.conference_repo(name))
            tip = repo.ref()
            known = self._seen.get(key)
            if known is not None and known[1] == tip:
                return False
            gone, tid = _look(repo, PostId(mid), known, copy)
            self._seen[key] = (tid, tip)
            return gone
        return False

    def forget(self, key: str) -> None:
        """The post is on its way no more."""
        self._seen.pop(key, None)


def _look(
    repo: Repo, mid: PostId, known: tuple[TopicId | None, Oid | None] | None, copy: bytes
) -> tuple[bool, TopicId | None]:
    """(whether it was withdrawn, its topic). Of a post that was moved since, or that names none,
    the topic is looked for among all."""
    with Reader(repo) as reader:
        if known is not None:
            return is_withdrawn(reader, known[0], mid), known[0]
        if reader.oid_at(MAIN, unarchived_path(mid)) is not None:
            return False, None
        tid = _named(copy, mid)
        if tid is not None and reader.oid_at(MAIN, post_file.path(tid, mid)) is not None:
            return is_withdrawn(reader, tid, mid), tid
        for entry in reader.tree(MAIN, "topics", recursive=True):
            found = post_file.parse_path(f"topics/{entry.path}")
            if found is not None and found[1] == mid:
                return is_withdrawn(reader, found[0], mid), found[0]
    return True, None


def _named(copy: bytes, mid: PostId) -> TopicId | None:
    """The topic that a copy of ours says its post is in, if it says any."""
    with contextlib.suppress(MessageError, ValueError):
        tid = TopicId(listcopy.topic_of(copy, mid))
        post_file.path(tid, mid)  # ids they are
        return tid
    return None
