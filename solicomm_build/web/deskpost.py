"""Mail of our own into the desk's spool: what a page asks, as people ask by mail."""

from __future__ import annotations

import asyncio
import secrets

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Mailbox
from solicomm_build.message.compose import date_field, message, text_part
from solicomm_build.message.transform import header_field, mailbox_field


class DeskPost:
    """Puts mail there. Close it."""

    def __init__(self, config: Config) -> None:
        self._domain = config.domain
        self._spool = Spool(config.spool_desk)

    async def put(
        self, local: str, author: Mailbox, lang: str, text: str = "", *, subject: str = ""
    ) -> None:
        """A mail to this local part of ours, durable when awaited."""
        await asyncio.to_thread(self._put, local, author, lang, text, subject)

    def close(self) -> None:
        """Lets go of the spool."""
        self._spool.close()

    def _put(self, local: str, author: Mailbox, lang: str, text: str, subject: str) -> None:
        now, to = clock.now(), f"{local}@{self._domain}"
        head = [
            mailbox_field("From", author.name, author.addr_spec),
            mailbox_field("To", "", to),
            date_field(now),
            header_field("Message-ID", f"<{secrets.token_hex(16)}@{self._domain}>"),
            header_field("Content-Language", lang),
            *([header_field("Subject", subject)] if subject else ()),
        ]
        envelope = Envelope(author.addr_spec, (to,), now, ours=True)
        self._spool.put([Item(envelope, message(head, text_part(text)))])
        self._spool.ring()
