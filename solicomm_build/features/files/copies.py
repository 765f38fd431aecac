"""What becomes of the files of one post: which are kept, as what, and what its author is told.

The verbatim octets come from private/mail.git; those of a file that lies in the conference under
the SHA-256 of its own octets were kept before there were clean copies, and are cleaned in their
place. Whatever lies there and has other octets is a copy already.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from solicomm_build.cleaning import kinds
from solicomm_build.cleaning.result import SMALLER, Cleaned
from solicomm_build.foundation.errors import MessageError
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Attachment
from solicomm_build.post import post as posts
from solicomm_build.post.admission import admitted, is_too_large, most
from solicomm_build.post.conference import Conference
from solicomm_build.post.filed import (
    AS_IT_CAME,
    MADE_SMALLER,
    NOT_KEPT,
    NOT_TAKEN,
    TOO_LARGE,
    Told,
)
from solicomm_build.post.post import Attached, Post

Clean = Callable[[bytes, int], Cleaned]
"""Cleans octets to at most so many, in a child."""
_UNNAMED = re.compile(r"part-\d{1,4}\.[a-z]{1,8}")
"""What message/body.py calls a part that nobody has named, such as HTML beside the same words."""


@dataclass(frozen=True, slots=True)
class Filed:
    """What changes in the conference, and what the author is told."""

    changes: tuple[Change, ...] = ()
    told: tuple[Told, ...] = ()


def filed(
    post: Post,
    conference: Conference,
    *,
    here: Callable[[str], bytes | None],
    raw: Callable[[], bytes | None],
    clean: Clean,
) -> Filed:
    """What becomes of a post's files. `here` gives the file at a path of the conference, `raw` the
    message. Blocking: a child for each file that needs one."""
    changes: list[Change] = []
    told: list[Told] = []
    sent: dict[str, Attachment] | None = None
    for item in dict.fromkeys(post.attachments):
        there = here(posts.attachment_path(item.sha256))
        if there is not None and hashlib.sha256(there).hexdigest() != item.sha256:
            continue
        if there is None and sent is None:
            sent = _sent(raw())
        found = Attachment(item.name, item.type, there) if there is not None else None
        found = found or (sent or {}).get(item.sha256)
        if found is None:
            continue
        for one in _one(item, found, conference, clean, is_there=there is not None):
            if isinstance(one, Change):
                changes.append(one)
            else:
                told.append(one)
    return Filed(tuple(changes), tuple(told))


def _one(
    item: Attached, found: Attachment, conference: Conference, clean: Clean, *, is_there: bool
) -> Iterator[Change | Told]:
    rules, octets = conference.attachments, found.payload
    where = posts.attachment_path(item.sha256)
    shrinks = is_too_large(found, rules) and kinds.kind_of(octets) in kinds.PICTURES
    if not (is_there or admitted(found, rules) or shrinks):
        if is_too_large(found, rules):
            yield Told(item.name, TOO_LARGE, item.bytes)
        elif octets and not _UNNAMED.fullmatch(item.name):
            yield Told(item.name, NOT_TAKEN, item.bytes)
        return
    made = clean(octets, most(found, rules))
    is_telling = not made.is_safe or kinds.names_somebody(octets)
    if (is_telling and conference.pseudonyms == "required") or (not made.is_safe and shrinks):
        yield Told(item.name, TOO_LARGE if shrinks else NOT_KEPT, item.bytes)
        if is_there:
            yield Change(where, None)
        return
    if not made.is_safe:
        yield Told(item.name, AS_IT_CAME, item.bytes)
    elif made.outcome == SMALLER:
        yield Told(item.name, MADE_SMALLER, len(made.octets))
    if not is_there or made.octets != octets:
        yield Change(where, made.octets)
    if made.small:
        yield Change(posts.small_path(item.sha256), made.small)


def _sent(raw: bytes | None) -> dict[str, Attachment]:
    """The attachments of a message by their SHA-256."""
    if raw is None:
        return {}
    try:
        found = posts.attached(parse(raw))
    except MessageError:
        return {}
    return {hashlib.sha256(one.payload).hexdigest(): one for one in found}
