"""Mail that says nothing, as chat programs and Gmail send it: read receipts (RFC 8098), reactions
(RFC 9078, and those of Gmail, which come with words for programs that do not know them). Pure."""

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
_OF_GMAIL = "text/vnd.google.email-reaction+json"
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
    if _RECEIPT in folded:
        return True
    if _REACTION.encode() not in folded:
        return False
    return _OF_GMAIL.encode() in folded or bool(_HINT.search(folded))


def _leaves(part: Part) -> Iterator[Part]:
    """The parts that hold something. What a forwarded mail holds is that mail's, and what stands
    beside a reaction of Gmail says it again."""
    of_gmail = [one for one in part.parts if one.type == _OF_GMAIL]
    if part.type == "multipart/alternative" and of_gmail:
        yield from of_gmail
    elif part.type.startswith("multipart/"):
        for one in part.parts:
            yield from _leaves(one)
    else:
        yield part


def _is_reaction(part: Part) -> bool:
    if part.type == _OF_GMAIL:
        return True
    said = header.parametrised(part.fields.get("content-disposition", ""))
    return said.value == _REACTION and part.type == "text/plain"
