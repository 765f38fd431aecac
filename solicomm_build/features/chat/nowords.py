"""Mail of chat programs that says nothing: read receipts (RFC 8098), reactions (RFC 9078). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.message import header, structure
from solicomm_build.message.split import split
from solicomm_build.message.structure import Part
from solicomm_build.message.values import Message

_RECEIPTS = frozenset(
    ("message/disposition-notification", "message/global-disposition-notification")
)
_REACTION = "reaction"
_RECEIPT = b"disposition-notification"
_HINT = re.compile(rb"content-disposition:\s{0,9}reaction")


def kind(message: Message) -> str:
    """`receipt` or `reaction`; empty for mail that says something, such as a post that has a
    receipt among its attachments."""
    if not _is_hinted(message.raw.lower()):
        return ""
    try:
        root, _ = structure.tree(message.raw, split(message.raw))
    except SoliCommError:
        return ""
    if root.type == "multipart/report":
        return "receipt" if any(part.type in _RECEIPTS for part in root.parts) else ""
    leaves = list(_leaves(root))
    reactions = [part for part in leaves if _is_reaction(part)]
    others = [part for part in leaves if not _is_reaction(part)]
    says_more = any(part.payload(message.raw).strip() for part in others)
    return _REACTION if reactions and not says_more else ""


def _is_hinted(folded: bytes) -> bool:
    """Whether a message, in lower case, may be one. Nearly none is, and all are looked through, so
    that single words come first."""
    return _RECEIPT in folded or (_REACTION.encode() in folded and bool(_HINT.search(folded)))


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that hold something. What a forwarded mail holds is that mail's."""
    if part.type.startswith("multipart/"):
        for one in part.parts:
            yield from _leaves(one)
    else:
        yield part


def _is_reaction(part: Part) -> bool:
    said = header.parametrised(part.fields.get("content-disposition", ""))
    return said.value == _REACTION and part.type == "text/plain"
