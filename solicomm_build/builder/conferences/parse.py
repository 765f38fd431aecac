"""What a post's blob says, for the index and for the page, with the memo in between.

A blob that cannot be read never stops a site: it becomes a stub that says so, and the fault is
reported with the build.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from solicomm_build.builder.apart import watching
from solicomm_build.builder.conferences.indexedpost import IndexedPost
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.types import Oid, PostId, TopicId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.message.text import markdown, spoken
from solicomm_build.post import post as posts
from solicomm_build.post import sounds
from solicomm_build.post.post import Post
from solicomm_build.post.reading import topicpages
from solicomm_build.post.store.hooks import references

PARSER_VERSION = "7"
"""Part of every page's key: raise it when rendering changes what a blob looks like."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A post ready to be shown; `html` is clean and final."""

    message_id: str
    lang: str
    attachments: tuple[tuple[str, str, str, int], ...]  # sha256, name, type, bytes
    notes: tuple[str, ...]
    html: str


HIDDEN = Parsed("", "", (), ("hidden",), "")
"""What is shown of a post that a moderator has hidden."""


def parse(blob: bytes) -> Parsed:
    """Renders a post's blob; a blob that is no post becomes a stub, never an exception."""
    post = _decoded(blob)
    return _parsed(post, _spoken(post))


def read(
    path: str, oid: Oid, blob: bytes, receipt: datetime, conference: str = ""
) -> tuple[IndexedPost, tuple[str, str]] | None:
    """What the index keeps of the post at `path`, and the memo's row for its blob; None when no
    post lies there. One that cannot be read, or that held the builder, is kept as such, and shown
    as a stub."""
    ids = posts.parse_path(path)
    if ids is None:
        return None
    mark, watch = _mark(conference, oid), watching.here()
    if watch.is_aside(mark):
        return _indexed(ids, oid, None, receipt, _parsed(None, ""))
    with watch.item(mark, len(blob)):
        hold("build", blob)
        post = _decoded(blob)
        lang = _spoken(post)
        return _indexed(ids, oid, post, receipt, _parsed(post, lang))


def _mark(conference: str, oid: str) -> str:
    """What the builder calls a post."""
    return f"post:{conference}/{oid}"


def _decoded(blob: bytes) -> Post | None:
    try:
        return posts.decode(blob)
    except SoliCommError:
        return None


def _spoken(post: Post | None) -> str:
    """The language of a post by its words; what its mail said of it is a hint."""
    return spoken.language(post.body, post.lang or "") if post else ""


def _indexed(
    ids: tuple[TopicId, PostId], oid: Oid, post: Post | None, receipt: datetime, parsed: Parsed
) -> tuple[IndexedPost, tuple[str, str]]:
    (tid, mid), memo = ids, (oid, _dump(parsed))
    cites = references(post.body) if post else ()
    weight = topicpages.weight(parsed.html, len(parsed.attachments) + len(cites))
    if post is None:
        nothing = IndexedPost(mid, tid, oid, receipt, None, "?", "?", "", (), weight=weight)
        return nothing, memo
    named = [*([post.in_reply_to] if post.in_reply_to else []), *reversed(post.references)]
    parents = tuple(dict.fromkeys(post_id(name) for name in named))
    indexed = IndexedPost(
        mid=mid,
        tid=tid,
        blob=oid,
        receipt=receipt,
        date=post.date,
        subject=post.subject,
        name=post.name,
        lang=parsed.lang,
        parents=tuple(parent for parent in parents if parent != mid),
        files=tuple(attachment.sha256 for attachment in post.attachments),
        answer=json.dumps(asdict(post.answer), ensure_ascii=False) if post.answer else "",
        speaks=any(sounds.is_sound(one.name, one.type) for one in post.attachments),
        weight=weight,
        cites=cites,
    )
    return indexed, memo


def _parsed(post: Post | None, lang: str) -> Parsed:
    if post is None:
        return Parsed("", "", (), ("unreadable",), "")
    return Parsed(
        message_id=post.message_id,
        lang=lang,
        attachments=tuple((a.sha256, a.name, a.type, a.bytes) for a in post.attachments),
        notes=post.notes,
        html=markdown.render(post.body),
    )


class Texts:
    """Parsed posts by blob id: from the memo when it knows them, else from git, and remembered.

    `fresh` holds what was not in the memo, for whoever may write it.
    """

    def __init__(self, db: sqlite3.Connection, reader: Reader) -> None:
        self._db = db
        self._reader = reader
        self.fresh: dict[str, str] = {}
        self._last: dict[str, Parsed] = {}  # a topic's feed shows what its page has just shown

    def many(self, blobs: Iterable[str]) -> dict[str, Parsed]:
        """The parsed posts of these blobs."""
        wanted = list(dict.fromkeys(blobs))
        known = ((blob, self._last.get(blob) or self._remembered(blob)) for blob in wanted)
        found = {blob: parsed for blob, parsed in known if parsed is not None}
        missing = [Oid(blob) for blob in wanted if blob not in found]
        for blob, data in zip(missing, self._reader.blobs(missing), strict=True):
            parsed = self._parsed(blob, data)
            found[blob] = parsed
            self.fresh[blob] = _dump(parsed)
        self._last = found
        return found

    def _parsed(self, blob: Oid, data: bytes) -> Parsed:
        mark, watch = _mark(self._reader.repo.path.stem, blob), watching.here()
        if watch.is_aside(mark):
            return _parsed(None, "")
        with watch.item(mark, len(data)):
            hold("build", data)
            return parse(data)

    def _remembered(self, blob: str) -> Parsed | None:
        row = self._db.execute("SELECT html FROM memo WHERE blob=?", (blob,)).fetchone()
        return _load(row[0]) if row else None


def _dump(parsed: Parsed) -> str:
    values = (parsed.message_id, parsed.lang, parsed.attachments, parsed.notes, parsed.html)
    return json.dumps([PARSER_VERSION, *values], ensure_ascii=False)


def _load(text: str) -> Parsed | None:
    version, message_id, lang, attachments, notes, html = json.loads(text)
    if version != PARSER_VERSION:
        return None
    files: Iterator[Any] = (tuple(attachment) for attachment in attachments)
    return Parsed(message_id, lang, tuple(files), tuple(notes), html)
