"""Kept answers: the same octets as the slow way says, and never of a page that is another now."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import webserver
from solicomm_build.testing.webserver import Address, Answer, ask, exchange, parse
from solicomm_build.web import run
from solicomm_build.web.serving import keptanswers, quick
from solicomm_build.web.serving.deadlines import Deadlines


@pytest.fixture
def site(tmp_path: Path) -> Config:
    """A hub of three pages, one of them compressed, too."""
    config = Config(root=tmp_path, name="Test", domain="hub.example", url="http://hub.example")
    folder = config.public / "conferences" / "organising"
    folder.mkdir(parents=True)
    (folder / "index.html").write_bytes(b"<p>organising</p>")
    (config.public / "index.html").write_bytes(b"<p>home</p>")
    for name, octets in (("", b"plain"), (".br", b"brotli"), (".gz", b"gzip")):
        (config.public / f"page.html{name}").write_bytes(octets)
    return config


@pytest.fixture
def server(site: Config) -> Iterator[Address]:
    with webserver.running(site) as address:
        yield address


@pytest.fixture
def handed(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What was handed over to the application."""
    found: list[bytes] = []
    slow = quick.QuickConnection._hand_over

    def note(self: quick.QuickConnection, data: bytes) -> None:
        found.append(data)
        slow(self, data)

    monkeypatch.setattr(quick.QuickConnection, "_hand_over", note)
    return found


