"""Does a message contain an erased one: is it that message, a copy, or a mail with a copy inside.

Pure: octets in, a verdict out. A reply bears its parent's Message-ID in References,
too, and is somebody else's mail: only header fields of that message itself count, at any depth, and
the marks that our own copies and collections of posts have.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import post_id, secret_id
from solicomm_build.message import msgid
from solicomm_build.message.listcopy import key_of
from solicomm_build.message.parse import parse
from solicomm_build.message.split import split
from solicomm_build.post.store import erasing

_OWN_ID = re.compile(
    rb"^[> ]*Message-ID[ \t]{0,9}:[ \t]*(?:\r?\n[ \t]+)?(?:<+([^<>\r\n]+)>|([^<>\s]+))",
    re.IGNORECASE | re.MULTILINE,
)
"""As programs write it: Apple's servers `Message-id`, others `MESSAGE-ID`, or without brackets."""


@dataclass(frozen=True)
class Sought:
    """Messages by their ids: `mids` are post ids, `message_ids` those without brackets that are
    known (after an erasure only the mids are); with `key` also by what is only known to the hub
    (post/store/knownids.py)."""

    mids: frozenset[str]
    message_ids: frozenset[str] = frozenset()
    key: bytes | None = None

    @cached_property
    def _octets(self) -> tuple[bytes, ...]:
        return tuple(one.encode("utf-8", "surrogateescape") for one in sorted(self.message_ids))

    def bears(self, raw: bytes) -> bool:
        """Whether this message is, or has inside, one that is sought."""
        if any(self._is_sought(one) for one in own_ids(raw)) or self._is_apart(raw):
            return True
        try:
            key = key_of(raw)
            if key and key.rpartition("/")[2] in self.mids:
                return True
            folded = raw.lower()
            if not any(name in folded for name in erasing.collections()):
                return False
            text = parse(raw).text  # as text it names its posts by their addresses
        except MessageError:
            return False
        return any(f"#{mid}" in text for mid in self.mids) or any(
            one in text for one in self.message_ids
        )

    def _is_sought(self, message_id: str) -> bool:
        return message_id in self.message_ids or bool(self._mids_of(message_id) & self.mids)

    def _is_apart(self, raw: bytes) -> bool:
        """Whether it is one that is sought by another id than its own, which is another's here."""
        if not any(one.endswith(msgid.APART) for one in self.message_ids):
            return False  # nearly always
        with contextlib.suppress(MessageError, ValueError, LookupError):
            message = parse(raw)
            content = msgid.content_hash(message)
            own = message.msgid or ""
            return bool(own) and self._is_sought(msgid.conflict_id(own, content))
        return False

    def _mids_of(self, message_id: str) -> set[str]:
        own = {str(post_id(message_id))}
        return own if self.key is None else own | {post_id(secret_id(message_id, self.key))}

    def named_in(self, octets: bytes) -> bool:
        """Whether octets of any kind name one of the messages."""
        return any(one in octets for one in self._octets) or any(
            mid.encode("ascii") in octets for mid in self.mids
        )


def own_ids(raw: bytes) -> Collection[str]:
    """The Message-IDs of a message and of those inside it that are not encoded; of one that has
    none what a hub calls it."""
    pairs = (named.strip() or bare for named, bare in _OWN_ID.findall(raw))
    found = {one.decode("utf-8", "surrogateescape") for one in pairs}
    with contextlib.suppress(MessageError, ValueError, LookupError):
        top = split(raw)
        own = next((msgid.own_id(one.value) for one in top.named("message-id")), "")
        if not own and top.named("from"):
            own = msgid.made_id(msgid.content_hash(parse(raw)))
        found |= {own} if own else set()
    return found
