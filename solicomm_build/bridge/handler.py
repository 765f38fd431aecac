"""What the bridge says to a recipient and to a message; knows no sockets.

At RCPT: does the address exist. After DATA: is the message within the rules of its way in, then
into the spool, and 250 once it is durable. Nothing is parsed here beyond what protects the parser;
the rest is ingest's.

Two ways in differ (docs/mail-rules.md#refusals). At the *edge*, SMTP from the world, a bad message
is refused and its sender hears why. *Behind* a mail server, LMTP, a refusal would become a bounce
to a maybe forged address, so all is kept that can be kept and ingest decides.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import partial

from solicomm_build.bridge.groupcommit import GroupCommit
from solicomm_build.foundation.errors import AddressError, MessageError, SoliCommError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import USUAL, Bounds, Envelope
from solicomm_build.message.structure import check
from solicomm_build.people.recipients import Directory

_BIG = 256 * 1024  # octets; looking through more takes long enough to leave the event loop
_MOST_NAMED = 20  # recipients of a message in its line of the log
_UNKNOWN = AddressError("no such mailbox here").reply.encode()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reply to a message; `last` when the connection should end after it."""

    reply: bytes
    last: bool = False


class Handler:
    """Decides by `directory` and keeps through `commit`; may serve many listeners at once."""

    def __init__(
        self,
        directory: Directory,
        commit: GroupCommit,
        spool: Incoming,
        log: MailLog,
        *,
        line_octets: int = 1024 * 1024,
        bounds: Bounds = USUAL,
    ) -> None:
        self._directory, self._commit, self._spool, self.log = directory, commit, spool, log
        self._look = partial(edge_fault, line_octets=line_octets, bounds=bounds)

    def refusal(self, addr_spec: str, peer: str) -> bytes | None:
        """The reply to a recipient that does not exist here; None when it does."""
        if self._directory.resolve(addr_spec) is not None:
            return None
        self.log.event("unknown", rcpt_to=addr_spec, peer=peer)
        return _UNKNOWN

    def full(self) -> bool:
        """Whether there is no room for another message now."""
        return self._commit.full()

    async def receive(self, envelope: Envelope, raw: bytes, *, edge: bool) -> Verdict:
        """Keeps the message, or says why not; a 250 means durable. Raises nothing of its own."""
        verdict = await self._fault(envelope, raw, edge=edge)
        if verdict is None:
            try:
                verdict = await self._keep(envelope, raw)
            except SoliCommError as error:
                verdict = Verdict(error.reply.encode())
        if not verdict.reply.startswith(b"2"):
            self.log.event(
                "refused",
                reply=verdict.reply.decode(),
                octets=len(raw),
                mail_from=envelope.mail_from,
                peer=envelope.peer,
            )
        return verdict

    async def _keep(self, envelope: Envelope, raw: bytes) -> Verdict:
        name = await self._commit.put(Item(envelope, raw))
        self.log.event(
            "kept",
            id=name,
            octets=len(raw),
            rcpts=len(envelope.rcpt_tos),
            to=",".join(map(self.log.who, envelope.rcpt_tos[:_MOST_NAMED])),
            mail_from=envelope.mail_from,
            peer=envelope.peer,
            helo=envelope.helo,
        )
        return Verdict(b"250 2.0.0 kept as " + name.encode())

    async def _fault(self, envelope: Envelope, raw: bytes, *, edge: bool) -> Verdict | None:
        loop = asyncio.get_running_loop()
        look = self._look if edge else behind_fault
        fault = look(raw) if len(raw) < _BIG else await loop.run_in_executor(None, look, raw)
        if fault is not None and not edge:
            reason = "bare <LF> or <CR> over LMTP: our mail server should have refused or mended it"
            item = Item(envelope, raw)
            await loop.run_in_executor(None, self._spool.quarantine, item, reason)
        return fault


# A line end that stands alone beside a dot that begins a line, or where un-dotting took that dot
# away (`<CRLF>.<LF>` is kept as `<CRLF><LF>`): makes two servers disagree about where mail ends.
# A bare <LF> elsewhere is an old client's habit and harms nobody: sent on, it becomes <CRLF> first.
_SMUGGLED = re.compile(rb"(?<!\r)\n\.|(?:\A|\r\n)\n|(?:\A|\n)\.\n")


def edge_fault(raw: bytes, *, line_octets: int, bounds: Bounds = USUAL) -> Verdict | None:
    """What is wrong with a message from the world, or None. Takes time when it is big.

    RFC 5322 2.1.1 allows lines of 998 octets; real mail has longer ones, so `line_octets` is ours.
    """
    bare = _bare(raw)
    if bare == b"<CR>" or (bare and _SMUGGLED.search(raw)):
        return Verdict(b"550 5.5.2 bare " + bare + b" received", last=True)
    if b"\0" in raw:
        return Verdict(b"554 5.6.0 NUL in the message")
    if len(raw) > line_octets and max(map(len, raw.split(b"\r\n"))) > line_octets:
        return Verdict(b"554 5.6.0 a line is longer than %d octets" % line_octets)
    try:
        check(raw, bounds)  # by byte ranges; decodes only what may be too much
    except MessageError as error:
        return Verdict(error.reply.encode("ascii", "replace"))
    return None


def behind_fault(raw: bytes) -> Verdict | None:
    """A mail server of ours that passes bare line ends is set up wrongly; the rest is kept."""
    if bare := _bare(raw):
        return Verdict(b"451 4.3.0 bare " + bare + b" over LMTP; kept aside for the operator")
    return None


def _bare(raw: bytes) -> bytes:
    """Which half of a CRLF stands alone (RFC 5321 2.3.8): b"<CR>", b"<LF>" or b"". Where both do,
    it is the CR, which no way in takes."""
    pairs = raw.count(b"\r\n")
    if raw.count(b"\r") != pairs:
        return b"<CR>"
    return b"<LF>" if raw.count(b"\n") != pairs else b""
