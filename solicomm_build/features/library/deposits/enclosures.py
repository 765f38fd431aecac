"""The files of a mail: what its author enclosed, before what his letter is dressed with. Pure.

Mail programs put the logo below a name beside the text (`multipart/related`, RFC 2387), in front of
all that is attached.
"""

from __future__ import annotations

from solicomm_build.message import structure
from solicomm_build.message.split import split
from solicomm_build.message.values import Attachment, Message


def of(message: Message) -> tuple[Attachment, ...]:
    """All files, those that belong to the look of the text behind the others."""
    look = _look(message)
    return tuple(sorted(message.attachments, key=lambda one: one.payload in look))


def are_there(message: Message) -> bool:
    """Whether there are any that do not belong to the look of the text."""
    look = _look(message)
    return any(one.payload not in look for one in message.attachments)


def _look(message: Message) -> set[bytes]:
    """The pictures that the text itself shows."""
    found: set[bytes] = set()
    if not any(one.type.startswith("image/") for one in message.attachments):
        return found
    root, _ = structure.tree(message.raw, split(message.raw))
    left = [root]
    while left:
        part = left.pop()
        left += part.parts
        for child in part.parts if part.type == "multipart/related" else ():
            if child.type.startswith("image/") and "content-id" in child.fields:
                found.add(child.payload(message.raw))
    return found
