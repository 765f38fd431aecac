"""Mail of our own into the desk's spool: what a page asks, as people ask by mail."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from solicomm_build.extraction import sniff
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.cluster import nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Mailbox
from solicomm_build.message.address import is_valid
from solicomm_build.message.compose import date_field, file_part, message, multipart, text_part
from solicomm_build.message.transform import header_field, mailbox_field
from solicomm_build.web import givenaddress

PATIENCE = 5.0
"""So many seconds a page waits for the desk before it says that it will be done."""
_LOOK = 0.01
_HEAD = 1 << 16

Files = Sequence[tuple[str, bytes]]
"""Names and octets."""


class DeskPost:
    """Puts mail there. Close it."""

    def __init__(self, config: Config) -> None:
        self._config, self._domain = config, config.domain
        self._spool = Spool(config.spool_desk)

    async def put(
        self,
        local: str,
        author: Mailbox,
        lang: str,
        text: str = "",
        *,
        subject: str = "",
        files: Files = (),
        fields: Mapping[str, str] | None = None,
        proved: bool = False,
    ) -> Path | None:
        """A mail to this local part of ours, durable when awaited; its file in the spool, or None
        where another machine's desk gets it. `proved` is for an author who is signed in, and so
        reads the mail of this address. `fields` are more header fields."""
        to, now = f"{local}@{self._domain}", clock.now()
        mid = f"<{secrets.token_hex(16)}@{self._domain}>"
        raw = partial(
            composed, author, to, lang, text, now, mid, subject=subject, files=files, fields=fields
        )
        envelope = Envelope(author.addr_spec, (to,), now, ours=True, proved=proved)
        return await asyncio.to_thread(self._put, envelope, raw)

    async def is_done(self, file: Path | None, seconds: float | None = None) -> bool:
        """Waits until the desk has dealt with what `put` gave; False when that is longer than
        `seconds`, or PATIENCE, or the desk is another machine's. It is dealt with even when nobody
        waits any more."""
        if file is None:
            return False
        until = time.monotonic() + (PATIENCE if seconds is None else seconds)
        while await asyncio.to_thread(file.exists):
            if time.monotonic() >= until:
                return False
            await asyncio.sleep(_LOOK)
        return True

    def close(self) -> None:
        """Lets go of the spool."""
        self._spool.close()

    def _put(self, envelope: Envelope, raw: Callable[[], bytes]) -> Path | None:
        file = self._spool.put([Item(envelope, raw())])
        self._spool.ring()
        return file if nodes.is_home(self._config) else None


def composed(
    author: Mailbox,
    to: str,
    lang: str,
    text: str,
    when: datetime,
    mid: str,
    *,
    subject: str = "",
    files: Files = (),
    fields: Mapping[str, str] | None = None,
) -> bytes:
    """A mail as our pages write it; the same for the same facts."""
    head = [
        _from(author),
        mailbox_field("To", "", to),
        date_field(when),
        header_field("Message-ID", mid),
        header_field("Content-Language", lang),
        *([header_field("Subject", subject)] if subject else ()),
        *(header_field(name, value) for name, value in (fields or {}).items()),
    ]
    part = text_part(text)
    if files:
        parts = [file_part(_kind(name, data), name, data) for name, data in files]
        part = multipart("mixed", [part, *parts], seed=mid)
    return message(head, part)


def _from(author: Mailbox) -> bytes:
    """Who wrote: in UTF-8 where the address of a member is (RFC 6532 3.4), as mail of his would
    have it. Raises MessageError."""
    address = givenaddress.read(author.addr_spec)
    if address.isascii() or not is_valid(address):
        return mailbox_field("From", author.name, address)
    return f"From: <{address}>\r\n".encode()


def _kind(name: str, data: bytes) -> str:
    """The type that a file's first octets say; browsers only go by its name."""
    return sniff.media_type(data[:_HEAD], name)
