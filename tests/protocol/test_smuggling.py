"""A scanner for SMTP smuggling, turned on our own listeners.

Every line end that some server takes for one stands before and after a dot, where it must not end a
message (RFC 5321 4.1.1.4), with a second mail behind it. Whatever the listener says, that must not
become a mail: not in one piece, not octet by octet, not behind a mail that is too large, and not on
the next server either, to which we hand the message on.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from solicomm_build.courier.making.copies import Letter
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.spool import Item
from solicomm_build.testing.bridge import RunningBridge, hub_config, running_bridge

EVIL = "evil@union.example"
ENDS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\r\n",
    b"\n\r",
    b"\n\n",
    b"\r\0\n",
    b"\0",
    b"\0\r\n",
    b"\r\n\0",
    b"\x0b",
    b"\x0c",
    b"\x1c",
    b"\x85",
    b"\xc2\x85",
    b"\xe2\x80\xa8",
    b" \r\n",
    b"\t\n",
    b"",
)
"""What is taken for the end of a line here and there; only the first is one."""
DOTS = (b".", b"..", b". ", b"\0.", b".\0")
GOOD = b"\r\n.\r\n"
SMUGGLED = (
    b"MAIL FROM:<evil@union.example>\r\nRCPT TO:<organising@hub.example>\r\nDATA\r\n"
    b"Subject: smuggled\r\n\r\nx\r\n.\r\n"
)
HEAD = b"From: ana@union.example\r\nSubject: one\r\n\r\nwords"
SPLITTING = (510, 512, 998, 1000, 1001, 1024, 2046, 2048, 4096, 8192, 65_536)
"""Where servers cut long lines; the dot behind would begin a line then."""


def variants(
    ends: Sequence[bytes] = ENDS, dots: Sequence[bytes] = DOTS, start: bytes = b""
) -> Iterator[bytes]:
    """Every wrong way to end a message."""
    for before, dot, after in itertools.product(ends, dots, ends):
        end = before + dot + after
        if GOOD not in start + end + SMUGGLED[:4]:
            yield end


class Client:
    """A sender that says what it likes."""

    def __init__(self, address: tuple[str, int], *, lmtp: bool = False) -> None:
        self._socket = socket.create_connection(address, timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._file = self._socket.makefile("rb")
        self.reply()
        self.say(b"LHLO x.example" if lmtp else b"EHLO x.example")

    def say(self, line: bytes) -> bytes:
        self._socket.sendall(line + b"\r\n")
        return self.reply()

    def reply(self) -> bytes:
        """The last line of the next reply; empty when the connection was closed."""
        try:
            line = self._file.readline()
            while line[3:4] == b"-":
                line = self._file.readline()
        except ConnectionError:
            return b""
        return line

    def mail(self, octets: bytes, *, piece: int = 0) -> list[bytes]:
        """Sends a mail whose text is `octets`, then QUIT; every reply that comes."""
        for line in (b"MAIL FROM:<ana@union.example>", b"RCPT TO:<organising@hub.example>"):
            assert self.say(line).startswith(b"250"), line
        assert self.say(b"DATA").startswith(b"354")
        whole = octets + b"\r\n.\r\nQUIT\r\n"
        try:
            for start in range(0, len(whole), piece or len(whole)):
                self._socket.sendall(whole[start : start + (piece or len(whole))])
        except ConnectionError:
            pass  # it had enough
        return list(iter(self.reply, b""))

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def scan(address: tuple[str, int], octets: bytes, *, piece: int = 0, lmtp: bool = False) -> str:
    """Sends a mail that hides another; what was wrong with the replies, or nothing."""
    client = Client(address, lmtp=lmtp)
    try:
        replies = client.mail(octets + SMUGGLED.removesuffix(b"\r\n.\r\n"), piece=piece)
    finally:
        client.close()
    if not replies or replies[0][:1] not in b"245":
        return f"the mail was answered with {replies[:1]}"
    if len(replies) > 2 or (len(replies) == 2 and not replies[1].startswith(b"221")):
        return f"what was hidden was run: {replies}"
    return ""


def onward(item: Item) -> str:
    """How a message looks to the next server: what is wrong with it, or nothing."""
    wire = Letter(item).text
    text = wire if wire.endswith(b"\r\n.\r\n") else wire + b".\r\n"
    if text.count(b"\r\n") != text.count(b"\n") or text.count(b"\r\n") != text.count(b"\r"):
        return "a line end that stands alone goes out"
    if text.find(b"\r\n.\r\n") != len(text) - 5:
        return "the message ends before its end"
    return ""


def check(bridge: RunningBridge) -> list[Item]:
    """What was kept; nothing of it may be the hidden mail, here or at the next server."""
    kept = bridge.kept()
    assert [item.envelope.mail_from for item in kept if item.envelope.mail_from == EVIL] == []
    assert {item.envelope.mail_from for item in kept} <= {"ana@union.example"}
    wrong = {onward(item) for item in kept} - {""}
    assert wrong == set()
    return kept


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    config = hub_config(tmp_path_factory.mktemp("smuggling"), limits=Limits(message_bytes=65_536))
    with running_bridge(config) as running:
        yield running


def _found(bridge: RunningBridge, octets: Iterator[bytes], *, piece: int = 0) -> list[str]:
    return [
        f"{one[-12:]!r}: {wrong}"
        for one in octets
        if (wrong := scan(bridge.smtp, one, piece=piece))
    ]


def test_no_wrong_end_ends_a_mail(bridge: RunningBridge) -> None:
    assert _found(bridge, (HEAD + one for one in variants())) == []
    kept = check(bridge)
    assert kept, "nothing was taken: the scanner says nothing"


def test_an_old_clients_line_feeds_open_no_way(bridge: RunningBridge) -> None:
    """A bare LF elsewhere is kept (ADR 0006), and the bare CR beside a dot is refused all the same:
    nothing of it is even in the spool."""
    before = len(check(bridge))
    old = HEAD + b"\nmore words\r\n"
    with_cr = [one for one in variants(ENDS[:5], DOTS[:2]) if _has_bare_cr(one)]
    assert len(with_cr) > 30
    assert _found(bridge, (old + one for one in with_cr)) == []
    assert len(check(bridge)) == before
    assert scan(bridge.smtp, old) == "", "the line feed itself is no fault"
    assert len(check(bridge)) == before + 1


def _has_bare_cr(octets: bytes) -> bool:
    return b"\r" in octets.replace(b"\r\n", b"")


def test_nor_at_the_beginning_of_the_text(bridge: RunningBridge) -> None:
    starts = {one for one in variants([b"", *ENDS[1:]], start=b"\r\n") if one[:1] in (b".", b"\0")}
    assert _found(bridge, iter(sorted(starts))) == []
    check(bridge)


def test_nor_octet_by_octet(bridge: RunningBridge) -> None:
    few = variants(ENDS[:8], DOTS[:1])
    assert _found(bridge, (HEAD + one for one in few), piece=1) == []
    check(bridge)


def test_nor_behind_what_is_too_large(bridge: RunningBridge) -> None:
    large = HEAD + b"\r\n" + b"x" * 100_000
    assert _found(bridge, (large + one for one in variants(ENDS[:8], DOTS[:1]))) == []
    check(bridge)


@pytest.mark.parametrize("length", SPLITTING)
def test_a_long_line_is_not_cut_before_a_dot(bridge: RunningBridge, length: int) -> None:
    for around in (-2, -1, 0, 1, 2):
        line = b"\r\n" + b"x" * (length + around) + b".\r\n"
        assert scan(bridge.smtp, HEAD + line) == ""
    check(bridge)


def test_nor_over_lmtp(tmp_path: Path) -> None:
    with running_bridge(hub_config(tmp_path)) as bridge:
        few = variants(ENDS[:10], DOTS[:2])
        wrong = [one for one in few if scan(bridge.lmtp, HEAD + one, lmtp=True)]
        assert wrong == []
        check(bridge)


def test_there_is_no_other_way_to_send_a_text(bridge: RunningBridge) -> None:
    client = Client(bridge.smtp)
    offered = client.say(b"BDAT 5 LAST")
    client.close()
    assert offered.startswith(b"50"), "CHUNKING is not offered, so BDAT is no command"


def test_the_scanner_finds_a_server_that_is_lax() -> None:
    """One that takes <LF>.<LF> for an end runs what is hidden."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        import threading

        thread = threading.Thread(target=_lax, args=(listener,))
        thread.start()
        wrong = scan(listener.getsockname(), HEAD + b"\n.\n")
        thread.join()
    assert "what was hidden was run" in wrong


def _lax(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb", buffering=0) as file:
        file.write(b"220 lax\r\n")
        in_text = False
        for line in file:
            if in_text and line.strip() != b".":
                continue
            if in_text:
                in_text = False
                file.write(b"250 2.0.0 taken\r\n")
            elif line.startswith(b"DATA"):
                in_text = True
                file.write(b"354 go on\r\n")
            elif line.startswith(b"QUIT"):
                file.write(b"221 2.0.0 bye\r\n")
                return
            else:
                file.write(b"250 2.1.0 yes\r\n")
