"""One outgoing message and its copies: what the wire carries, and what is on top of each.

A `Letter` is made once a spool item: line ends, doubled dots and the hash of the body are the same
for all. What is one member's own is made while sending, from the member's number alone: the
reverse-path with its VERP tag (docs/mail-rules.md#tokens), the links of RFC 8058, the DKIM
signature. That is one RSA operation a copy, during which other threads run, so `prepare` uses a
pool of them.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from solicomm_build.courier.signing import signer_of
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.message.auth import arc, canonical, dkim
from solicomm_build.message.auth.arc import Sealer
from solicomm_build.message.listcopy import ListFacts, Personal
from solicomm_build.message.split import split
from solicomm_build.people import token

_CHUNK = 5  # copies a thread makes at once; the first chunk of a batch is 1, to be soon on its way
_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Signs(Protocol):
    """message/auth/dkim.py's Signer."""

    def body_hash(self, body: bytes) -> str: ...

    def sign(self, header_fields: Sequence[bytes], body_hash: str, now: int) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Copy:
    """For one recipient: `head` are whole header fields (CRLF) that come before the letter's."""

    rcpt_to: str
    mail_from: str | None
    head: bytes


Chunk = Awaitable[list[Copy]]
"""Some copies of a letter that are being made."""


class Letter:
    """What all copies of a message share. Making one is linear in its size.

    `seals` finds what completes the ARC set that the fan-out began, if it did.
    """

    def __init__(
        self,
        item: Item,
        personal: _Personal | None,
        signs: Signs | None,
        seals: Callable[[Sequence[bytes]], Sealer | None] | None = None,
    ) -> None:
        self.item = item
        wire = canonical.wire(item.raw)
        parts = split(wire)
        fields = [wire[field.start : field.end] for field in parts.fields]
        self._personal, self._signs = personal, signs
        self._sealer = seals(fields) if seals and signs else None
        self._fields = [one for one in fields if canonical.name_of(one) in dkim.SIGNED]
        self._hash = signs.body_hash(wire[parts.body :]) if signs else ""
        self.wire = wire
        self.text = _stuffed(wire)
        self.is_ascii = wire.isascii()
        self.has_ascii_header = self.is_ascii or wire[: parts.end].isascii()

    def copies(self, places: Sequence[int]) -> list[Copy]:
        """The copies for some recipients, by their places. CPU; for any thread."""
        now = int(clock.timestamp())
        return [self._copy(place, now) for place in places]

    def _copy(self, place: int, now: int) -> Copy:
        envelope = self.item.envelope
        if self._personal is None:
            return Copy(envelope.rcpt_tos[place], envelope.mail_from, self._signed((), now))
        number = envelope.members[place]
        links = self._personal.links(number)
        head = self._signed(links, now) + b"".join(links)
        return Copy(envelope.rcpt_tos[place], self._personal.reverse_path(number), head)

    def _signed(self, own: Sequence[bytes], now: int) -> bytes:
        if self._signs is None:
            return b""
        field = self._signs.sign((*own, *self._fields), self._hash, now)
        if self._sealer is None:
            return field
        return self._sealer.seal((field, *own), self._hash, now) + field


class Letters:
    """Makes letters for one hub, and their copies in threads. Close it."""

    def __init__(self, config: Config, *, threads: int | None = None) -> None:
        self._config = config
        self._key = keys.token_key(config.keys)
        self._signs = signer_of(config)
        self._pool = ThreadPoolExecutor(threads or min(4, len(os.sched_getaffinity(0))), "copies")

    def letter(self, item: Item) -> Letter:
        """The letter of an outgoing message. Raises MessageError when it has no readable header."""
        envelope = item.envelope
        personal = _Personal(self._config, self._key, item) if envelope.list_id else None
        signs = self._signs if personal or envelope.ours else None
        return Letter(item, personal, signs, self._sealer if self._config.arc else None)

    def _sealer(self, fields: Sequence[bytes]) -> Sealer | None:
        return arc.sealer(self._signs, fields)

    def prepare(self, letter: Letter, places: Sequence[int]) -> list[Chunk]:
        """Begins to make copies; each chunk can be awaited, in the order of `places`."""
        loop = asyncio.get_running_loop()
        starts = [0, *range(1, len(places), _CHUNK)]
        return [
            loop.run_in_executor(self._pool, letter.copies, places[start:end])
            for start, end in zip(starts, [*starts[1:], len(places)], strict=True)
        ]

    def close(self) -> None:
        """Ends the threads; what was not begun is never made."""
        self._pool.shutdown(cancel_futures=True)


class _Personal:
    """What is one member's own in mail of a list."""

    def __init__(self, config: Config, key: bytes, item: Item) -> None:
        self._list, self._domain, self._key = item.envelope.list_id, config.domain, key
        self._day = (item.envelope.received_at - _EPOCH).days
        self._fields = Personal(ListFacts(self._list, config.domain, "", config.url))

    def reverse_path(self, number: int) -> str:
        """The VERP address of a member's copy: bounces come back with it (RFC 5321 3.9.2)."""
        tag = token.verp_tag(self._key, number, self._day)
        return f"{self._list}-bounces+{tag}@{self._domain}"

    def links(self, number: int) -> tuple[bytes, bytes]:
        """The fields by which a member leaves with one click."""
        return self._fields.fields(token.leave_token(self._key, self._list, number))


def _stuffed(wire: bytes) -> bytes:
    """The octets with leading dots doubled (RFC 5321 4.5.2) and a line end at their end."""
    text = wire.replace(b"\r\n.", b"\r\n..")
    if text.startswith(b"."):
        text = b"." + text
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def ahead(batches: Iterator[_T]) -> Iterator[_T]:
    """The same, each asked for while the second before it is in use: so the copies of the next two
    batches are being made while one is on the wire, and threads never wait for the wire."""
    ready: deque[_T] = deque()
    for batch in batches:
        ready.append(batch)
        if len(ready) > 2:
            yield ready.popleft()
    yield from ready
