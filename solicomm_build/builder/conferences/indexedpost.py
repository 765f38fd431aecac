"""What the index keeps of a post, and a post's file that is gone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from solicomm_build.builder.conferences import threads
from solicomm_build.foundation.types import PostId, TopicId


class IndexedPost(NamedTuple):
    """What the index keeps of a post. `date` is what the author's clock said (None when unusable),
    `receipt` when this hub got it, both UTC; `parents` are the mids it answers, nearest
    first, `hub` is the hub that it was written at, empty for this one. A named tuple because it
    comes out of a child."""

    mid: PostId
    tid: TopicId
    blob: str
    receipt: datetime
    date: datetime | None
    subject: str
    name: str
    lang: str
    parents: tuple[str, ...]
    files: tuple[str, ...] = ()  # SHA-256 of its attachments
    answer: str = ""  # what it says to a form, as JSON
    speaks: bool = False  # whether a file of it is a recording
    weight: int = 0  # octets it takes on a page, about (post/reading/topicpages.py)
    hub: str = ""
    cites: tuple[str, ...] = ()  # references such as lib:2026-7qk3xa2m (post/store/hooks.py)

    @property
    def mentions(self) -> tuple[int, ...]:
        """The Message-IDs it names as numbers, its own and its stored thread's included."""
        return tuple({threads.mention(mid) for mid in (self.mid, self.tid, *self.parents)})

    @property
    def seeks(self) -> bool:
        """Whether it looks for its topic by subject: a "Re:" that names nobody."""
        return not self.parents and str(self.tid) == self.mid and threads.is_reply(self.subject)


class Gone(NamedTuple):
    """A post's file that is there no more."""

    mid: PostId
    tid: TopicId


def encode(post: IndexedPost) -> str:
    """A post as one line of JSON."""
    row = post._asdict()
    row["receipt"], row["date"] = post.receipt.isoformat(), post.date and post.date.isoformat()
    return json.dumps(row, ensure_ascii=False)


def decode(text: str) -> IndexedPost:
    """The post that `encode` made a line of."""
    row = json.loads(text)
    row["receipt"] = datetime.fromisoformat(row["receipt"])
    row["date"] = datetime.fromisoformat(row["date"]) if row["date"] else None
    for name in ("parents", "files", "cites"):
        row[name] = tuple(row[name])
    return IndexedPost(**row)
