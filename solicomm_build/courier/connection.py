"""One SMTP connection to the relay: commands in groups, an outcome for each copy.

Where the server offers PIPELINING, the end of one message and the envelope of the next go out in
one write, as RFC 2920 3.1 allows, so that a copy costs one round trip; else each command waits for
its reply. A reply that breaks the protocol, a dead line and a goodbye (421) end the connection as
`Lost`; what was in hand then is in `unsettled`, and `in_doubt` if the server may have taken it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from typing import Protocol

from solicomm_build.courier.line import Line, Lost, Reply, Timeouts, open_line
from solicomm_build.courier.making.copies import Copy, Letter
from solicomm_build.courier.outcome import Outcome, is_about_us, of_reply

MOST = 100
"""Messages on one connection; many servers end it at about that."""

_SPECIAL = r"\s<>()\[\],:;\\\"@\x00-\x1f\x7f"
_ADDRESS = re.compile(rf"[^{_SPECIAL}]+@[^{_SPECIAL}]+")
_BAD = Outcome("failed", "501 5.1.3 not an address that mail can be sent to")
_NEEDS_8BIT = Outcome("later", "the relay takes no 8-bit mail (8BITMIME); it has to, RFC 6152")
_NEEDS_UTF8 = Outcome("failed", "553 5.6.7 the relay takes no international addresses (SMTPUTF8)")
_TOO_BIG = Outcome("failed", "552 5.3.4 larger than the relay takes")


class Job(Protocol):
    """Where a connection gets its copies, and what it says of them."""

    letter: Letter

    async def take(self) -> Copy | None:
        """The next copy, when it is made; None when there is no other."""

    def take_ready(self) -> Copy | None:
        """The next copy if it is made already."""

    def settle(self, copy: Copy, outcome: Outcome) -> None:
        """Notes what became of a copy."""


class Connection:
    """A greeted connection. Made by `connect`; one user at a time."""

    def __init__(
        self, line: Line, timeouts: Timeouts, address: tuple[str, int], *, has_others: bool
    ) -> None:
        self.address, self._has_others = address, has_others
        self._line, self._timeouts = line, timeouts
        self._offers: dict[str, str] = {}
        self._pipelines = False
        self.delivered = 0
        self.unsettled: list[Copy] = []
        self.in_doubt = False
        self.used_at = 0.0

    # -- begin and end ------------------------------------------------------------------------

    async def greet(self, helo: str, *, encrypt: bool) -> None:
        """Greeting, EHLO or HELO, and STARTTLS where it is wanted and offered. Raises Lost.

        The certificate is not verified, as between mail servers (RFC 7435): what could be put in
        the way could take the offer of STARTTLS away as well.
        """
        first = await self._line.reply(self._timeouts.greeting)
        if first.code != 220:
            raise Lost(str(first))
        await self._hello(helo)
        if encrypt and "STARTTLS" in self._offers:
            if (answer := await self._ask("STARTTLS")).code != 220:
                raise Lost(f"STARTTLS: {answer}")
            await self._line.start_tls(_context(), self.address[0], self._timeouts.command)
            await self._hello(helo)

    @property
    def usable(self) -> bool:
        """Whether more can be sent, as far as one can tell without asking."""
        return self._line.quiet and self.delivered < MOST

    async def quit(self) -> None:
        """Says goodbye. Raises nothing."""
        with contextlib.suppress(Lost, TimeoutError):
            async with asyncio.timeout(5):
                await self._ask("QUIT")
        self.abort()

    def abort(self) -> None:
        """Hangs up."""
        self._line.hang_up()

    # -- copies -------------------------------------------------------------------------------

    async def deliver(self, first: Copy, job: Job) -> None:
        """Sends `first` and what `job` gives until it has no more or the connection has had its
        share. Each copy is settled, or in `unsettled` when Lost is raised."""
        copy: Copy | None = self._sendable(first, job)
        piped = False
        while True:
            if copy is None:
                copy = await self._next(job)
                piped = False
            if copy is None:
                return
            copy = await self._transaction(copy, job, piped=piped)
            piped = copy is not None

    async def _next(self, job: Job) -> Copy | None:
        """The next copy that this server can take, waiting for it; None at the end."""
        while self.delivered < MOST and (taken := await job.take()) is not None:
            if (copy := self._sendable(taken, job)) is not None:
                return copy
        return None

    def _following(self, job: Job) -> Copy | None:
        """The next copy if one is there now and its envelope may go out already."""
        if not self._pipelines or self.delivered + 1 >= MOST:
            return None
        while (taken := job.take_ready()) is not None:
            if (copy := self._sendable(taken, job)) is not None:
                return copy
        return None

    async def _transaction(self, copy: Copy, job: Job, *, piped: bool) -> Copy | None:
        """One mail transaction (RFC 5321 3.3). With `piped` its envelope is out already.

        Returns the copy whose envelope went out with this one's text.
        """
        self.unsettled, self.in_doubt = [copy], False
        replies = await self._envelope(copy, job.letter, piped=piped)
        refusal = _refusal(replies)
        if self._has_others and refusal is not None:
            of_system = refusal is replies[0] and _is_of_system(refusal)
            if of_system or is_about_us(refusal.code, refusal.text):
                raise Lost(str(refusal))
        following = self._following(job)
        if following is not None:
            self.unsettled.append(following)
        after = self._lines(following, job.letter) if following is not None else b""
        if refusal is None:
            self.in_doubt = True
            await self._write(copy.head, job.letter.text, b".\r\n", after)
        elif replies[-1].code == 354:  # nobody to send it to: an empty text (RFC 2920 3.1)
            await self._write(b".\r\n" + after)
        else:
            await self._write(b"RSET\r\n" + after)
        last = await self._line.reply(self._timeouts.end)
        self.in_doubt = False
        self._settle(copy, job, refusal or last)
        if last.code == 421:
            raise Lost(str(last))
        return following

    def _settle(self, copy: Copy, job: Job, reply: Reply) -> None:
        self.unsettled.remove(copy)
        self.delivered += reply.good
        job.settle(copy, of_reply(reply.code, reply.text))

    async def _envelope(self, copy: Copy, letter: Letter, *, piped: bool) -> list[Reply]:
        """The replies to MAIL, RCPT and DATA; without PIPELINING up to the first refusal."""
        lines = self._lines(copy, letter)
        if self._pipelines:
            if not piped:
                await self._write(lines)
            replies = await self._line.replies(3, self._timeouts.command)
        else:
            replies = []
            for line in lines.splitlines(keepends=True):
                await self._write(line)
                replies.append(await self._line.reply(self._timeouts.command))
                if replies[-1].code >= 400:
                    break
        if replies[-1].code == 421:
            raise Lost(str(replies[-1]))
        return replies

    def _lines(self, copy: Copy, letter: Letter) -> bytes:
        """MAIL, RCPT and DATA for a copy that `_sendable` has let through."""
        options = "" if letter.is_ascii else " BODY=8BITMIME"
        if "SIZE" in self._offers:  # RFC 1870 6
            options += f" SIZE={len(copy.head) + len(letter.text)}"
        if "SMTPUTF8" in self._offers and not (_is_ascii(copy) and letter.has_ascii_header):
            options += " SMTPUTF8"
        sender, to = copy.mail_from or "", copy.rcpt_to
        return f"MAIL FROM:<{sender}>{options}\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode()

    def _sendable(self, copy: Copy, job: Job) -> Copy | None:
        """The copy, unless it cannot be sent here, which is settled at once.

        An address is never more than an address: nothing in it ends the command or its brackets.
        """
        letter, outcome = job.letter, None
        sender = copy.mail_from
        if not _ADDRESS.fullmatch(copy.rcpt_to) or (sender and not _ADDRESS.fullmatch(sender)):
            outcome = _BAD
        elif not _is_ascii(copy) and "SMTPUTF8" not in self._offers:
            outcome = _NEEDS_UTF8
        elif not letter.is_ascii and "8BITMIME" not in self._offers:
            outcome = _NEEDS_8BIT
        elif 0 < self._limit < len(copy.head) + len(letter.text):
            outcome = _TOO_BIG
        if outcome is not None:
            job.settle(copy, outcome)
            return None
        return copy

    @property
    def _limit(self) -> int:
        """The largest message the server takes; 0 when it does not say (RFC 1870 4)."""
        said = self._offers.get("SIZE", "")
        return int(said) if said.isdecimal() and len(said) < 20 else 0

    # -- commands -----------------------------------------------------------------------------

    async def _hello(self, helo: str) -> None:
        answer = await self._ask(f"EHLO {helo}")
        if answer.good:
            self._offers = _offers(answer.text)
            self._pipelines = "PIPELINING" in self._offers
        elif not (answer := await self._ask(f"HELO {helo}")).good:
            raise Lost(f"HELO: {answer}")

    async def _ask(self, command: str) -> Reply:
        await self._write(command.encode("ascii") + b"\r\n")
        answer = await self._line.reply(self._timeouts.command)
        if answer.code == 421:
            raise Lost(str(answer))
        return answer

    async def _write(self, *parts: bytes) -> None:
        await self._line.write(self._timeouts.block, *parts)


async def connect(
    address: tuple[str, int],
    *,
    helo: str,
    encrypt: bool,
    timeouts: Timeouts,
    has_others: bool = False,
) -> Connection:
    """A connection that is greeted. Raises Lost. Where the server `has_others` beside it, one that
    takes nothing for reasons of its own, as a full disk, or nothing from here, is lost, too."""
    line = await open_line(address, timeouts.greeting)
    connection = Connection(line, timeouts, address, has_others=has_others)
    try:
        await connection.greet(helo, encrypt=encrypt)
    except BaseException:
        connection.abort()
        raise
    return connection


def _refusal(replies: list[Reply]) -> Reply | None:
    """The first of the replies to MAIL, RCPT and DATA that means no; None when all mean yes."""
    for place, one in enumerate(replies):
        if place == 2 and one.good:
            raise Lost("DATA is answered as if it were over")
        if not one.good and not (place == 2 and one.code == 354):
            return one
    return None


def _is_of_system(reply: Reply) -> bool:
    """Whether a server says that the trouble is its own and passes (RFC 3463 3.4)."""
    return 400 <= reply.code < 500 and reply.text.startswith("4.3.")


def _offers(text: str) -> dict[str, str]:
    """Keywords of an EHLO reply with their parameters (RFC 5321 4.1.1.1); the first line greets."""
    found = {}
    for line in text.split("\n")[1:]:
        keyword, _, rest = line.strip().partition(" ")
        found[keyword.upper()] = rest.strip()
    return found


def _is_ascii(copy: Copy) -> bool:
    return copy.rcpt_to.isascii() and (copy.mail_from or "").isascii()


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
