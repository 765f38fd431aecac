"""Where a message goes: is it there already, under which name is it kept, is its id taken.

The rules: a message is the same when its Message-ID and its content hash are, in the same
conference; then nothing is added. Another message with a Message-ID that the conference has
already, in whatever topic and however it came there, is kept under an id of its own, with the note
`mid_conflict`. Lists change what they pass on, so two conferences may have different versions of
one message; each keeps its own. A text from a page of ours is the same when its Message-ID is,
which is made of the text with a key of the hub's: sent again at another machine it has another
date.

Everything here is looked up under the locks of mail.git and of the conference, and depends on
nothing but what is durable or waits in the same batch: done again after a crash it ends the same.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.git.writer import Change
from solicomm_build.ingest import reading
from solicomm_build.ingest.reading import Reading
from solicomm_build.message import address
from solicomm_build.message.msgid import Ids, conflict_id, content_hash
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.parse import parse
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import AttachmentRules
from solicomm_build.post.post import Post
from solicomm_build.post.store import mailstore
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import Addition, PostStore, unarchived_path

CONFLICT = "mid_conflict"
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """What to do with a message: `keep_as` names it in mail.git, None when it is kept there.

    `known` is True when the conference has the post: then there is nothing to do. `is_repeated`
    says that the words of the message whose id it has came again, with other fields around them.
    """

    reading: Reading
    keep_as: str | None
    known: bool
    conflict: bool = False
    is_repeated: bool = False


def place(
    raw: bytes,
    read: Reading,
    *,
    conference: str,
    rules: AttachmentRules,
    mail: MailStore,
    posts: PostStore,
    ids: Ids | None,
    is_written: bool = False,
) -> Place:
    """Finds the place of a message that reads as `read`, by the same `ids`; `is_written` says that
    it is a text from a page of ours. Raises MessageError."""
    name = mail.find(read.mid, conference)
    if name is None:
        return _first(
            raw, read, conference=conference, rules=rules, mail=mail, posts=posts, ids=ids
        )
    stored = mail.raw(name) or b""
    is_same = stored == raw
    canonical = read if is_same else _same(stored, raw, read, rules, ids, is_written=is_written)
    if canonical is not None and not _is_another(posts, canonical):
        known = _is_there(posts, canonical) or posts.knows(canonical.mid)
        return Place(canonical, None, known=known)
    if canonical is None and name == read.mid and not _has_seen(stored, read, posts, rules, ids):
        return Place(read, mailstore.variant(read.mid, conference), known=False)
    apart = _apart(raw, read, conference=conference, rules=rules, mail=mail, posts=posts, ids=ids)
    return replace(apart, is_repeated=_said(stored) == _said(raw))


def _first(
    raw: bytes,
    read: Reading,
    *,
    conference: str,
    rules: AttachmentRules,
    mail: MailStore,
    posts: PostStore,
    ids: Ids | None,
) -> Place:
    """The place of a message that mail.git does not have: the conference may have a post of its id
    all the same, which somebody pushed."""
    if mail.is_erased(read.mid):
        return Place(read, None, known=True)
    there = posts.place(read.mid)
    if there is None or _says_the_same(posts.at(there), read.blob):
        known = there is not None or posts.has(unarchived_path(read.mid), read.mid)
        return Place(read, str(read.mid), known=known)
    return _apart(raw, read, conference=conference, rules=rules, mail=mail, posts=posts, ids=ids)


def addition(
    reading: Reading, now: datetime, *, source: str, at: datetime | None = None
) -> Addition:
    """The commit of a post. Without a receipt `at` that of the mail itself counts, else its Date.

    A Date before 1990 or more than a day ahead is a broken clock (docs/mail-rules.md#reading).
    """
    ceiling = now + timedelta(days=1)
    claims = (at, reading.received, reading.sent)
    sane = [when for when in claims if when is not None and _EARLIEST <= when <= ceiling]
    when = sane[0] if sane else now
    sent = reading.sent if reading.sent in sane else None
    return Addition(
        mid=reading.mid,
        path=reading.path,
        blob=reading.blob,
        files=tuple(Change(path, payload) for path, payload in reading.files),
        author_name=reading.name,
        author_when=sent or when,
        when=when,
        subject=reading.subject,
        source=source,
    )


def _is_there(posts: PostStore, read: Reading) -> bool:
    return posts.has(read.path, read.mid) or posts.has(unarchived_path(read.mid), read.mid)


def _is_another(posts: PostStore, read: Reading) -> bool:
    """True when the conference has another post of this id: in another topic, or in this one, where
    somebody pushed it. A post of the hub's own stays the same one whatever was redacted since."""
    if posts.has(read.path, read.mid):
        blob = posts.at(read.path)
        is_ours = blob is None or _says_the_same(blob, read.blob)
        return not is_ours and posts.source(read.path) == "push"
    if _is_there(posts, read):
        return False
    there = posts.place(read.mid)
    return there is not None and not _says_the_same(posts.at(there), read.blob)


def _says_the_same(one: bytes | None, other: bytes) -> bool:
    """Whether two files are one post: who wrote it, when, about what, and the words."""
    if one is None or one == other:
        return one is not None
    try:
        first, second = post_file.decode(one), post_file.decode(other)
    except SoliCommError:
        return False
    return _words(first) == _words(second)


def _words(post: Post) -> tuple[object, ...]:
    files = [item.sha256 for item in post.attachments]
    return (post.name, post.date, post.subject, post.body.split(), files)


def _same(
    stored: bytes,
    raw: bytes,
    read: Reading,
    rules: AttachmentRules,
    ids: Ids | None,
    *,
    is_written: bool,
) -> Reading | None:
    """The stored message as it reads, when it is the same message; it came first and counts."""
    try:
        message = parse(stored)
        is_again = is_written and message.field(ORIGIN) == PAGE
        if content_hash(message) != content_hash(parse(raw)) and not is_again:
            return None
        return reading.of_message(message, rules, message_id=read.message_id, ids=ids)
    except MessageError:
        return None


def _said(raw: bytes) -> tuple[object, ...]:
    """Who said what in a message, and when: what every signature takes. What it answers and whom
    it names besides, many do not take. Raises MessageError."""
    message = parse(raw)
    authors = [address.key(one.addr_spec) for one in message.from_]
    files = [hashlib.sha256(one.payload).digest() for one in message.attachments]
    return (authors, message.date_raw.strip(), message.subject, message.text.rstrip(), files)


def _has_seen(
    stored: bytes, read: Reading, posts: PostStore, rules: AttachmentRules, ids: Ids | None
) -> bool:
    """True when the conference has a post of this mid, or has sent the stored message on."""
    if posts.knows(read.mid):
        return True
    try:
        other = reading.of_message(parse(stored), rules, message_id=read.message_id, ids=ids)
    except MessageError:
        return False
    return _is_there(posts, other)


def _apart(
    raw: bytes,
    read: Reading,
    *,
    conference: str,
    rules: AttachmentRules,
    mail: MailStore,
    posts: PostStore,
    ids: Ids | None,
) -> Place:
    """The place of a message whose Message-ID belongs to another one here."""
    message = parse(raw)
    own = reading.called(conflict_id(read.message_id, content_hash(message)), ids)
    mine = reading.of_message(message, rules, message_id=own, notes=(CONFLICT,), ids=ids)
    if mail.find(mine.mid, conference) is not None:
        name = None
    elif mail.is_erased(mine.mid):
        return Place(mine, None, known=True, conflict=True)
    else:
        name = str(mine.mid)
    known = _is_there(posts, mine) or posts.knows(mine.mid)
    return Place(mine, name, known=known, conflict=True)
