"""HTTP/1.1 on real sockets, with applications of the tests' own: what comes is read as it was sent,
what is answered goes out whole or is seen to break off, and the end is gentle."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from solicomm_build.testing.webserver import parse
from solicomm_build.web.serving import connection, server
from solicomm_build.web.serving.deadlines import Deadlines
from tests.unit.web.asgiserver import (
    START,
    Flooding,
    Served,
    body,
    connected,
    everything,
    run,
    say,
    until,
)

GET = b"GET / HTTP/1.1\r\nHost: hub.example\r\n\r\n"
LAST = b"GET /last HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n\r\n"
POST = b"POST /form HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n"


async def _echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the method, the path and the body."""
    octets, more = b"", True
    while more:
        message = await receive()
        assert message["type"] == "http.request"
        octets += message["body"]
        more = message["more_body"]
    await say(send, f"{scope['method']} {scope['path']} ".encode() + octets)


def test_what_was_asked_reaches_the_application_as_asgi_has_it() -> None:
    async def test(hub: Served) -> None:
        head = b"GET /a%20b/%C3%A9?x=%20&y HTTP/1.1\r\nHost: hub.example\r\nX-A: 1\r\nx-a: 2\r\n"
        answer = parse(await hub.exchange(head + b"Connection: close\r\n\r\n"))
        assert (answer.status, answer.body[:4]) == (200, b"GET ")
        assert answer.headers["date"].endswith(" GMT")
        scope = hub.scopes[0]
        assert (scope["path"], scope["raw_path"]) == ("/a b/é", b"/a%20b/%C3%A9")
        assert (scope["query_string"], scope["scheme"]) == (b"x=%20&y", "http")
        assert [pair for pair in scope["headers"] if pair[0] == b"x-a"] == [
            (b"x-a", b"1"),
            (b"x-a", b"2"),
        ]
        assert scope["client"][0] == "127.0.0.1"
        assert scope["server"] == ("127.0.0.1", hub.port)

    run(_echo, test)


@pytest.mark.parametrize(
    ("target", "path"), [(b"http://a.example/x?y", "/x"), (b"HTTPS://a.example", "/")]
)
def test_a_target_may_name_its_host(target: bytes, path: str) -> None:
    async def test(hub: Served) -> None:
        asked = b"GET %b HTTP/1.1\r\nHost: b.example\r\nConnection: close\r\n\r\n" % target
        assert parse(await hub.exchange(asked)).status == 200
        assert hub.scopes[0]["path"] == path
        assert dict(hub.scopes[0]["headers"])[b"host"] == b"a.example"

    run(_echo, test)


