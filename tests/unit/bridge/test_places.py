"""What one place on the network may do to the mail server: connections, time, guesses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from pathlib import Path

import pytest

from solicomm_build.bridge import server, service
from solicomm_build.bridge.groupcommit import GroupCommit
from solicomm_build.bridge.handler import Handler
from solicomm_build.bridge.service import Service
from solicomm_build.foundation import network
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.maillog import to_nobody
from solicomm_build.foundation.spool import Spool
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.testing.bridge import hub_config, running_bridge


def _reply(file) -> bytes:  # type: ignore[no-untyped-def]
    while (line := file.readline())[3:4] == b"-":
        pass
    return bytes(line)


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients on this machine count as one place elsewhere."""
    monkeypatch.setattr(network, "place", lambda _address, _fronts=(): "192.0.2.1")


def _service(tmp_path: Path, limits: Limits, now: list[float], *fronts: str) -> Service:
    log, spool = to_nobody(), Spool(tmp_path / "in")
    handler = Handler(HubDirectory("x", tmp_path), GroupCommit(spool, log), spool, log)
    return Service(handler, limits, "x", fronts=fronts, now=lambda: now[0])


class Peer:
    def __init__(self, peer: str) -> None:
        self.peer = peer

    def go_down(self) -> None: ...

    def abort(self) -> None: ...


def test_a_64_has_as_many_connections_as_an_address(tmp_path: Path) -> None:
    async def count() -> None:
        hub = _service(tmp_path, Limits(connections_per_ip=2), [0.0], "203.0.113.0/28")
        peers = [Peer(f"2001:db8::{number}") for number in range(3)]
        assert [hub.enter(peer) for peer in peers] == [True, True, False]
        assert hub.enter(Peer("2001:db8:0:1::1"))
        assert all(hub.enter(Peer("203.0.113.5")) for _ in range(5)), "our own mail server"
        hub.leave(peers[0])
        assert hub.enter(peers[2])

    asyncio.run(count())


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("said", [b"NOOP", b"RSET", b"EHLO a.example", b"HELP"])
def test_a_connection_without_mail_ends_whatever_is_said(tmp_path: Path, said: bytes) -> None:
    config = hub_config(tmp_path, limits=Limits(timeout=1))
    with (
        running_bridge(config) as bridge,
        socket.create_connection(bridge.smtp, timeout=20) as client,
        client.makefile("rb") as file,
    ):
        _reply(file)
        begun, told = time.monotonic(), b""
        while not told.startswith(b"421") and time.monotonic() < begun + 15:
            client.sendall(said + b"\r\n")
            told = _reply(file)
            time.sleep(0.05)
        assert told == b"421 4.4.2 no command came in time\r\n"


@pytest.mark.usefixtures("far")
def test_a_message_gives_a_connection_more_time(tmp_path: Path) -> None:
    config = hub_config(tmp_path, limits=Limits(timeout=1))
    with (
        running_bridge(config) as bridge,
        socket.create_connection(bridge.smtp, timeout=20) as client,
        client.makefile("rb") as file,
    ):
        _reply(file)
        begun = time.monotonic()
        lines = (b"EHLO a.example", b"MAIL FROM:<a@b.example>", b"RCPT TO:<organising@hub.example>")
        while time.monotonic() < begun + 3:  # longer than one without
            for line in (*lines, b"DATA"):
                client.sendall(line + b"\r\n")
                assert _reply(file)[:1] in b"23"
            client.sendall(b"From: a@b.example\r\n\r\nhello\r\n.\r\n")
            assert _reply(file).startswith(b"250 2.0.0 kept")
            time.sleep(0.2)


def _in_data(bridge: tuple[str, int], source: str = "127.0.0.1") -> socket.socket:
    """A client from an address, which may send its message now."""
    client = socket.create_connection(bridge, timeout=20, source_address=(source, 0))
    with client.makefile("rb") as file:
        _reply(file)
        lines = (b"EHLO a.example", b"MAIL FROM:<a@b.example>", b"RCPT TO:<organising@hub.example>")
        for line in (*lines, b"DATA"):
            client.sendall(line + b"\r\n")
            assert _reply(file)[:1] in b"23"
    return client


