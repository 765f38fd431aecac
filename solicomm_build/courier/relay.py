"""`delivery: relay`: copies are handed to the configured mail server by SMTP.

A few connections are kept open; a batch is shared out over them, and each recipient has an outcome
of its own. On loopback there is no TLS; elsewhere it is used when offered, unverified, as between
mail servers (RFC 7435). This is the one module that knows aiosmtplib; it makes every line end CRLF
and then doubles leading dots (RFC 5321 4.5.2).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
from collections.abc import Sequence

import aiosmtplib
from aiosmtplib import SMTP, SMTPRecipientsRefused, SMTPResponseException

from solicomm_build.courier.outcome import Outcome, of_reply
from solicomm_build.message.split import split
from solicomm_build.spool import Item

CONNECTIONS = 4
_SHARE = 10  # recipients that are worth a connection of their own
_SENDABLE = re.compile(r"[^\s<>()\[\],:;\\\"@\x00-\x1f\x7f]+@[^\s<>()\[\],:;\\\"@\x00-\x1f\x7f]+")
# A greeting of 421 or 554 is a SMTPConnectError; neither it nor a refused HELO is about the mail.
_LOST = (OSError, aiosmtplib.SMTPHeloError)
_GOODBYES = (421, -1)  # closing (RFC 5321 3.8), and what is no reply at all
_BAD = Outcome("failed", "501 5.1.3 not an address that mail can be sent to")
_UNSAID = Outcome("later", "the relay said nothing about this recipient")


class Relay:
    """Hands batches to one server. `unreachable` says whether the last one met a dead line."""

    def __init__(
        self,
        address: tuple[str, int],
        *,
        helo: str,
        timeout: float,
        connections: int = CONNECTIONS,
    ) -> None:
        host, port = address
        self.unreachable = False
        self._clients = [
            SMTP(
                hostname=host,
                port=port,
                local_hostname=helo,
                timeout=timeout,
                start_tls=False if _is_loopback(host) else None,
                validate_certs=False,
            )
            for _ in range(connections)
        ]

    async def hand_over(self, item: Item, recipients: Sequence[str]) -> list[Outcome]:
        """What became of each recipient, in their order. Raises nothing of the network."""
        self.unreachable = False
        sendable = [one for one in recipients if _SENDABLE.fullmatch(one)]
        size = max(_SHARE, -(-len(sendable) // len(self._clients)))
        shares = [sendable[at : at + size] for at in range(0, len(sendable), size)]
        pairs = zip(self._clients, shares, strict=False)
        answers = await asyncio.gather(*(self._share(client, item, to) for client, to in pairs))
        known = {to: outcome for answer in answers for to, outcome in answer.items()}
        return [known.get(one, _UNSAID if one in sendable else _BAD) for one in recipients]

    async def close(self) -> None:
        """Says goodbye on every open connection."""
        for client in self._clients:
            await _quit(client)

    async def _share(self, client: SMTP, item: Item, to: list[str]) -> dict[str, Outcome]:
        """One transaction on one connection."""
        try:
            await _ready(client)
            return await _transaction(client, item, to)
        except SMTPRecipientsRefused as refused:
            return {one.recipient: of_reply(one.code, one.message) for one in refused.recipients}
        except aiosmtplib.SMTPNotSupported as error:
            return dict.fromkeys(to, Outcome("failed", f"553 5.6.7 {error}"))
        except _LOST as error:
            self._hang_up(client)
            why = f"{type(error).__name__}: {error}"
            return dict.fromkeys(to, Outcome("later", " ".join(why.split())[:500]))
        except SMTPResponseException as error:  # to MAIL or DATA: meant for all
            if error.code in _GOODBYES:
                self._hang_up(client)
            return dict.fromkeys(to, of_reply(error.code, error.message))

    def _hang_up(self, client: SMTP) -> None:
        self.unreachable = True
        client.close()


async def _ready(client: SMTP) -> None:
    """Connects and says EHLO (RFC 5321 4.1.1.1) where that has not been done."""
    if not client.is_connected:
        client.close()
        await client.connect()
    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            await client.helo()


async def _transaction(client: SMTP, item: Item, to: list[str]) -> dict[str, Outcome]:
    """MAIL, RCPT for each, DATA; the outcome of those that were not all refused."""
    options = _options(client, item, to)
    if options is None:
        text = "the relay takes no 8-bit mail (8BITMIME); it has to, RFC 6152"
        return dict.fromkeys(to, Outcome("later", text))
    refused, said = await client.sendmail(
        item.envelope.mail_from or "", to, item.raw, mail_options=options
    )
    outcomes = dict.fromkeys(to, of_reply(250, said))
    outcomes.update({one: of_reply(reply.code, reply.message) for one, reply in refused.items()})
    return outcomes


def _options(client: SMTP, item: Item, to: list[str]) -> list[str] | None:
    """The parameters of MAIL (RFC 6152, RFC 6531 3.4); None when the relay cannot take it."""
    options = []
    if not item.raw.isascii():
        if not client.supports_extension("8bitmime"):
            return None
        options.append("BODY=8BITMIME")
    international = not all(one.isascii() for one in (item.envelope.mail_from or "", *to))
    header = item.raw[: split(item.raw).end]
    if international or (not header.isascii() and client.supports_extension("smtputf8")):
        options.append("SMTPUTF8")
    return options


async def _quit(client: SMTP) -> None:
    if client.is_connected:
        with contextlib.suppress(OSError, aiosmtplib.SMTPException):
            await client.quit(timeout=5)
    client.close()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False
