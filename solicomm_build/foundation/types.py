"""Frozen values that cross package borders. No behaviour beyond their own consistency."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NewType

PostId = NewType("PostId", str)
"""`mid`: lower-case base32 of SHA-1 of the Message-ID without brackets, 32 characters; where only
pseudonyms are shown, of an HMAC (`secret_id`)."""

TopicId = NewType("TopicId", str)
"""`tid`: the `PostId` of a topic's root."""

Oid = NewType("Oid", str)
"""A git object id, 40 hex digits."""

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,27}")
"""What ids of conferences, libraries and unions look like (use with fullmatch)."""

HUB_ID = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,26}-[a-z2-7]{8}")
"""What ids of hubs look like in a network (use with fullmatch)."""


@dataclass(frozen=True, slots=True)
class Giver:
    """Another hub that tells something: its id, and its mail domain, as its signed card says;
    empty while there is none, and when it is ours or another hub says it, too."""

    id: str
    domain: str


Proven = NewType("Proven", str)
"""The address of an author who is proved: by a signature, by our own mail server, or by a token
that only its mailbox got. Who only says so is a `str`. What the roster allows a person is asked
with this type alone, so that no privilege follows from a From field (docs/adr/0026). Made by
`people/proof.py` and nowhere else."""


_OURS = re.compile(r"([a-z2-7]{32})@post\.solicomm\.invalid")
_MADE = re.compile(r"[a-z2-7]{32}@(?:no-message-id|mid-conflict)\.invalid")


def public_id(message_id: str) -> str:
    """The Message-ID by which everybody may know a message: of the same `mid`, without the host and
    the person that its own may name. One that a hub made of the content is such an id already."""
    if message_id.endswith(".invalid") and _MADE.fullmatch(message_id):
        return message_id
    return f"{post_id(message_id)}@post.solicomm.invalid"


def secret_id(message_id: str, key: bytes) -> str:
    """The `public_id` of a message whose `mid` nobody can make of its Message-ID but who has `key`:
    an HMAC-SHA-256 of it, cut to the length of all mids. An id of ours stays as it is."""
    if message_id.endswith(".invalid") and _OURS.fullmatch(message_id):
        return message_id
    mac = hmac.digest(key, message_id.encode("utf-8", "surrogateescape"), "sha256")
    return f"{base64.b32encode(mac[:20]).decode('ascii').lower()}@post.solicomm.invalid"


@lru_cache(maxsize=8192)
def post_id(message_id: str) -> PostId:
    """The `mid` of a Message-ID without brackets: Mailman's X-Message-ID-Hash in lower case; of a
    `public_id` the one it names, so an answer to that finds its post."""
    if message_id.endswith(".invalid") and (ours := _OURS.fullmatch(message_id)):
        return PostId(ours[1])
    digest = hashlib.sha1(message_id.encode("utf-8", "surrogateescape"), usedforsecurity=False)
    return PostId(base64.b32encode(digest.digest()).decode("ascii").lower())


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A display name (decoded, may be empty) and an addr-spec (RFC 5322 3.4)."""

    name: str
    addr_spec: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SMTP said about a message (RFC 5321 2.3.1).

    `mail_from` is None for the null sender; `received_at` is UTC-aware; `peer` is the client's IP
    address (it stays in private places).

    Mail going out to members of a list as copies of their own names the list in `list_id` and each
    recipient's member number in `members`; the courier makes reverse-path, unsubscribe link and
    signature of them. Mail to one person that has a reverse-path with a tag already names the tag's
    number in `members`, and no list. For all other mail both are empty. `ours` is mail that the hub
    wrote itself and signs, such as an answer; never what somebody else wrote and the hub passes on.
    `lmtp` is mail that came over LMTP, which only a mail server of ours speaks with us; `proved`
    mail whose author was asked, and said that he wrote it; `carried` mail that somebody brought by
    hand: nothing of its way, and nothing that stands in it, says who wrote it, so he is asked.
    `moved_from` is the conference that it was sent to when its topic is in another cell now:
    whoever may write there may here.
    """

    mail_from: str | None
    rcpt_tos: tuple[str, ...]
    received_at: datetime
    peer: str = ""
    helo: str = ""
    smtputf8: bool = False
    list_id: str = ""
    members: tuple[int, ...] = ()
    ours: bool = False
    lmtp: bool = False
    proved: bool = False
    carried: bool = False
    moved_from: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large and how nested a message may be, in octets and numbers; the defaults are a hub's.
    `header_bytes` and `header_fields` count for each part of a message as well."""

    header_bytes: int = 256 * 1024
    header_fields: int = 1000
    mime_depth: int = 50
    mime_parts: int = 1000
    decoded_bytes: int = 100 * 1024 * 1024


USUAL = Bounds()
FARTHEST = Bounds(1024 * 1024, 4000, 100, 4000, 1024 * 1024 * 1024)
"""What is read at all, whatever a hub's settings say: archives, and mail that is here already.
Python's own reader of mail dies at 247 nested parts."""


@dataclass(frozen=True, slots=True)
class TxtAnswer:
    """The TXT records of a name in the DNS, the strings of each joined; `exists` is False when
    there is no such name at all (NXDOMAIN, RFC 8020)."""

    records: tuple[bytes, ...] = ()
    exists: bool = True
