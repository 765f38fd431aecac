"""What a list that detaches (`detach: true`) puts in the place of large attachments.

Only what the archive keeps is taken out of the copies, so that nothing is lost by it.

The rules: docs/mail-rules.md#posting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message.detach import detached
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.post import detachment, sounds
from solicomm_build.post.post import Attached

LEAST = 200_000
"""Octets of attachments in all that a copy still carries."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which post it is and what is said about it in which language."""

    facts: ListFacts
    lang: str
    tid: TopicId
    mid: PostId


def lightened(copy: bytes, kept: Iterable[Attached], place: Place) -> bytes:
    """The copy without attachments of more than 200 KB in all. Raises MessageError."""
    by_sum = {one.sha256: one for one in kept}
    if sum(one.bytes for one in by_sum.values()) <= LEAST:
        return copy
    return _without(copy, by_sum, place)


def silent(copy: bytes, kept: Iterable[Attached], place: Place) -> bytes:
    """The copy with links in the place of recordings, whatever they weigh. Raises MessageError."""
    by_sum = {one.sha256: one for one in kept if sounds.is_sound(one.name, one.type)}
    return _without(copy, by_sum, place) if by_sum else copy


def _without(copy: bytes, by_sum: dict[str, Attached], place: Place) -> bytes:

    def note(octets: bytes) -> str:
        one = by_sum.get(hashlib.sha256(octets).hexdigest())
        if one is None:
            return ""
        return detachment.note(one, place.facts, place.lang, place.tid, place.mid)

    return detached(copy, note)
