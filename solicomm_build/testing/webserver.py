"""A real web server on a free loopback port, for tests; a client that sends bytes as they are."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from solicomm_build.foundation.hub.config import Config
from solicomm_build.web import run

Address = tuple[str, int]
_PATIENCE = 60.0  # seconds; a busy machine is slow, and nothing here is measured


@contextlib.contextmanager
def running(config: Config, port: int = 0) -> Iterator[Address]:
    """Serves the hub in a thread; yields (host, port); stopped on leaving. `port` is for a hub
    whose `url` has to name it."""
    with _served(config, port, ("web",)) as found:
        yield found["web"]


@contextlib.contextmanager
def with_cms(config: Config) -> Iterator[tuple[Address, Address]]:
    """The same for a hub whose configuration has `cms`; yields both addresses."""
    with _served(config, 0, ("web", "cms")) as found:
        yield found["web"], found["cms"]


@contextlib.contextmanager
def _served(config: Config, port: int, names: tuple[str, ...]) -> Iterator[dict[str, Address]]:
    """The addresses by these names, once all listen; what keeps the server from that is raised."""
    told: queue.SimpleQueue[tuple[str, Address] | BaseException] = queue.SimpleQueue()
    runner = asyncio.Runner()
    loop = runner.get_loop()
    stop = asyncio.Event()

    def main() -> None:
        try:
            with runner:
                serving = run.serve_web(
                    config,
                    http=("127.0.0.1", port),
                    stop=stop,
                    ready=lambda address: told.put(("web", address)),
                    beside_ready=lambda address: told.put(("cms", address)),
                )
                runner.run(serving)
        except BaseException as error:
            told.put(error)
            raise

    thread = threading.Thread(target=main, name="webserver")
    thread.start()
    try:
        found: dict[str, Address] = {}
        while not found.keys() >= set(names):
            said = told.get(timeout=_PATIENCE)
            if isinstance(said, BaseException):
                raise said
            found[said[0]] = said[1]
        yield found
    finally:
        with contextlib.suppress(RuntimeError):  # the loop is closed already
            loop.call_soon_threadsafe(stop.set)
        thread.join(_PATIENCE)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(
    address: Address, path: str = "/", *, method: str = "GET", body: bytes = b"", **headers: str
) -> Answer:
    """One request with `path` on the wire exactly as given; `if_none_match=` is If-None-Match."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address[0]}", "Connection: close"]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return parse(exchange(address, "\r\n".join([*lines, "", ""]).encode("latin-1") + body))


def exchange(address: Address, octets: bytes) -> bytes:
    """Everything the server says to these octets until it closes."""
    with socket.create_connection(address, timeout=_PATIENCE) as client:
        client.sendall(octets)
        chunks = []
        while chunk := client.recv(65536):
            chunks.append(chunk)
    return b"".join(chunks)


def parse(octets: bytes) -> Answer:
    """The first answer in `octets`."""
    head, _, body = octets.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Answer(int(status.split()[1]), headers, body)
