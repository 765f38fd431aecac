"""A clone ends, and one place takes no other's turn: real git, real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, ask, parse
from solicomm_build.web import git

PATH = "/conferences/water.git/git-upload-pack"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _slow(server: Address, place: str) -> socket.socket:
    """A request for a pack that does not go on."""
    client = socket.create_connection(server, timeout=20)
    client.sendall(
        f"POST {PATH} HTTP/1.1\r\nHost: hub.example\r\nX-Forwarded-For: {place}\r\n"
        "Content-Type: application/x-git-upload-pack-request\r\n"
        "Content-Length: 1000\r\n\r\n0".encode()
    )
    return client


def _all(client: socket.socket) -> bytes:
    octets = b""
    with contextlib.suppress(ConnectionError):
        while chunk := client.recv(65536):
            octets += chunk
    return octets


def _clone(server: Address, target: Path) -> int:
    url = f"http://{server[0]}:{server[1]}/conferences/water.git"
    return subprocess.run(["git", "clone", "-q", url, str(target)], check=False).returncode


def test_one_place_s_slow_clones_leave_room_for_others(server: Address, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(_slow(server, f"2001:db8::{n:x}")) for n in range(20)]
        for client in clients:
            client.settimeout(20)
        statuses = sorted(parse(client.recv(65536)).status for client in clients)
        assert statuses == [200] * 2 + [429] * 18  # a /64 is one place; others are sent away
        assert _clone(server, tmp_path / "copy") == 0
        refs = "/conferences/water.git/info/refs?service=git-upload-pack"
        assert ask(server, refs, x_forwarded_for="2001:db8:0:1::1").status == 200
        assert ask(server, refs, x_forwarded_for="2001:db8::1").status == 429


def test_a_request_that_stands_still_is_ended_and_its_place_is_free(
    server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_GRACE", 0.3)
    for _ in range(2):
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(_slow(server, "192.0.2.1")) for _ in range(2)]
            answers = [_all(client) for client in clients]
            assert not any(b"\r\n0\r\n\r\n" in octets for octets in answers), "they break off"
            assert not any(b"HTTP/1.1 429" in octets for octets in answers)


def test_a_whole_clone_has_an_end(
    server: Address, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git, "_LONGEST", 0.3)
    with _slow(server, "192.0.2.1") as client:
        assert b"\r\n0\r\n\r\n" not in _all(client), "it breaks off"
    monkeypatch.setattr(git, "_LONGEST", 1800.0)
    assert _clone(server, tmp_path / "copy") == 0


def test_who_reads_too_slowly_is_left() -> None:
    """Time that a client takes counts, not what git needs to begin."""
    now = [0.0]

    async def take(seconds: float) -> None:
        now[0] += seconds
        await asyncio.sleep(0)

    async def read(pace: git._Pace, octets: int) -> None:
        for _ in range(200):
            await pace.wait(take(60.0), octets)

    pace = git._Pace(lambda: now[0])
    asyncio.run(read(pace, 60_000))  # a thousand octets a second, for hours
    assert not pace.is_over
    slow = git._Pace(lambda: now[0])
    with pytest.raises(TimeoutError):
        asyncio.run(read(slow, 1))
    assert slow.is_over
