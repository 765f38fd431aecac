"""A server has two addresses, and the way to the first leads nowhere, as with IPv6 on bad lines: it
is reached by the other, and soon."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from solicomm_build.courier.line import Lost, open_line
from solicomm_build.foundation import fetching
from solicomm_build.foundation.fetching import FetchError

DEAD, GOOD = "127.0.0.2", "127.0.0.1"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of a server that is at both addresses; at the first nothing is ever answered."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer((GOOD, 0), Handler)
    found = server.server_address[1]

    def lookup(_host: object, port: int, *_: Any, **__: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, (one, port)) for one in (DEAD, GOOD)]

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    with contextlib.ExitStack() as held:
        hole = held.enter_context(socket.socket())
        hole.bind((DEAD, found))
        hole.listen(0)
        for _ in range(4):  # its queue is full: the kernel answers nothing more
            client = held.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex((DEAD, found))
        yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("inside", [True, False])
def test_another_hub_is_asked_at_the_address_that_answers(
    port: int, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    """It took a minute for each question, and a look at a hub, which asks ten, has one."""
    monkeypatch.setattr(fetching, "_is_outside", lambda _: True)
    begun = time.monotonic()
    answer = fetching.exchange(f"http://two.example:{port}/", {}, inside=inside, seconds=20)
    assert answer.body == b"ok"
    assert time.monotonic() - begun < 10


def test_where_no_address_answers_it_is_said(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_HEAD_START", 0.05)
    with pytest.raises(FetchError, match="nobody answers"):
        fetching.exchange("http://two.example:1/", {}, inside=True, seconds=20)
    find = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda *some, **more: 2 * find(*some, **more)[:1])
    begun = time.monotonic()
    with pytest.raises(FetchError, match="timed out"):
        fetching.exchange(f"http://two.example:{port}/", {}, inside=True, seconds=1.0)
    assert time.monotonic() - begun < 2.5, "all of them have the time of one"


def test_the_relay_is_reached_at_the_address_that_answers(port: int) -> None:
    """Of several relays such a one never was: it had fifteen seconds, and then the next."""

    async def reach(seconds: float) -> None:
        (await open_line(("two.example", port), seconds)).hang_up()

    asyncio.run(reach(10))
    with pytest.raises(Lost):
        asyncio.run(reach(0.2))
