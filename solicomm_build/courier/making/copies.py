"""One outgoing message and its copies: what the wire carries, and what is on top of each.

A `Letter` is made once a spool item: line ends, doubled dots and the hash of the body are the same
for all. What is one member's own (tops.py) is made while sending, in other processes where
`Letters.spread` was called, else in threads: other threads run during an RSA operation.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Awaitable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from solicomm_build.courier.making import tops
from solicomm_build.courier.making.children import Children
from solicomm_build.courier.making.tops import Means, Top, Tops
from solicomm_build.courier.signing import signer_of
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.message.auth import canonical
from solicomm_build.message.split import split

_CHUNK = 8  # copies made at once; the first chunk of a batch is 1, to be soon on its way
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Copy:
    """For one recipient: `head` are whole header fields (CRLF) that come before the letter's."""

    rcpt_to: str
    mail_from: str | None
    head: bytes


Chunk = Awaitable[list[Copy]]
"""Some copies of a letter that are being made."""


class Letter:
    """What all copies of a message share. Making one is linear in its size. Raises MessageError
    when it has no readable header.

    Without `means` nothing is signed, and no copy has anything of its own.
    """

    def __init__(self, item: Item, means: Means | None = None) -> None:
        self.item = item
        wire = canonical.wire(item.raw)
        parts = split(wire)
        envelope, body_hash = item.envelope, ""
        if means is not None and (envelope.list_id or envelope.ours):
            body_hash = means.signer.body_hash(wire[parts.body :])
        fields = [wire[field.start : field.end] for field in parts.fields]
        self.facts = tops.facts(envelope, fields, body_hash)
        self._tops = Tops(means, self.facts) if means is not None else None
        self.wire = wire
        self.text = _stuffed(wire)
        self.is_ascii = wire.isascii()
        self.has_ascii_header = self.is_ascii or wire[: parts.end].isascii()

    def numbers(self, places: Sequence[int]) -> list[int]:
        """Which members stand at these places among the recipients; 0 where they are none."""
        members = self.item.envelope.members
        return [members[place] for place in places] if members else [0] * len(places)

    def tops(self, places: Sequence[int]) -> list[Top]:
        """The tops of the copies for some recipients. CPU; for any thread."""
        if self._tops is None:
            return [(self.facts.mail_from, b"")] * len(places)
        return self._tops.made(self.numbers(places))

    def under(self, made: Sequence[Top], places: Sequence[int]) -> list[Copy]:
        """The copies for some recipients, given their tops."""
        to = self.item.envelope.rcpt_tos
        return [Copy(to[place], *top) for place, top in zip(places, made, strict=True)]

    def copies(self, places: Sequence[int]) -> list[Copy]:
        """The copies for some recipients, by their places. CPU; for any thread."""
        return self.under(self.tops(places), places)


class Letters:
    """Makes letters for one hub, and their copies. Close it, in the loop that had it spread."""

    def __init__(self, config: Config, *, threads: int | None = None) -> None:
        self._means = Means(
            config.domain, config.url, keys.token_key(config.keys), signer_of(config), config.arc
        )
        self._count = threads or min(4, len(os.sched_getaffinity(0)))
        self._pool = ThreadPoolExecutor(self._count, "copies")
        self._children: Children | None = None

    async def spread(self) -> None:
        """Has copies made in processes of their own from now on. A process with threads must not be
        copied: there it does nothing."""
        if self._children is None and threading.active_count() == 1:
            self._children = Children(self._means, self._count)
            await self._children.connect()

    def letter(self, item: Item) -> Letter:
        """The letter of an outgoing message. Raises MessageError when it has no readable header."""
        return Letter(item, self._means)

    def prepare(self, letter: Letter, places: Sequence[int]) -> list[Chunk]:
        """Begins to make copies; each chunk can be awaited, in the order of `places`."""
        starts = [0, *range(1, len(places), _CHUNK)]
        ends = [*starts[1:], len(places)]
        return [
            self._begun(letter, places[start:end]) for start, end in zip(starts, ends, strict=True)
        ]

    def close(self) -> None:
        """Ends threads and processes; what was not begun is never made."""
        self._pool.shutdown(cancel_futures=True)
        if self._children is not None:
            self._children.close()

    def _begun(self, letter: Letter, places: Sequence[int]) -> asyncio.Future[list[Copy]]:
        loop = asyncio.get_running_loop()
        if self._children is None:
            return loop.run_in_executor(self._pool, letter.copies, places)
        chunk: asyncio.Future[list[Copy]] = loop.create_future()
        made = self._children.ask(letter.facts, letter.numbers(places))
        made.add_done_callback(partial(self._answered, chunk, letter, places))
        return chunk

    def _answered(
        self,
        chunk: asyncio.Future[list[Copy]],
        letter: Letter,
        places: Sequence[int],
        made: asyncio.Future[list[Top]],
    ) -> None:
        """Gives a chunk what a process made of it; what none makes is made here."""
        if chunk.done() or made.cancelled():
            return
        if made.exception() is None:
            chunk.set_result(letter.under(made.result(), places))
            return
        here = asyncio.get_running_loop().run_in_executor(self._pool, letter.copies, places)
        here.add_done_callback(partial(_handed_on, chunk))


def _handed_on(chunk: asyncio.Future[list[Copy]], made: asyncio.Future[list[Copy]]) -> None:
    if chunk.done() or made.cancelled():
        return
    if (error := made.exception()) is not None:
        chunk.set_exception(error)
    else:
        chunk.set_result(made.result())


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
