"""From a message to what is stored of it: its id, its topic, the post, the attachments' octets.

Pure, so it can run in another process (ingest/readers.py). A message without a Message-ID gets one
made of its content, so the same mail gets the same again (docs/mail-rules.md#reading).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from solicomm_build.cleaning.kinds import is_plain, names_somebody
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.message import msgid
from solicomm_build.message.msgid import Ids
from solicomm_build.message.parse import Message, parse
from solicomm_build.message.split import split
from solicomm_build.post import post as model
from solicomm_build.post.admission import admitted
from solicomm_build.post.conference import AttachmentRules


@dataclass(frozen=True, slots=True)
class Reading:
    """What will be stored of one message. `path` is the post's place in the conference.

    `message_id` and `above`, the ancestors, are called as the conference calls them. `sent` is the
    Date, `received` the topmost Received field's time; both UTC or None.
    """

    message_id: str
    mid: PostId
    path: str
    blob: bytes
    name: str
    subject: str
    sent: datetime | None
    received: datetime | None
    files: tuple[tuple[str, bytes], ...]
    above: tuple[str, ...] = ()


def read(raw: bytes, rules: AttachmentRules, ids: Ids | None = None) -> Reading:
    """Everything about a message as it comes. Raises MessageError."""
    return of_message(parse(raw), rules, ids=ids)


def of_message(
    message: Message,
    rules: AttachmentRules,
    *,
    message_id: str | None = None,
    notes: Iterable[str] = (),
    ids: Ids | None = None,
) -> Reading:
    """Everything about a parsed message, under its own id or the one given; messages are called by
    `ids` (post/store/knownids.py), else by their Message-IDs. Raises MessageError."""
    try:
        own = message_id or called(message.msgid or msgid.made_id(msgid.content_hash(message)), ids)
        message = msgid.known_as(message, ids)
        post = model.of_message(message, message_id=own, notes=notes)
        blob = model.encode(post)
    except (UnicodeError, RecursionError, ValueError, LookupError) as fault:
        raise MessageError("the message cannot be turned into a post") from fault
    return Reading(
        message_id=own,
        mid=post.mid,
        path=model.path(msgid.topic_of(message, post.mid), post.mid),
        blob=blob,
        name=post.name,
        subject=post.subject,
        sent=message.date,
        received=message.last_received,
        files=_files(message, rules),
        above=msgid.references_of(message),
    )


def called(message_id: str, ids: Ids | None) -> str:
    """What a conference calls the message of an id."""
    return message_id if ids is None else ids(message_id)


def _files(message: Message, rules: AttachmentRules) -> tuple[tuple[str, bytes], ...]:
    """Texts, which say what can be read in them and no more. Other files follow as clean copies
    (features/files/run.py)."""
    found = [item for item in model.attached(message) if admitted(item, rules)]
    texts = (item.payload for item in found if is_plain(item.payload))
    kept = [one for one in texts if not names_somebody(one)]
    return tuple(
        (model.attachment_path(hashlib.sha256(payload).hexdigest()), payload) for payload in kept
    )


def mid_of(raw: bytes) -> PostId | None:
    """What a post of this message would be called, by its Message-ID alone; None without one. For
    the log: reads the header only."""
    try:
        fields = split(raw).named("message-id")
    except MessageError:
        return None
    found = msgid.own_id(fields[0].value) if fields else ""
    return post_id(found) if found else None