@pytest.mark.usefixtures("far")
def test_what_came_of_a_message_quickly_holds_no_connection_for_hours(tmp_path: Path) -> None:
    """25 MiB did for three days, with an octet every few minutes."""
    config = hub_config(tmp_path, limits=Limits(timeout=1))
    with running_bridge(config) as bridge, _in_data(bridge.smtp) as client:
        client.sendall(b"x" * 1_000_000)
        begun, told = time.monotonic(), b""
        client.settimeout(0.2)
        while not told and time.monotonic() < begun + 15:
            client.sendall(b"x")
            with contextlib.suppress(TimeoutError):
                told = client.recv(100)
        assert told == b"421 4.4.2 no command came in time\r\n"


def test_who_holds_much_memory_keeps_no_other_place_from_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eleven unfinished messages of one client had all others hear 452, as long as it liked."""
    monkeypatch.setattr(network, "place", lambda address, _fronts=(): address)
    monkeypatch.setattr(service, "MEMORY_OCTETS", 50_000)
    with running_bridge(hub_config(tmp_path)) as bridge:
        slow = [_in_data(bridge.smtp, "127.0.0.2") for _ in range(3)]
        for one in slow:
            one.sendall(b"x" * 16_000)
            time.sleep(0.1)
        with _in_data(bridge.smtp, "127.0.0.3") as good:
            good.sendall(b"From: a@b.example\r\n\r\n")
            for _ in range(15):  # as it comes over a line, in pieces
                good.sendall(b"x" * 998 + b"\r\n")
                time.sleep(0.01)
            good.sendall(b".\r\n")
            assert good.recv(100).startswith(b"250 2.0.0 kept")
        told = []
        for one in slow:
            one.sendall(b"\r\n.\r\n")
            told.append(one.recv(100)[:9])
            one.close()
        assert sorted(told) == [b"250 2.0.0", b"250 2.0.0", b"452 4.3.1"]


@pytest.mark.usefixtures("far")
def test_when_connections_run_short_silence_ends_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.bridge.connection._HURRY", 0.3)
    monkeypatch.setattr("solicomm_build.bridge.connection._LOOK", 0.1)
    with (
        running_bridge(hub_config(tmp_path, limits=Limits(connections=1))) as bridge,
        socket.create_connection(bridge.smtp, timeout=20) as client,
        client.makefile("rb") as file,
    ):
        assert file.read().endswith(b"421 4.4.2 no command came in time\r\n")


@pytest.mark.usefixtures("far")
def test_guessing_addresses_becomes_slow_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some, answers take their time; after many there is none, also not for what exists."""
    monkeypatch.setattr(server, "GUESS_SECONDS", 0.02)
    monkeypatch.setattr(service, "GUESSES_AT_ONCE", 5)
    monkeypatch.setattr(service, "GUESSES_AN_HOUR", 10)
    with running_bridge(hub_config(tmp_path)) as bridge:
        told: list[bytes] = []
        for start in (0, 10):  # a new connection is no new place
            with (
                socket.create_connection(bridge.smtp, timeout=20) as client,
                client.makefile("rb") as file,
            ):
                _reply(file)
                for line in (b"EHLO a.example", b"MAIL FROM:<a@b.example>"):
                    client.sendall(line + b"\r\n")
                    _reply(file)
                for number in range(start, start + 10):
                    client.sendall(b"RCPT TO:<guess-%d@hub.example>\r\n" % number)
                    told.append(_reply(file)[:9])
                client.sendall(b"RCPT TO:<organising@hub.example>\r\n")
                told.append(_reply(file)[:9])
        assert told == [b"550 5.1.1"] * 10 + [b"450 4.7.1"] * 12
        assert bridge.log.counters()["unknown"] == 10


def test_guesses_are_counted_by_place_and_hour(tmp_path: Path) -> None:
    async def count() -> None:
        now = [0.0]
        hub = _service(tmp_path, Limits(), now, "203.0.113.5")
        slow = [hub.guessed(f"2001:db8::{n}") for n in range(service.GUESSES_AN_HOUR)]
        assert slow.index(True) == service.GUESSES_AT_ONCE - 1
        assert not hub.may_guess("2001:db8::ffff")
        assert hub.may_guess("2001:db8:0:1::1")
        for _ in range(1000):
            assert not hub.guessed("203.0.113.5"), "our own mail server brings what others guess"
        assert hub.may_guess("203.0.113.5")
        now[0] = 3601.0
        assert hub.may_guess("2001:db8::ffff")

    asyncio.run(count())
