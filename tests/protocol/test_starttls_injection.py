"""A scanner for commands put into a connection before its TLS begins (RFC 3207 4.2, 6).

Whoever sits on the line may add plaintext behind STARTTLS. It must be forgotten: no command of it
runs inside TLS, no reply to it is sent there, and no half line of it begins the first line that the
client sends. What was said before, HELO and a sender, is forgotten too.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.testing.bridge import RunningBridge, hub_config, running_bridge

INJECTED = {
    "NOOP": b"NOOP\r\n",
    "EHLO": b"EHLO evil.example\r\n",
    "a sender": b"EHLO evil.example\r\nMAIL FROM:<evil@union.example>\r\n",
    "a mail": b"EHLO evil.example\r\nMAIL FROM:<evil@union.example>\r\n"
    b"RCPT TO:<organising@hub.example>\r\nDATA\r\nSubject: evil\r\n\r\nx\r\n.\r\n",
    "an open mail": b"EHLO evil.example\r\nMAIL FROM:<evil@union.example>\r\n"
    b"RCPT TO:<organising@hub.example>\r\nDATA\r\nSubject: what the client says is mine\r\n",
    "half a command": b"MAIL FROM:<evil@union.exa",
    "half a line end": b"NOOP\r",
    "RSET many times": b"RSET\r\n" * 200,
    "STARTTLS again": b"STARTTLS\r\n",
    "QUIT": b"QUIT\r\n",
    "octets": bytes(range(256)),
}
MAIL = b"From: ana@union.example\r\nSubject: secret\r\n\r\nwords\r\n.\r\n"


@pytest.fixture(scope="module")
def bridge(
    tmp_path_factory: pytest.TempPathFactory, certificate: tuple[Path, Path]
) -> Iterator[RunningBridge]:
    config = hub_config(tmp_path_factory.mktemp("starttls"), tls=certificate)
    with running_bridge(config) as running:
        yield running


def _reply(stream: socket.socket) -> bytes:
    """One reply; empty when the connection ended."""
    octets = b""
    while not octets.endswith(b"\r\n") or octets.splitlines()[-1][3:4] == b"-":
        more = stream.recv(4096)
        if not more:
            return b""
        octets += more
    return octets


def _say(stream: socket.socket, line: bytes) -> bytes:
    stream.sendall(line + b"\r\n")
    return _reply(stream)


def _connect(bridge: RunningBridge) -> socket.socket:
    plain = socket.create_connection(bridge.smtp, timeout=30)
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    _reply(plain)
    assert b"STARTTLS" in _say(plain, b"EHLO client.example")
    return plain


def _encrypted(plain: socket.socket) -> ssl.SSLSocket:
    return ssl._create_unverified_context().wrap_socket(plain)


@pytest.mark.parametrize("name", INJECTED)
def test_nothing_lives_on_into_tls(bridge: RunningBridge, name: str) -> None:
    before = len(bridge.kept())
    plain = _connect(bridge)
    assert _say(plain, b"MAIL FROM:<evil@union.example>").startswith(b"250")
    plain.sendall(b"STARTTLS\r\n" + INJECTED[name])
    first = plain.recv(4096)
    assert first.startswith(b"220"), first
    assert first.count(b"\r\n") == 1, "something behind STARTTLS was answered"
    with _encrypted(plain) as stream:
        assert _say(stream, b"RCPT TO:<organising@hub.example>").startswith(b"503")
        assert _say(stream, b"MAIL FROM:<ana@union.example>").startswith(b"503")
        offered = _say(stream, b"EHLO client.example")
        assert offered.startswith(b"250")
        assert b"STARTTLS" not in offered
        for line in (b"MAIL FROM:<ana@union.example>", b"RCPT TO:<organising@hub.example>"):
            assert _say(stream, line).startswith(b"250")
        assert _say(stream, b"DATA").startswith(b"354")
        stream.sendall(MAIL)
        assert _reply(stream).startswith(b"250 2.0.0")
        assert _say(stream, b"QUIT").startswith(b"221")
    (kept,) = bridge.kept()[before:]
    assert kept.envelope.mail_from == "ana@union.example"
    assert kept.raw == MAIL.removesuffix(b".\r\n")


@pytest.mark.parametrize("name", ["NOOP", "a mail", "octets", "RSET many times"])
def test_plaintext_instead_of_a_handshake_ends_the_connection(
    bridge: RunningBridge, name: str
) -> None:
    before = len(bridge.kept())
    plain = _connect(bridge)
    assert _say(plain, b"STARTTLS").startswith(b"220")
    plain.sendall(INJECTED[name])
    seen = b""
    try:
        while more := plain.recv(4096):
            seen += more
    except ConnectionError:
        pass
    plain.close()
    assert b"250" not in seen
    assert bridge.kept()[before:] == []


def test_starttls_takes_no_argument_and_comes_once(bridge: RunningBridge) -> None:
    plain = _connect(bridge)
    assert _say(plain, b"STARTTLS now").startswith(b"501")
    assert _say(plain, b"STARTTLS").startswith(b"220")
    with _encrypted(plain) as stream:
        _say(stream, b"EHLO client.example")
        assert _say(stream, b"STARTTLS")[:1] == b"5"


def test_where_there_is_no_certificate_there_is_no_starttls(tmp_path: Path) -> None:
    with running_bridge(hub_config(tmp_path)) as bridge:
        plain = socket.create_connection(bridge.smtp, timeout=30)
        _reply(plain)
        assert b"STARTTLS" not in _say(plain, b"EHLO client.example")
        assert _say(plain, b"STARTTLS").startswith(b"454")
        plain.close()
