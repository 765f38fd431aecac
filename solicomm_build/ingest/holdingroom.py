"""How much mail may wait for moderators: nobody fills the disk with what nobody has asked for.

A message that would be held and finds no room is sent back instead, with the reason; of it only the
header is kept. Whose address is proved fills his own room only; the others share theirs, by
mailbox, by place on the network, and all together.
"""

from __future__ import annotations

import dataclasses
import hashlib

from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.ingest.judging import Judged
from solicomm_build.message.split import split
from solicomm_build.post.policy import NO_ROOM
from solicomm_build.post.store.room import MB, Room, places

OF_SENDER, OF_PLACE, OF_ALL = 60 * MB, 200 * MB, 1000 * MB
"""Octets a day: two of the largest mails of one mailbox, what comes from one place, and all."""
_SMALL = 16 * 1024
"""Octets that a message needs to count: below, it is no larger than what is noted about it."""
_HEADER = 16 * 1024


class HoldingRoom:
    """The room for held mail of one hub. Not for several threads. Close it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._room: Room | None = None

    def judged(self, item: Item, author: str, judged: Judged) -> Judged:
        """The verdict, or one that sends the message back where it would be held without room."""
        if judged.verdict.action != "hold" or self._takes(item, author, judged):
            return judged
        reason = "more waits for the moderators than there is room for"
        verdict = dataclasses.replace(judged.verdict, action="reject", rule=NO_ROOM, reason=reason)
        return dataclasses.replace(judged, verdict=verdict)

    def close(self) -> None:
        """Lets go of the file."""
        if self._room is not None:
            self._room.close()
            self._room = None

    def _takes(self, item: Item, author: str, judged: Judged) -> bool:
        if len(item.raw) <= _SMALL:
            return True
        where = places(
            author or item.envelope.mail_from or "",
            item.envelope.peer,
            self._config.fronts,
            of_sender=OF_SENDER,
            of_place=OF_PLACE,
            of_all=OF_ALL,
        )
        if judged.authentication.is_proof:
            where = {name: most for name, most in where.items() if name.startswith("from ")}
        else:
            where = {f"unproven {name}": most for name, most in where.items()}
        cause = item.name or hashlib.sha256(item.raw).hexdigest()
        if self._room is None:
            key = keys.token_key(self._config.keys)
            self._room = Room(self._config.state / "room-ingest.sqlite", key)
        return self._room.take(where, len(item.raw), cause, clock.now())


def header_of(raw: bytes) -> bytes:
    """What is kept of a message that was sent back for want of room."""
    try:
        return raw[: min(split(raw).body, _HEADER)]
    except MessageError:
        return raw[:_HEADER]
