"""Whom a post answers: the authors of the posts it leads back to, and of the first of its topic.

Read from the messages that this hub has; what it never had names nobody. Members' wishes
(people/wishes.py) look at that. Nothing here is shown to anybody.
"""

from __future__ import annotations

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import address
from solicomm_build.message.msgid import ids_of
from solicomm_build.message.split import split
from solicomm_build.people.address import fold
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store import knownids

MOST = 30
"""Ancestors that are looked up: the newest. A longer chain costs no more than that."""


def by(
    mail: HubMail, conference: str, raw: bytes, tid: TopicId | None, config: Config
) -> frozenset[str]:
    """The addresses, as `fold` writes them, of those whom a message of a conference answers; not
    its own author. Blocking: one look-up an ancestor. An unreadable header answers nobody."""
    try:
        mids = ancestors(raw, config)
        own = _authors(raw)
    except MessageError:
        return frozenset()
    if tid is not None:
        mids = dict.fromkeys([*mids, PostId(tid)])
    found: set[str] = set()
    for mid in mids:
        name = mail.find(mid, conference)
        before = mail.raw(name, conference) if name else None
        if before is not None:
            found |= _readable(before)
    return frozenset(found - own)


def ancestors(raw: bytes, config: Config) -> dict[PostId, None]:
    """The posts that In-Reply-To and References name, the newest MOST of them."""
    ids: list[str] = []
    for name in ("references", "in-reply-to"):
        for field in split(raw).named(name):
            ids += ids_of(field.value)
    return dict.fromkeys(mid for one in ids[-MOST:] for mid in knownids.mids(config, one))


def _authors(raw: bytes) -> set[str]:
    return {
        fold(box.addr_spec)
        for field in split(raw).named("from")
        for box in address.parse_list(field.value)
    }


def _readable(raw: bytes) -> set[str]:
    try:
        return _authors(raw)
    except MessageError:
        return set()