def _facts(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status, headers, answer.body


@pytest.mark.parametrize("coding", ["", "gzip", "br", "gzip, deflate, br"])
@pytest.mark.parametrize("path", ["/", "/page.html", "/conferences/organising/"])
def test_both_ways_say_the_same(
    server: Address, handed: list[bytes], path: str, coding: str
) -> None:
    more = {"accept_encoding": coding} if coding else {}
    quickly = [ask(server, path, **more) for _ in range(2)]
    assert not handed
    slowly = ask(server, path, **more, x_unknown="1")
    assert len(handed) == 1
    for one in quickly:
        assert _facts(one) == _facts(slowly)
        assert one.headers["date"].endswith(" GMT")


def test_a_page_written_anew_is_shown_as_it_is(site: Config, server: Address) -> None:
    page = site.public / "conferences" / "organising" / "index.html"
    assert ask(server, "/conferences/organising/").body == b"<p>organising</p>"
    fresh = page.with_name("fresh")
    fresh.write_bytes(b"<p>organised!!</p>"[:17])
    os.utime(fresh, ns=(page.stat().st_atime_ns, page.stat().st_mtime_ns))
    fresh.replace(page)  # of the same size and time: another file all the same
    assert ask(server, "/conferences/organising/").body == b"<p>organised!!</p>"[:17]


def test_a_page_taken_away_is_gone(site: Config, server: Address) -> None:
    folder = site.public / "conferences" / "organising"
    assert ask(server, "/conferences/organising/").status == 200
    for file in folder.iterdir():
        file.unlink()
    assert ask(server, "/conferences/organising/").status == 404


def test_a_page_without_its_plain_form_is_gone(site: Config, server: Address) -> None:
    assert ask(server, "/page.html", accept_encoding="br").body == b"brotli"
    (site.public / "page.html").unlink()
    assert ask(server, "/page.html", accept_encoding="br").status == 404


@pytest.mark.parametrize(
    "line",
    [
        "GET /page.html?x=1 HTTP/1.1",
        "GET /../page.html HTTP/1.1",
        "GET //page.html HTTP/1.1",
        "GET /page%2ehtml HTTP/1.1",
        "GET /page.html HTTP/1.0",
        "HEAD /page.html HTTP/1.1",
        "GET http://127.0.0.1/page.html HTTP/1.1",
        "GET /.git/config HTTP/1.1",
    ],
)
def test_what_is_not_plain_is_handed_over(server: Address, handed: list[bytes], line: str) -> None:
    ask(server, "/page.html")
    exchange(server, f"{line}\r\nHost: hub\r\nConnection: close\r\n\r\n".encode())
    assert len(handed) == 1


@pytest.mark.parametrize(
    "field",
    [
        "If-None-Match: *",
        "Range: bytes=0-1",
        "Transfer-Encoding: chunked",
        "Host: other",
        "Expect: 100-continue",
        "Upgrade: h2c",
        "Bad Name: x",
        "Connection: upgrade",
    ],
)
def test_fields_that_change_an_answer_are_handed_over(
    server: Address, handed: list[bytes], field: str
) -> None:
    ask(server, "/page.html")
    octets = f"GET /page.html HTTP/1.1\r\nHost: hub\r\n{field}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(server, timeout=30) as client:
        client.sendall(octets.encode())
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    assert len(handed) == 1


def test_one_connection_asks_many_times_and_then_for_something_else(
    server: Address, handed: list[bytes]
) -> None:
    with socket.create_connection(server, timeout=30) as client:
        for _ in range(3):
            client.sendall(b"GET /page.html HTTP/1.1\r\nHost: hub\r\n\r\n")
            assert client.recv(65536).endswith(b"\r\n\r\nplain")
        assert not handed
        client.sendall(b"GET /nothing HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        octets = b""
        while chunk := client.recv(65536):
            octets += chunk
    assert parse(octets).status == 404
    assert len(handed) == 1


def test_requests_sent_together_are_all_answered(server: Address) -> None:
    one = b"GET /page.html HTTP/1.1\r\nHost: hub\r\n\r\n"
    last = one.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    told = exchange(server, one + last)
    assert told.count(b"HTTP/1.1 200") == 2


def test_half_a_request_is_waited_for(server: Address) -> None:
    with socket.create_connection(server, timeout=30) as client:
        client.sendall(b"GET /page.html HT")
        client.sendall(b"TP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n")
        octets = b""
        while chunk := client.recv(65536):
            octets += chunk
    assert parse(octets).body == b"plain"


def test_who_asks_nothing_is_not_waited_for(site: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DEADLINES", Deadlines(idle=0.2))
    with (
        webserver.running(site) as address,
        socket.create_connection(address, timeout=20) as client,
    ):
        assert client.recv(1) == b""


def test_a_hub_of_many_origins_asks_the_application(site: Config, handed: list[bytes]) -> None:
    many = replace(site, pages="pages.example")
    with webserver.running(many) as address:
        for host, status in (("hub.example", 200), ("nobody.example", 421)):
            asked = f"GET /page.html HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            assert parse(exchange(address, asked.encode())).status == status
    assert not handed


def test_every_answer_over_tls_asks_for_tls_from_now_on(
    site: Config, certificate: tuple[Path, Path]
) -> None:
    """RFC 6797 7.2, through the protocol: the first answer and the kept one."""
    pem, key = certificate
    context = ssl.create_default_context(cafile=str(pem))
    request = b"GET / HTTP/1.1\r\nHost: hub.example\r\nConnection: close\r\n\r\n"
    with webserver.running(replace(site, tls=(pem, key))) as address:
        for _ in range(2):
            with (
                socket.create_connection(address, timeout=30) as plain,
                context.wrap_socket(plain, server_hostname="hub.example") as client,
            ):
                client.sendall(request)
                octets = b""
                while chunk := client.recv(65536):
                    octets += chunk
            assert "strict-transport-security" in parse(octets).headers


def test_a_certificate_for_mail_alone_leaves_pages_plain(
    site: Config, certificate: tuple[Path, Path]
) -> None:
    with webserver.running(replace(site, tls=certificate, tls_on_web=False)) as address:
        assert ask(address).status == 200


def test_behind_a_server_that_speaks_tls_for_us(server: Address, handed: list[bytes]) -> None:
    for _ in range(2):
        assert "strict-transport-security" in ask(server, x_forwarded_proto="https").headers
        assert "strict-transport-security" not in ask(server, x_forwarded_proto="http").headers
        assert "strict-transport-security" not in ask(server).headers
    assert handed == []


def test_a_large_file_is_not_read_to_be_kept(
    site: Config, server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bytes] = []
    ask_it = keptanswers.Answers._ask

    async def noted(self: keptanswers.Answers, target: bytes, *rest: str) -> object:
        asked.append(target)
        return await ask_it(self, target, *rest)

    monkeypatch.setattr(keptanswers.Answers, "_ask", noted)
    large = b"x" * (keptanswers._MOST_BODY + 1)
    (site.public / "large.bin").write_bytes(large)
    for _ in range(2):
        assert ask(server, "/large.bin").body == large
    assert ask(server, "/page.html").body == b"plain"
    assert asked == [b"/page.html"]
