"""What a list that detaches (`detach: true`) puts in the place of large attachments (mail.md E4.3).

Only what the archive keeps is taken out of the copies, so that nothing is lost by it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from solicomm_build import i18n
from solicomm_build.message.detach import detached
from solicomm_build.message.listcopy import ListFacts
from solicomm_build.model.post import Attached
from solicomm_build.types import PostId, TopicId

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

    def note(octets: bytes) -> str:
        one = by_sum.get(hashlib.sha256(octets).hexdigest())
        return _note(one, place) if one is not None else ""

    return detached(copy, note)


def _note(one: Attached, place: Place) -> str:
    facts, lang = place.facts, place.lang
    name, size = one.name, i18n.format_size(lang, one.bytes)
    if facts.archived:
        words = i18n.gettext(
            lang,
            "This file was taken out of the mail: %(name)s (%(size)s). It is on the page of the "
            "message:",
            domain="delivery",
        )
        where = f"{facts.url}/conferences/{facts.list_id}/t/{place.tid}/#{place.mid}"
        return f"{words % {'name': name, 'size': size}}\n{where}\n"
    words = i18n.gettext(
        lang,
        "This file was taken out of the mail: %(name)s (%(size)s). To get it, send the words "
        "“%(words)s” to %(address)s.",
        domain="delivery",
    )
    address = f"{facts.list_id}-request@{facts.domain}"
    given = {"name": name, "size": size, "words": f"get {place.mid[:8]}", "address": address}
    return f"{words % given}\n"
