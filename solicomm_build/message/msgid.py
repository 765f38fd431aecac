"""Message-IDs and what follows from them: references, the topic, the sameness of two messages
(RFC 5322 3.6.4; docs/formats/post.md).
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re
from collections.abc import Callable

from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.message.values import Message

APART = "@mid-conflict.invalid"
"""How the id ends of a message whose own was another's."""
_IN_BRACKETS = re.compile(r"<([^<>]+)>")
_TOPIC_ADDRESS = re.compile(r"[^@\s]*\+t-([a-z2-7]{32})@", re.IGNORECASE)
Ids = Callable[[str], str]
"""What a conference calls the message of a Message-ID: that, or a `secret_id`."""

_HASHED = ("from", "subject", "date", "to", "cc", "references")


def own_id(value: str) -> str:
    """The id of a Message-ID field: the first text in brackets, else all of it, trimmed.

    What mailers malform (`<[x]@y>`, spaces, no brackets) is kept, since it still names the mail.
    """
    match = _IN_BRACKETS.search(value)
    return match[1].strip() if match else value.strip("<> \t")


def ids_of(value: str) -> tuple[str, ...]:
    """The ids in a References or In-Reply-To field, in order, each once.

    Tokens without `@` are dropped: people answer git's questions with "y".
    """
    found = (match.strip() for match in _IN_BRACKETS.findall(value))
    return tuple(dict.fromkeys(item for item in found if "@" in item))


def known_as(message: Message, ids: Ids | None) -> Message:
    """The message with its Message-ID and those that it answers as a conference calls them; its
    octets and fields stay. Again, it changes nothing more."""
    if ids is None:
        return message
    return dataclasses.replace(
        message,
        msgid=ids(message.msgid) if message.msgid else message.msgid,
        in_reply_to=tuple(ids(one) if "@" in one else one for one in message.in_reply_to),
        references=tuple(ids(one) if "@" in one else one for one in message.references),
    )


def references_of(message: Message) -> tuple[str, ...]:
    """The message's ancestors, oldest first: References, else In-Reply-To; never itself."""
    ids = message.references or message.in_reply_to
    return tuple(item for item in ids if item != message.msgid)


def topic_of(message: Message, own: PostId) -> TopicId:
    """Where a post is stored: under the first of References, else of In-Reply-To, else the topic
    that an address `…+t-<tid>@` in To or Cc names, else under itself (`own`)."""
    ancestors = references_of(message)
    if ancestors:
        return TopicId(post_id(ancestors[0]))
    for mailbox in message.to + message.cc:
        match = _TOPIC_ADDRESS.match(mailbox.addr_spec)
        if match is not None:
            return TopicId(match[1].lower())
    return TopicId(own)


def content_hash(message: Message) -> str:
    """64 hex digits that two copies of one mail share, whatever relays and lists added.

    SHA-256 over From, Subject, Date, To, Cc, References and the text with its end trimmed
    (docs/mail-rules.md#reading); not over Received or List-*.
    """
    digest = hashlib.sha256()
    for name in _HASHED:
        for value in message.all(name):
            digest.update(f"{name}: {' '.join(value.split())}\n".encode())
    digest.update(b"\n" + message.text.rstrip().encode())
    for attachment in message.attachments:
        digest.update(b"\0" + hashlib.sha256(attachment.payload).digest())
    return digest.hexdigest()


def made_id(content: str) -> str:
    """The id of a message that has none, from its content hash."""
    return f"{_short(content)}@no-message-id.invalid"


def conflict_id(message_id: str, content: str) -> str:
    """The id of a message whose own is another message's already, in the same conference."""
    owner = message_id.encode("utf-8", "surrogateescape")
    digest = hashlib.sha256(owner + b"\0" + content.encode("ascii")).hexdigest()
    return f"{_short(digest)}{APART}"


def _short(digest: str) -> str:
    return base64.b32encode(bytes.fromhex(digest)[:20]).decode("ascii").lower()
