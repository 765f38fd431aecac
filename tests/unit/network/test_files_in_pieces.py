"""A large file of a copied library comes over a line that breaks again and again, and none of it is
asked for twice."""

from __future__ import annotations

import asyncio
import hashlib
import http.server
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from starlette.requests import Request

from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.copies import fetched
from solicomm_build.features.library.copies.serving import CopiedFiles
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.testing import smallhub
from solicomm_build.web.hooks import Served

LARGE = bytes(range(256)) * 400
FILE = File(hashlib.sha256(LARGE).hexdigest(), "l.bin", "application/octet-stream", len(LARGE))
BREAKS = 30_000
"""Octets after which the line breaks."""


@dataclass
class Line:
    """A home behind a bad line: what it has, and what it was asked for and sent."""

    has: bytes = LARGE
    asked: list[str] = field(default_factory=list)
    sent: int = 0
    url: str = ""

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        asked = handler.headers.get("Range", "")
        self.asked.append(asked)
        start = int(asked.removeprefix("bytes=").rstrip("-") or 0)
        if start >= len(self.has):
            handler.send_error(416)
            return
        handler.send_response(206 if asked else 200)
        handler.send_header("Content-Length", str(len(self.has) - start))
        if asked:
            whole = len(self.has)
            handler.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
        handler.end_headers()
        piece = self.has[start : start + BREAKS]
        handler.wfile.write(piece)
        self.sent += len(piece)


@contextmanager
def home() -> Iterator[Line]:
    line = Line()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            line.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    line.url = f"http://127.0.0.1:{server.server_address[1]}/libraries/docs/"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield line
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def _fetch(hub: Config, line: Line) -> None:
    fetched.fetch(hub, "docs", "k", Home("", "", line.url), FILE)


def test_what_came_before_the_line_broke_is_not_asked_for_again(hub: Config) -> None:
    store = FileStore(hub, "docs")
    with home() as line:
        for _ in range(3):
            with pytest.raises(FetchError, match="broke off"):
                _fetch(hub, line)
        assert store.path(FILE.sha256) is None
        _fetch(hub, line)
    assert line.asked == ["", "bytes=30000-", "bytes=60000-", "bytes=90000-"]
    assert line.sent == len(LARGE)
    path = store.path(FILE.sha256)
    assert path is not None
    assert path.read_bytes() == LARGE
    assert [one.name for one in store.folder.iterdir()] == [FILE.sha256[:2]]


def test_what_is_another_file_by_now_is_not_taken_and_begun_anew(hub: Config) -> None:
    with home() as line:
        with pytest.raises(FetchError, match="broke off"):
            _fetch(hub, line)
        line.has = b"x" * 40_000
        with pytest.raises(ContentError, match="not what its card says"):
            _fetch(hub, line)
        line.has = LARGE
        with pytest.raises(FetchError, match="broke off"):
            _fetch(hub, line)
        line.has = b"short"
        with pytest.raises(FetchError, match="416"):
            _fetch(hub, line)
        line.has, line.asked = LARGE, []
        with pytest.raises(FetchError, match="broke off"):
            _fetch(hub, line)
        assert line.asked == [""]
    assert FileStore(hub, "docs").path(FILE.sha256) is None


def test_a_home_whose_line_is_slow_keeps_nobody_from_the_files_of_another(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was silent had readers of all others wait for minutes, or come back."""
    homes = {name: Home(name, name, f"https://{name}.example/") for name in ("slow", "good")}
    begun, over = threading.Event(), threading.Event()

    def fetch(_config: Config, library: str, *_: object) -> None:
        if library == "slow":
            begun.set()
            assert over.wait(20)
            raise FetchError("nobody answers")
        FileStore(hub, library).put(io.BytesIO(LARGE))

    monkeypatch.setattr(elsewhere, "of", lambda _config, _kind, library: homes[library])
    monkeypatch.setattr(fetched, "wanted", lambda _config, library, *_: (homes[library], FILE))
    monkeypatch.setattr(fetched, "fetch", fetch)
    files = CopiedFiles(cast(Served, SimpleNamespace(config=hub)))

    async def ask(library: str) -> int:
        path = {"library": library, "key": "k", "name": FILE.name}
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        answer = await files._answered(Request({**scope, "path_params": path}))
        assert answer is not None
        return answer.status_code

    async def both() -> list[int]:
        waiting = [asyncio.create_task(ask("slow")) for _ in range(4)]
        while not begun.is_set():
            await asyncio.sleep(0.01)
        try:
            first = await asyncio.wait_for(ask("good"), 10)
        finally:
            over.set()
        return [first, *await asyncio.gather(*waiting)]

    assert asyncio.run(both()) == [200, 502, 502, 502, 502]
    files.close()
