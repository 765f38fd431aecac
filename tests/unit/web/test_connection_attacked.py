"""What a hostile client sends holds no memory, no connection and no answer of others."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from starlette.types import Receive, Scope, Send

from solicomm_build.testing.webserver import parse
from solicomm_build.web.serving.connection import Connection
from solicomm_build.web.serving.deadlines import Deadlines
from solicomm_build.web.serving.quick import QuickConnection
from tests.unit.web.asgiserver import START, Flooding, Served, body, everything, run, say, until

GET = b"GET / HTTP/1.1\r\nHost: hub.example\r\n\r\n"
LAST = b"GET / HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n\r\n"
POST = b"POST %b HTTP/1.1\r\nHost: hub.example\r\nContent-Length: %d\r\n\r\n"
SOON = Deadlines(head=0.5, idle=0.5, body=0.5, rate=500.0, stall=1.0, tick=0.05)
_MUCH = 16 << 20


async def _at_once(_scope: Scope, _receive: Receive, send: Send) -> None:
    await say(send, b"answered")


def _kept(hub: Served) -> int:
    """Octets that wait in connections to be read."""
    return sum(
        len(one._http.trailing_data[0])
        for one in hub.listening.connections
        if isinstance(one, Connection)
    )


async def _flood(writer: asyncio.StreamWriter, octets: bytes) -> None:
    """Sends for a second what is taken."""
    with contextlib.suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(1):
            for _ in range(_MUCH // len(octets) + 1):
                writer.write(octets)
                await writer.drain()


@pytest.mark.parametrize("asked", [LAST, GET.replace(b"1.1", b"1.0"), GET])
def test_what_comes_meanwhile_is_not_kept(asked: bytes) -> None:
    go_on = asyncio.Event()

    async def slow(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        listening = asyncio.create_task(receive())  # as who streams does, to hear of a disconnect
        await go_on.wait()
        listening.cancel()
        await say(send, b"answered")

    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(asked)
        await until(lambda: bool(hub.scopes))
        await _flood(writer, GET * 2_000)
        assert _kept(hub) < 1 << 20
        go_on.set()
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        writer.transport.abort()
        await until(lambda: not hub.listening.connections)

    run(slow, test)


def test_who_goes_behind_a_second_request_is_known_to_be_gone() -> None:
    heard: list[str] = []

    async def waits(_scope: Scope, receive: Receive, _send: Send) -> None:
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])

    async def test(hub: Served) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(GET + GET)
        await until(lambda: bool(heard))
        writer.transport.abort()
        await until(lambda: not hub.listening.connections and not hub.listening.tasks)
        assert heard == ["http.request", "http.disconnect"]

    run(waits, test)


@pytest.mark.parametrize(
    ("path", "sent"), [(b"/x", b""), (b"/x.git/git-upload-pack", b""), (b"/x", b"a" * 1_000_000)]
)
def test_a_body_that_stops_is_ended_whatever_came_before(path: bytes, sent: bytes) -> None:
    async def test(hub: Served) -> None:
        octets = await hub.exchange(POST % (path, 1 << 30) + sent)
        assert octets.count(b"HTTP/1.1 ") == 1, "one answer to one request"

    run(_at_once, test, deadlines=SOON)


def test_a_broken_body_behind_an_answer_gets_no_second_one() -> None:
    async def test(hub: Served) -> None:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        octets = await hub.exchange(head, b"no length\r\n")
        assert octets.count(b"HTTP/1.1 ") == 1
        assert octets.startswith(b"HTTP/1.1 200 ")

    run(_at_once, test)


def test_a_request_behind_a_slow_body_has_its_own_time() -> None:
    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(POST % (b"/", 1000))
        for _ in range(20):  # for longer than a head may take, or nothing at all
            writer.write(b"a" * 50)
            await asyncio.sleep(0.15)
        await asyncio.sleep(0.2)
        writer.write(LAST)
        assert (await everything(reader, writer)).count(b"HTTP/1.1 200 ") == 2

    run(_at_once, test, deadlines=Deadlines(head=2.5, idle=2.5, body=60.0, tick=0.05))


@pytest.mark.parametrize(
    ("status", "length", "sent"), [(204, "0", b"x"), (200, "1", b"xy"), (200, "3", b"x")]
)
def test_an_answer_that_cannot_be_is_told_as_a_fault_of_ours(
    status: int, length: str, sent: bytes
) -> None:
    async def wrong(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-length", length.encode())]
        await send({**START, "status": status, "headers": headers})
        await send(body(sent))

    async def test(hub: Served) -> None:
        assert parse(await hub.exchange(GET)).status == 500

    run(wrong, test)


def test_who_reads_nothing_is_not_written_to_by_others_in_its_place() -> None:
    """Handed over while it reads nothing, it is waited for as before."""
    much = Flooding()

    async def test(hub: Served) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        await until(lambda: bool(hub.listening.connections))
        (one,) = hub.listening.connections
        assert isinstance(one, QuickConnection)
        one.pause_writing()  # as the transport does that is full
        writer.write(b"GET /large?x HTTP/1.1\r\nHost: hub.example\r\n\r\n")
        await asyncio.sleep(0.5)
        assert much.sent <= 1
        writer.transport.abort()

    run(much, test, quickly=True)


def test_what_is_being_learnt_is_answered_before_the_end() -> None:
    go_on, begun = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.set()
        await go_on.wait()
        await say(send, b"answered")

    async def test(hub: Served) -> None:
        asked = asyncio.create_task(hub.exchange(GET))
        await asyncio.wait_for(begun.wait(), 60)
        hub.stop.set()
        await asyncio.sleep(0.1)
        go_on.set()
        assert parse(await asked).body == b"answered"
        await asyncio.wait_for(hub.work, 60)

    run(slow, test, quickly=True)


def test_who_fails_while_it_is_learnt_is_asked_again() -> None:
    asked = 0

    async def fails_once(_scope: Scope, _receive: Receive, send: Send) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ValueError("a fault of ours")
        await say(send, b"answered")

    async def test(hub: Served) -> None:
        assert parse(await hub.exchange(LAST)).body == b"answered"

    run(fails_once, test, quickly=True)


def test_empty_lines_hold_no_connection() -> None:
    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        with contextlib.suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)
        await until(lambda: not hub.listening.connections)

    run(_at_once, test, deadlines=SOON)


def test_a_fault_with_one_connection_leaves_the_others_looked_after(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looked = Connection.look

    def look(self: Connection, now: float) -> None:
        if self is broken[0]:
            raise ValueError("a fault of ours")
        looked(self, now)

    broken: list[Connection] = []

    async def test(hub: Served) -> None:
        first, other = [await asyncio.open_connection("127.0.0.1", hub.port) for _ in range(2)]
        await until(lambda: len(hub.listening.connections) == 2)
        broken.extend(one for one in hub.listening.connections if isinstance(one, Connection))
        monkeypatch.setattr(Connection, "look", look)
        await until(lambda: not hub.listening.connections)
        for _, writer in (first, other):
            writer.close()

    run(_at_once, test, deadlines=SOON)
    assert [record.levelname for record in caplog.records if record.name == "solicomm.web"] == [
        "ERROR"
    ]
