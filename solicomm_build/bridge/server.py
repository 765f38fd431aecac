"""SMTP (RFC 5321) and LMTP (RFC 2033) on aiosmtpd, with its thirteen gaps closed.

connection.py is the ground: reading, replying, time. Here are the commands. The two close:

 1. LMTP answers once for each accepted recipient         6. UTF-8 addresses need SMTPUTF8
 2. a fault of ours is 451 4.3.0 without internals         7. the null sender is None
 3. long lines are kept whole                              8. PIPELINING and enhanced codes
 4. bare LF, bare CR and NUL are refused                   9. unknown parameters are 555
 5. only CRLF ends a command                              10. a client that leaves stops no write
11. limits on connections, recipients, time               12. no plaintext lives on after STARTTLS
13. nothing of a mail's text reaches a log

All but 9 change what aiosmtpd does by itself.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from solicomm_build.bridge import path
from solicomm_build.bridge.connection import CHUNK_OCTETS, Connection, Refused
from solicomm_build.bridge.handler import Verdict
from solicomm_build.bridge.service import Service
from solicomm_build.bridge.wire import Body
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Envelope

GUESS_SECONDS = 2.0
"""How long the answer to a guess takes once there were many."""
_RATE = 100  # octets a second that a message comes at, at least
_PATIENCE = 10  # a message is read to its end up to so many times its limit, then the line is cut

_FULL = b"452 4.3.1 no room left here, try later"
_GUESSING = b"450 4.7.1 too many addresses that do not exist, try later"
_OK = b"250 2.0.0 ok"


@dataclass(slots=True)
class _Mail:
    """A mail transaction: from MAIL to the end of DATA or RSET (RFC 5321 3.3)."""

    mail_from: str | None
    smtputf8: bool
    rcpt_tos: list[str] = field(default_factory=list)


class SMTP(Connection):
    """One connection from the world, the edge."""

    edge: ClassVar[bool] = True
    greeting: ClassVar[bytes] = b"ESMTP"
    verbs: ClassVar[dict[bytes, str]] = {
        b"EHLO": "smtp_EHLO",
        b"HELO": "smtp_HELO",
        b"MAIL": "smtp_MAIL",
        b"RCPT": "smtp_RCPT",
        b"DATA": "smtp_DATA",
        b"RSET": "smtp_RSET",
        b"NOOP": "smtp_NOOP",
        b"VRFY": "smtp_VRFY",
        b"HELP": "smtp_HELP",
        b"QUIT": "smtp_QUIT",
        b"STARTTLS": "smtp_STARTTLS",
    }

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self._mail: _Mail | None = None
        self._body: Body | None = None  # while it comes

    def let_go(self) -> None:
        """Keeps nothing of the message that comes: others need the room."""
        if self._body is not None:
            self._body.drop()

    def _set_post_data_state(self) -> None:
        """Inherited name of "forget the transaction"; called for a new session too."""
        self._mail = None

    async def smtp_EHLO(self, arg: str) -> None:
        """Greets and lists what is offered (RFC 5321 4.1.1.1)."""
        self._greet(arg)
        service = self._service
        offers = [service.hostname, f"SIZE {service.limits.message_bytes}", "8BITMIME", "SMTPUTF8"]
        offers += ["PIPELINING", "ENHANCEDSTATUSCODES"]
        if service.tls is not None and self._tls_protocol is None:
            offers.append("STARTTLS")
        self.say("".join(f"250-{offer}\r\n" for offer in offers).encode() + b"250 HELP")

    async def smtp_HELO(self, arg: str) -> None:
        """Greets a client without extensions."""
        self._greet(arg)
        self.say(b"250 " + self._service.hostname.encode())

    def _greet(self, arg: str) -> None:
        if not arg or not arg.isprintable():
            raise Refused(b"501 5.5.4 say who you are")
        self._mail = None
        self.session.host_name = arg

    async def smtp_MAIL(self, arg: str) -> None:
        """Opens a transaction (RFC 5321 4.1.1.2)."""
        if not self.session.host_name:
            raise Refused(b"503 5.5.1 greet first")
        if self._mail is not None:
            raise Refused(b"503 5.5.1 one sender at a time")
        found = path.read(arg, "FROM")
        smtputf8 = self._mail_parameters(found.parameters)
        _needs_no_utf8(found.addr_spec, smtputf8)
        if "@" not in found.addr_spec and found.addr_spec:
            raise Refused(b"501 5.1.7 a sender needs a domain")
        if self._service.handler.full():
            raise Refused(_FULL)
        self._mail = _Mail(found.addr_spec or None, smtputf8)
        self.say(b"250 2.1.0 ok")

    def _mail_parameters(self, parameters: dict[str, str | None]) -> bool:
        """Checks them (RFC 1870, 6152, 6531); whether SMTPUTF8 is among them."""
        body, size = parameters.pop("BODY", "7BIT"), parameters.pop("SIZE", "0")
        smtputf8 = "SMTPUTF8" in parameters
        if parameters.pop("SMTPUTF8", None) is not None:
            raise Refused(b"501 5.5.4 SMTPUTF8 takes no value")
        if parameters:
            raise Refused(b"555 5.5.4 parameter not known")
        if body is None or body.upper() not in ("7BIT", "8BITMIME"):
            raise Refused(b"501 5.5.4 BODY is 7BIT or 8BITMIME")
        if size is None or not (size.isdecimal() and len(size) <= 20):  # RFC 1870 3
            raise Refused(b"501 5.5.4 SIZE is a number")
        if int(size) > self._service.limits.message_bytes:
            raise Refused(self._too_big())
        return smtputf8

    async def smtp_RCPT(self, arg: str) -> None:
        """Names a recipient; one that does not exist is refused here (RFC 5321 4.1.1.3)."""
        if self._mail is None:
            raise Refused(b"503 5.5.1 MAIL first")
        found = path.read(arg, "TO")
        if found.parameters:
            raise Refused(b"555 5.5.4 parameter not known")
        if not found.addr_spec:
            raise Refused(b"501 5.1.3 nobody has an empty address")
        _needs_no_utf8(found.addr_spec, self._mail.smtputf8)
        if len(self._mail.rcpt_tos) >= self._service.limits.recipients:
            raise Refused(b"452 4.5.3 too many recipients, send the rest again")
        if self.edge and not self._service.may_guess(self.peer):
            raise Refused(_GUESSING)
        refusal = self._service.handler.refusal(found.addr_spec, self.peer)
        if refusal is not None:
            if self.edge and self._service.guessed(self.peer):
                await self.flush()
                await asyncio.sleep(GUESS_SECONDS)
            raise Refused(refusal)
        self._mail.rcpt_tos.append(found.addr_spec)
        self.say(b"250 2.1.5 ok")

    async def smtp_DATA(self, arg: str) -> None:
        """Takes the message and answers when it is durable (RFC 5321 4.1.1.4)."""
        mail = self._mail
        if arg or mail is None or not mail.rcpt_tos:
            # DATA is the last of a pipelined group (RFC 2920 3.1): what follows already is a
            # message, and must not be run as commands.
            self._last = len(self._wire) > 0
            raise Refused(b"501 5.5.4 DATA stands alone" if arg else b"503 5.5.1 RCPT first")
        self.say(b"354 end with <CRLF>.<CRLF>")
        await self.flush()
        body = Body(self._service.limits.message_bytes)
        complete = await self._read(body)
        self._mail = None
        if not complete:
            return
        self.grant()
        self._keeping = True
        try:
            verdict = await self._judge(body, mail)
        finally:
            self._keeping = False
        self._answer(mail, verdict.reply)
        self._last = verdict.last

    def _answer(self, mail: _Mail, reply: bytes) -> None:
        self.say(reply)

    async def _read(self, body: Body) -> bool:
        """Reads up to the end of the message; False when the client leaves before or overdoes it.

        The memory is counted for all connections, so that many slow big messages do not fill it.
        """
        most, self._body = body.limit * _PATIENCE, body
        self.grant()
        octets = self._wire.take() or await self._reader.read(CHUNK_OCTETS)
        try:
            while octets:
                rest = body.feed(octets)
                if rest is not None:
                    self._wire.feed(rest)
                    return True
                if body.octets > most:
                    self.say(self._too_big())
                    break
                if body.is_dropped:
                    self._service.release(self)
                else:
                    self._service.hold(self, len(octets))
                self.lengthen(len(octets) / _RATE)
                self._reset_timeout()
                octets = await self._reader.read(CHUNK_OCTETS)
        finally:
            self._body = None
            self._service.release(self)
        self._last = True
        self._service.log.event("left-in-data", peer=self.peer, octets=body.octets)
        return False

    async def _judge(self, body: Body, mail: _Mail) -> Verdict:
        raw = body.message()
        if raw is None:
            return Verdict(self._too_big() if body.octets > body.limit else _FULL)
        envelope = Envelope(
            mail_from=mail.mail_from,
            rcpt_tos=tuple(mail.rcpt_tos),
            received_at=clock.now(),
            peer=self.peer,
            helo=self.session.host_name,
            smtputf8=mail.smtputf8,
            lmtp=not self.edge,
        )
        try:
            return await self._service.handler.receive(envelope, raw, edge=self.edge)
        except Exception as error:  # noqa: BLE001 - each recipient gets the 4xx, in LMTP too
            return Verdict(self.our_fault(error))

    def _too_big(self) -> bytes:
        return b"552 5.3.4 too big, at most %d octets" % self._service.limits.message_bytes

    async def smtp_RSET(self, arg: str) -> None:
        """Drops the transaction."""
        if arg:
            raise Refused(b"501 5.5.4 RSET stands alone")
        self._mail = None
        self.say(_OK)

    async def smtp_NOOP(self, _arg: str) -> None:
        """Says that it is there."""
        self.say(_OK)

    async def smtp_VRFY(self, arg: str) -> None:
        """Never tells who is a member; RFC 5321 3.5.3 has 252 for that."""
        if not arg:
            raise Refused(b"501 5.5.4 VRFY needs an address")
        self.say(b"252 2.0.0 send it and see")

    async def smtp_HELP(self, _arg: str) -> None:
        """Names the commands."""
        self.say(b"214 2.0.0 " + b" ".join(sorted(self.verbs)))

    async def smtp_QUIT(self, arg: str) -> None:
        """Says goodbye."""
        if arg:
            raise Refused(b"501 5.5.4 QUIT stands alone")
        self.say(b"221 2.0.0 bye")
        self._last = True

    async def smtp_STARTTLS(self, arg: str) -> None:
        """Goes over to TLS and starts anew (RFC 3207); the inherited method does the handshake."""
        if arg:
            raise Refused(b"501 5.5.4 STARTTLS stands alone")
        if self._service.tls is None:
            raise Refused(b"454 4.7.0 TLS not available")
        if self._tls_protocol is not None:
            raise Refused(b"503 5.5.1 TLS is on already")
        await self.flush()
        await super().smtp_STARTTLS("")
        if self.session.ssl is None:
            raise ConnectionResetError("closed in the handshake")


class LMTP(SMTP):
    """One connection from the mail server in front of us (RFC 2033)."""

    edge: ClassVar[bool] = False
    greeting: ClassVar[bytes] = b"LMTP"
    verbs: ClassVar[dict[bytes, str]] = {
        b"LHLO": "smtp_EHLO",
        **{verb: name for verb, name in SMTP.verbs.items() if verb not in (b"EHLO", b"HELO")},
    }

    def _answer(self, mail: _Mail, reply: bytes) -> None:
        """One reply for each accepted RCPT, in order, duplicates included (RFC 2033 4.2)."""
        for _ in mail.rcpt_tos:
            self.say(reply)


def _needs_no_utf8(addr_spec: str, smtputf8: bool) -> None:
    if not smtputf8 and not addr_spec.isascii():
        raise Refused(b"553 5.6.7 this address needs SMTPUTF8")  # RFC 6531 3.5