@pytest.mark.parametrize(
    "parts",
    [
        (POST + b"Content-Length: 5\r\n\r\nhello",),
        (POST + b"Content-Length: 5\r\n\r\n", b"he", b"llo"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\nhe\r\n3\r\nl", b"lo\r\n0\r\n\r\n"),
        (POST[:20], POST[20:] + b"Content-Length: 5\r\n\r\nhello", b"more than was said"),
    ],
)
def test_a_body_comes_whole_however_it_was_cut(parts: tuple[bytes, ...]) -> None:
    async def test(hub: Served) -> None:
        assert parse(await hub.exchange(*parts)).body == b"POST /form hello"

    run(_echo, test)


def test_a_large_body_is_not_held_beyond_what_is_taken() -> None:
    go_on = asyncio.Event()

    async def slow(_scope: Scope, receive: Receive, send: Send) -> None:
        await go_on.wait()
        taken, more = 0, True
        while more:
            message = await receive()
            taken, more = taken + len(message["body"]), message["more_body"]
        await say(send, b"%d" % taken)

    async def test(hub: Served) -> None:
        size = 32 << 20
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(POST + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        await asyncio.sleep(0.5)
        assert writer.transport.get_write_buffer_size() > size // 2, "it is left to the client"
        go_on.set()
        assert parse(await everything(reader, writer)).body == b"%d" % size

    run(slow, test)


def test_who_waits_to_be_told_to_go_on_is_told_when_the_body_is_wanted() -> None:
    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        going_on = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert await asyncio.wait_for(reader.readexactly(len(going_on)), 60) == going_on
        writer.write(b"hello")
        assert parse(await everything(reader, writer)).body == b"POST /form hello"

    run(_echo, test)


def test_requests_that_come_together_are_answered_in_their_order() -> None:
    async def test(hub: Served) -> None:
        first = POST.replace(b"Connection: close\r\n", b"") + b"Content-Length: 2\r\n\r\nhi"
        octets = await hub.exchange(first + GET + LAST + GET)
        said = octets.split(b"HTTP/1.1 200 OK\r\n")[1:]
        assert [part.partition(b"\r\n\r\n")[2] for part in said] == [
            b"POST /form hi",
            b"GET / ",
            b"GET /last ",
        ]
        assert len(hub.scopes) == 3, "what follows the last one is let go of"

    run(_echo, test)


def test_an_empty_line_before_a_request_is_passed_over() -> None:
    async def test(hub: Served) -> None:
        octets = await hub.exchange(b"\r\n" + GET, b"\r\n", LAST)
        assert octets.count(b"HTTP/1.1 200 OK") == 2

    run(_echo, test)


def test_a_head_alone_is_answered_with_a_head() -> None:
    async def test(hub: Served) -> None:
        octets = await hub.exchange(LAST.replace(b"GET", b"HEAD"))
        assert octets.startswith(b"HTTP/1.1 200 OK\r\n")
        assert octets.endswith(b"\r\n\r\n")

    run(_echo, test)


def test_an_old_client_gets_no_pieces() -> None:
    async def test(hub: Served) -> None:
        octets = await hub.exchange(b"GET /old HTTP/1.0\r\n\r\n")
        assert octets.endswith(b"\r\n\r\nGET /old ")
        assert b"chunked" not in octets

    async def in_pieces(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        await send(body(b"GET ", more=True))
        await send(body(b"/old "))

    run(in_pieces, test)


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 20_000, 431),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nno length\r\n", 400),
        (POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505),
    ],
)
def test_what_is_no_request_is_sent_home(octets: bytes, status: int) -> None:
    async def test(hub: Served) -> None:
        answer = parse(await hub.exchange(octets))
        assert answer.status == status
        assert answer.headers["connection"] == "close"

    async def _waiting(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    run(_waiting, test)


async def _fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ValueError("a fault of ours")


async def _says_nothing(_scope: Scope, _receive: Receive, _send: Send) -> None:
    pass


@pytest.mark.parametrize("app", [_fails, _says_nothing])
def test_a_fault_of_ours_is_told(app: ASGIApp) -> None:
    async def test(hub: Served) -> None:
        answer = parse(await hub.exchange(GET))
        assert (answer.status, answer.headers["connection"]) == (500, "close")
        assert b"fault" not in answer.body

    run(app, test)


@pytest.mark.parametrize("cut", [b"", b"half"])
def test_an_answer_that_breaks_off_is_seen_to(cut: bytes) -> None:
    async def half(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        if cut:
            await send(body(cut, more=True))
            await asyncio.sleep(0)
        raise ValueError("a fault of ours")

    async def test(hub: Served) -> None:
        octets = await hub.exchange(GET)
        assert octets.startswith(b"HTTP/1.1 200" if cut else b"HTTP/1.1 500")
        assert not octets.endswith(b"0\r\n\r\n")

    run(half, test)


def test_a_head_goes_out_before_a_body_that_takes_its_time() -> None:
    go_on = asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send(START)
        await go_on.wait()
        await send(body(b"late"))

    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(LAST)
        assert await asyncio.wait_for(reader.readline(), 60) == b"HTTP/1.1 200 OK\r\n"
        go_on.set()
        assert b"late" in await everything(reader, writer)

    run(slow, test)


def test_an_application_waits_for_who_reads_slowly() -> None:
    much = Flooding()

    async def test(hub: Served) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(LAST)
        await until(lambda: much.sent > 0)
        await asyncio.sleep(0.5)
        assert much.sent < 40
        assert len(await everything(reader, writer)) > 64 << 20

    run(much, test)


@pytest.mark.parametrize("quickly", [False, True])
def test_who_has_no_more_to_say_hears_what_was_asked(*, quickly: bool) -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.1)  # the end of what is said comes before the answer
        await _echo(scope, receive, send)

    async def test(hub: Served) -> None:
        for asked, answers in ((GET, 1), (GET + GET, 2), (GET + GET[:9], 1)):
            reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
            writer.write(asked)
            writer.write_eof()
            assert (await everything(reader, writer)).count(b"HTTP/1.1 200 ") == answers
        await until(lambda: not hub.listening.connections)

    run(slow, test, quickly=quickly)


def test_who_ends_amid_a_request_is_let_go() -> None:
    async def test(hub: Served) -> None:
        for asked in (GET[:9], POST + b"Content-Length: 5\r\n\r\nhe"):
            reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
            writer.write(asked)
            writer.write_eof()
            await asyncio.wait_for(everything(reader, writer), 5)
        await until(lambda: not hub.listening.connections)

    run(_says_nothing, test)


def test_who_goes_is_known_to_be_gone() -> None:
    heard: list[str] = []

    async def waits(_scope: Scope, receive: Receive, send: Send) -> None:
        heard.append((await receive())["type"])
        heard.append((await receive())["type"])
        await send(START)
        await send(body(b"to nobody"))

    async def test(hub: Served) -> None:
        _, writer = await asyncio.open_connection("127.0.0.1", hub.port)
        writer.write(GET)
        await until(lambda: bool(heard))
        writer.transport.abort()
        await until(lambda: len(heard) == 2 and not hub.listening.tasks)
        assert heard == ["http.request", "http.disconnect"]
        assert not hub.listening.connections

    run(waits, test)


def test_more_than_so_many_are_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_MOST", 2)

    async def test(hub: Served) -> None:
        async with connected(hub):
            assert parse(await hub.exchange(GET)).status == 503
        await until(lambda: not hub.listening.connections)
        assert parse(await hub.exchange(LAST)).status == 200

    run(_echo, test)


def test_who_asks_for_nothing_more_is_let_go_without_a_word() -> None:
    async def test(hub: Served) -> None:
        octets = await hub.exchange(GET)
        assert octets.count(b"HTTP/1.1") == 1

    run(_echo, test, deadlines=Deadlines(idle=0.1, tick=0.05))


def test_what_is_being_answered_is_finished_before_the_end() -> None:
    go_on, begun = asyncio.Event(), asyncio.Event()

    async def slow(_scope: Scope, _receive: Receive, send: Send) -> None:
        begun.set()
        await go_on.wait()
        await send(START)
        await send(body(b"whole"))

    async def test(hub: Served) -> None:
        async with connected(hub) as (idle, _):
            asked = asyncio.create_task(hub.exchange(GET))
            await begun.wait()
            hub.stop.set()
            assert await asyncio.wait_for(idle.read(), 60) == b""
            assert not hub.work.done()
            go_on.set()
            answer = parse(await asked)
            assert (answer.status, answer.headers["connection"]) == (200, "close")
            await asyncio.wait_for(hub.work, 60)

    run(slow, test)


def test_what_never_ends_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "_GRACE", 0.1)
    begun, gone = asyncio.Event(), asyncio.Event()

    async def forever(_scope: Scope, _receive: Receive, _send: Send) -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            gone.set()

    async def test(hub: Served) -> None:
        asked = asyncio.create_task(hub.exchange(GET))
        await begun.wait()
        hub.stop.set()
        await asyncio.wait_for(hub.work, 60)
        await asyncio.wait_for(asked, 60)
        assert gone.is_set()

    run(forever, test)
