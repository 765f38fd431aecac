"""Nothing that a client draws out lasts: heads, bodies, answers, connections; on real sockets."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation import network
from solicomm_build.foundation.hub.config import Config, Limits
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, ask, parse
from solicomm_build.web import run
from solicomm_build.web.serving.deadlines import Deadlines, Reading
from solicomm_build.web.serving.doors import Doors

SOON = Deadlines(head=0.5, idle=0.5, body=0.5, rate=500.0, stall=0.5, refused=0.5, tick=0.05)
GET = b"GET / HTTP/1.1\r\nHost: hub.example\r\n\r\n"
POST = b"POST /login/ HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 100000\r\n\r\n"


@pytest.fixture
def site(tmp_path: Path) -> Config:
    config = Config(
        root=tmp_path,
        name="Test",
        domain="hub.example",
        url="http://hub.example",
        limits=Limits(connections_per_ip=3),
    )
    config.public.mkdir()
    (config.public / "index.html").write_bytes(b"<p>home</p>")
    with (config.public / "large.bin").open("wb") as file:
        file.truncate(64 << 20)
    return config


@pytest.fixture(params=["paths", "origins"])
def server(
    request: pytest.FixtureRequest, site: Config, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Address]:
    """Both protocols: with quick answers, and where the Host field decides."""
    monkeypatch.setattr(run, "DEADLINES", SOON)
    pages = "unions.example" if request.param == "origins" else None
    with webserver.running(replace(site, pages=pages)) as address:
        yield address


def _all(client: socket.socket) -> bytes:
    octets = b""
    with contextlib.suppress(ConnectionError):
        while chunk := client.recv(65536):
            octets += chunk
    return octets


@pytest.mark.parametrize("begun", [b"", b"G", GET[:-2], GET + GET[:-2], GET * 2 + b"GET /x"])
def test_half_a_request_is_sent_home(server: Address, begun: bytes) -> None:
    with socket.create_connection(server, timeout=20) as client:
        client.sendall(begun)
        octets = _all(client)
    if begun.endswith((b"\r\n", b"/x")):
        assert b"HTTP/1.1 408 " in octets
    assert octets.count(b"<p>home</p>") in (0, 1, 2)


def test_a_head_that_drips_is_no_excuse(server: Address) -> None:
    with socket.create_connection(server, timeout=20) as client:
        begun = time.monotonic()
        client.sendall(b"GET / HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < begun + 15:
                client.sendall(b"X-A: b\r\n")
                time.sleep(0.05)
        assert time.monotonic() < begun + 15


def test_a_body_that_drips_is_cut_and_the_rest_of_the_hub_goes_on(server: Address) -> None:
    with socket.create_connection(server, timeout=20) as client:
        client.sendall(POST)
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < begun + 15:
                client.sendall(b"a")
                time.sleep(0.02)
                assert ask(server, "/").status in (200, 421)
        assert time.monotonic() < begun + 15


def test_a_slow_line_gets_its_body_through(server: Address) -> None:
    """Twice the rate, for longer than any deadline."""
    body = b"address=no" + b"x" * 2000
    head = b"POST /login/ HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\nContent-Type: "
    head += b"application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n" % len(body)
    with socket.create_connection(server, timeout=20) as client:
        client.sendall(head)
        for start in range(0, len(body), 100):
            client.sendall(body[start : start + 100])
            time.sleep(0.05)
        assert parse(_all(client)).status == 400


def test_who_reads_nothing_is_cut_off(server: Address) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(server)
        client.sendall(GET.replace(b"/ ", b"/large.bin "))
        time.sleep(2.5)  # longer than the bound on standing still; then the end is there at once
        assert len(_all(client)) < 64 << 20


def test_standing_still_is_told_from_reading() -> None:
    class Transport:
        left = 0

        def get_write_buffer_size(self) -> int:
            return self.left

    transport, reading = Transport(), Reading(60.0, 0.0)
    for now, left, is_over in (
        (100, 0, False),
        (110, 500, False),
        (160, 500, False),
        (169, 400, False),
        (229, 400, False),
        (230, 400, True),
    ):
        transport.left = left
        assert reading.is_over(transport, now) is is_over  # type: ignore[arg-type]


def test_a_place_has_so_many_connections(server: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    places = {"a": "192.0.2.1"}
    monkeypatch.setattr(network, "place", lambda _address, _fronts=(): places["a"])
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(server, timeout=20)) for _ in "123"]
        for client in held:
            client.sendall(GET)
            assert client.recv(10).startswith(b"HTTP/1.1 ")
        with socket.create_connection(server, timeout=20) as late:
            late.sendall(GET)
            assert parse(_all(late)).status == 429
        places["a"] = "192.0.2.2"
        assert ask(server, "/").status != 429, "another place is served"
    places["a"] = "192.0.2.1"
    deadline = time.monotonic() + 15
    while ask(server, "/").status == 429:
        assert time.monotonic() < deadline, "its connections have ended, so it may come again"


def test_connections_of_a_64_are_of_one_place() -> None:
    doors = Doors(2)
    assert doors.enter(("2001:db8::1", 1, 0, 0)) == "2001:db8::/64"
    assert doors.enter(("2001:db8::2", 1, 0, 0))
    assert doors.enter(("2001:db8::3", 1, 0, 0)) is None
    assert doors.enter(("2001:db8:0:1::3", 1, 0, 0))
    doors.leave("2001:db8::/64")
    assert doors.enter(("2001:db8::3", 1, 0, 0))
    for _ in range(10):
        assert doors.enter(("127.0.0.1", 1)) == network.HERE


def test_who_never_ends_the_handshake_is_bounded_too(
    site: Config, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before TLS is up nothing can be said; what is too much is closed."""
    monkeypatch.setattr(network, "place", lambda _address, _fronts=(): "192.0.2.1")
    with (
        webserver.running(replace(site, tls=certificate)) as address,
        contextlib.ExitStack() as stack,
    ):
        held = [
            stack.enter_context(socket.create_connection(address, timeout=20)) for _ in range(8)
        ]
        assert [_is_closed(client) for client in held[6:]] == [True, True]
        for client in held[:6]:
            client.close()
        context = ssl.create_default_context(cafile=str(certificate[0]))
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(address, timeout=20) as plain,
                context.wrap_socket(plain, server_hostname="hub.example") as client,
            ):
                client.sendall(GET)
                assert client.recv(20).startswith(b"HTTP/1.1 200")
                return
        pytest.fail("the place is not let in again")


def test_a_client_that_sleeps_over_tls_is_let_go_of(
    site: Config,
    certificate: tuple[Path, Path],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It does not say that it has heard of the end; the clock goes on all the same."""
    monkeypatch.setattr(run, "DEADLINES", SOON)
    context = ssl.create_default_context(cafile=str(certificate[0]))
    for path in (b"/", b"/nothing?x"):  # quickly, and by the application
        with (
            webserver.running(replace(site, tls=certificate)) as address,
            socket.create_connection(address, timeout=20) as plain,
            context.wrap_socket(plain, server_hostname="hub.example") as client,
        ):
            client.sendall(GET.replace(b"/ ", path + b" ", 1))
            assert client.recv(20).startswith(b"HTTP/1.1 ")
            time.sleep(1.2)  # longer than it may be idle, then some looks
    assert not [record for record in caplog.records if record.name == "asyncio"]


def _is_closed(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True
