"""Whatever a client says: replies of three digits, no fault of ours, and 250 only for what is kept.

The listener is a real one. A session is a list of steps from what clients say, in any order, torn
and mixed with octets; the reader of the wire is tried alone as well, cut into pieces anywhere.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.bridge.wire import Body, LineError, Wire
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.testing.bridge import RunningBridge, hub_config, running_bridge
from solicomm_build.testing.budget import examples
from tests.fuzz import kept

STEPS = st.sampled_from(
    [
        b"EHLO x.example\r\n",
        b"HELO x\r\n",
        b"LHLO x\r\n",
        b"EHLO\r\n",
        b"EHLO [127.0.0.1]\r\n",
        b"MAIL FROM:<ana@union.example>\r\n",
        b"MAIL FROM:<>\r\n",
        b"MAIL FROM:<a@b> SIZE=10\r\n",
        b"MAIL FROM:<a@b> BODY=8BITMIME SMTPUTF8\r\n",
        b"mail from: <a@b>\r\n",
        b"MAIL TO:<a@b>\r\n",
        b"MAIL FROM:<a@b> SIZE=99999999999999999999\r\n",
        b"MAIL FROM:<\xc3\xa9@b> SMTPUTF8\r\n",
        b"RCPT TO:<organising@hub.example>\r\n",
        b"RCPT TO:<nobody@hub.example>\r\n",
        b"RCPT TO:<@a,@b:organising@hub.example>\r\n",
        b'RCPT TO:<"a b"@hub.example>\r\n',
        b"RCPT TO:<postmaster>\r\n",
        b"RCPT TO:<organising@hub.example> NOTIFY=NEVER\r\n",
        b"DATA\r\n",
        b"DATA now\r\n",
        b"Subject: x\r\n\r\nwords\r\n.\r\n",
        b".\r\n",
        b"..\r\n",
        b"RSET\r\n",
        b"NOOP x\r\n",
        b"VRFY ana\r\n",
        b"EXPN water\r\n",
        b"HELP\r\n",
        b"STARTTLS\r\n",
        b"AUTH PLAIN AGEAYgBj\r\n",
        b"BDAT 5 LAST\r\nhello",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b" ",
        b"\0",
        b"\xff",
        b"x" * 3000,
        b"QUIT",
        b"XCLIENT ADDR=1\r\n",
    ]
)
SESSIONS = st.lists(STEPS | st.binary(max_size=8), max_size=25).map(b"".join)
_REPLY = re.compile(rb"[2-5][0-9]{2}[ -][^\r\n]*")


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBridge]:
    config = hub_config(tmp_path_factory.mktemp("smtp"), limits=Limits(connections_per_ip=1000))
    with running_bridge(config) as running:
        yield running


def speak(address: tuple[str, int], said: bytes) -> list[bytes]:
    """The lines that come back to a client that says all at once and listens to the end."""
    with socket.create_connection(address, timeout=30) as client:
        heard = b""
        try:
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            while more := client.recv(65_536):
                heard += more
        except ConnectionError:
            pass  # it had enough, as it may
    return heard.split(b"\r\n")[:-1]


def check(bridge: RunningBridge, said: bytes) -> None:
    """One session with each listener."""
    for address in (bridge.smtp, bridge.lmtp):
        before = len(bridge.kept())
        lines = speak(address, said)
        assert all(_REPLY.fullmatch(line) for line in lines), lines
        told = sum(line.startswith(b"250 2.0.0 kept as") for line in lines)
        kept_now = len(bridge.kept()) - before
        assert bool(told) <= bool(kept_now), "a 250 for what is not there"
    assert "bridge-fault" not in bridge.log.counters()


@pytest.mark.parametrize("path", kept.paths("smtp"), ids=lambda path: path.name)
def test_kept(bridge: RunningBridge, path: object) -> None:
    check(bridge, path.read_bytes())  # type: ignore[attr-defined]


@settings(max_examples=examples(60))
@given(SESSIONS)
def test_sessions_of_steps(bridge: RunningBridge, said: bytes) -> None:
    check(bridge, said)


@settings(max_examples=examples(60))
@given(kept.torn("smtp"))
def test_torn_sessions(bridge: RunningBridge, said: bytes) -> None:
    check(bridge, said)


@settings(max_examples=examples(150))
@given(SESSIONS, st.lists(st.integers(1, 40), min_size=1, max_size=12))
def test_pieces_make_no_difference_to_the_wire(octets: bytes, sizes: list[int]) -> None:
    assert _lines(octets, [len(octets) or 1]) == _lines(octets, sizes)
    assert _message(octets, [len(octets) or 1]) == _message(octets, sizes)


def _pieces(octets: bytes, sizes: list[int]) -> Iterator[bytes]:
    at = number = 0
    while at < len(octets):
        size = sizes[number % len(sizes)]
        yield octets[at : at + size]
        at, number = at + size, number + 1


def _lines(octets: bytes, sizes: list[int]) -> list[bytes]:
    """What the wire makes of it; a line that is too long for the buffer may be refused sooner."""
    wire, found = Wire(limit=10_000), []
    for piece in _pieces(octets, sizes):
        wire.feed(piece)
        while True:
            try:
                line = wire.line()
            except LineError as error:
                found.append(error.reply)
                continue
            if line is None:
                break
            found.append(line)
    return found


def _message(octets: bytes, sizes: list[int]) -> tuple[bytes | None, bytes] | None:
    """The message and what follows it; None while its end has not come."""
    body, whole = Body(limit=100_000), _pieces(octets, sizes)
    for piece in whole:
        rest = body.feed(piece)
        if rest is not None:
            return body.message(), rest + b"".join(whole)
    return None
