"""Where a message goes: is it there already, under which name is it kept, is its id taken.

The rules (mail.md B.6, E2): a message is the same when its Message-ID and its content hash are, in
the same conference; then nothing is added. Another message with a Message-ID that the conference
has already is kept under an id of its own, with the note `mid_conflict`. Lists change what they
pass on, so two conferences may have different versions of one message; each keeps its own.

Everything here is looked up under the locks of mail.git and of the conference, and depends on
nothing but what is durable or waits in the same batch: done again after a crash it ends the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from solicomm_build.errors import MessageError
from solicomm_build.ingest import reading
from solicomm_build.ingest.reading import Reading
from solicomm_build.message.msgid import content_hash
from solicomm_build.message.parse import parse
from solicomm_build.model.conference import AttachmentRules
from solicomm_build.store import mailstore
from solicomm_build.store.mailstore import MailStore
from solicomm_build.store.poststore import Addition, PostStore, unarchived_path
from solicomm_build.store.writer import Change

CONFLICT = "mid_conflict"
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Place:
    """What to do with a message: `keep_as` names it in mail.git, None when it is kept there.

    `known` is True when the conference has the post: then there is nothing to do.
    """

    reading: Reading
    keep_as: str | None
    known: bool
    conflict: bool = False


def place(
    raw: bytes,
    read: Reading,
    *,
    conference: str,
    rules: AttachmentRules,
    mail: MailStore,
    posts: PostStore,
) -> Place:
    """Finds the place of a message that reads as `read`. Raises MessageError."""
    name = mail.find(read.mid, conference)
    if name is None and mail.is_erased(read.mid):
        return Place(read, None, known=True)
    if name is None:
        return Place(read, str(read.mid), known=_is_there(posts, read))
    stored = mail.raw(name) or b""
    canonical = read if stored == raw else _same(stored, read, rules)
    if canonical is not None:
        return Place(canonical, None, known=_is_there(posts, canonical))
    if name == read.mid and not _has_seen(stored, read, posts, rules):
        return Place(read, mailstore.variant(read.mid, conference), known=False)
    return _apart(raw, read, conference=conference, rules=rules, mail=mail, posts=posts)


def addition(
    reading: Reading, now: datetime, *, source: str, at: datetime | None = None
) -> Addition:
    """The commit of a post. Without a receipt `at` that of the mail itself counts, else its Date.

    A Date before 1990 or more than a day ahead is a broken clock (mail.md B.6).
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


def _same(stored: bytes, read: Reading, rules: AttachmentRules) -> Reading | None:
    """The stored message as it reads, when it is the same message; it came first and counts."""
    try:
        message = parse(stored)
        if content_hash(message) != read.content:
            return None
        return reading.of_message(message, rules, message_id=read.message_id)
    except MessageError:
        return None


def _has_seen(stored: bytes, read: Reading, posts: PostStore, rules: AttachmentRules) -> bool:
    """True when the conference has a post of this mid: from the stored message, or from `read`."""
    if posts.has(read.path, read.mid):
        return True
    try:
        other = reading.of_message(parse(stored), rules, message_id=read.message_id)
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
) -> Place:
    """The place of a message whose Message-ID belongs to another one here."""
    own = reading.conflict_id(read.message_id, read.content)
    mine = reading.of_message(parse(raw), rules, message_id=own, notes=(CONFLICT,))
    kept = mail.find(mine.mid, conference) is not None
    return Place(mine, None if kept else str(mine.mid), known=_is_there(posts, mine), conflict=True)
