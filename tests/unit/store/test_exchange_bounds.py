"""Fetching ends by itself: at a server that says nothing, and past a lock that nobody holds."""

from __future__ import annotations

import http.server
import os
import socket
import threading
import time
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.git import exchange
from solicomm_build.git.repo import MAIN, Repo, create
from solicomm_build.git.writer import Change, write_once

_MOST = 10_000_000


@pytest.fixture
def source(tmp_path: Path) -> Repo:
    made = create(tmp_path / "source.git")
    write_once(made, [Change("a.md", b"a")], message="m\n", when=datetime(2026, 11, 28, tzinfo=UTC))
    return made


def test_a_server_that_says_nothing_is_left(tmp_path: Path) -> None:
    repo = create(tmp_path / "water.git")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"http://127.0.0.1:{silent.getsockname()[1]}/water.git"
        with pytest.raises(StoreError, match="nothing whole came in 1 s"):
            exchange.fetch(repo, where, [f"+{MAIN}:{MAIN}"], most=_MOST, seconds=1.0)
    assert repo.ref() is None


class _Talker(http.server.BaseHTTPRequestHandler):
    """git-upload-pack that tells of its progress, and of nothing else (gitprotocol-pack, Packfile
    Data)."""

    def do_GET(self) -> None:
        oid = "1" * 40
        refs = f"{oid} {MAIN}\0side-band-64k shallow\n"
        head = "# service=git-upload-pack\n"
        body = f"{len(head) + 4:04x}{head}0000{len(refs) + 4:04x}{refs}0000"
        self._answer("advertisement", body.encode())

    def do_POST(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = b"\x02" + b"going on " * 7000 + b"\n"
        said = [b"0008NAK\n", *[b"%04x%s" % (len(line) + 4, line)] * 500]
        self._answer("result", b"0000", *(said if b"done" in asked else ()))

    def _answer(self, kind: str, *octets: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-upload-pack-{kind}")
        self.end_headers()
        for some in octets:
            self.wfile.write(some)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def test_what_a_server_says_without_end_is_not_kept(tmp_path: Path) -> None:
    repo = create(tmp_path / "water.git")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Talker) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        where = f"http://127.0.0.1:{server.server_port}/water.git"
        tracemalloc.start()
        try:
            with pytest.raises(StoreError, match="git fetch failed") as failed:
                exchange.fetch(repo, where, [f"+{MAIN}:{MAIN}"], most=_MOST, seconds=60.0)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            server.shutdown()
    assert peak < 4_000_000, "thirty million octets were said"
    assert len(failed.value.public) < 1000


def test_a_lock_that_nobody_holds_stops_nothing(source: Repo, tmp_path: Path) -> None:
    repo = create(tmp_path / "water.git")
    lock = repo.path / f"{MAIN}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_bytes(b"")
    old = time.time() - 86_400
    os.utime(lock, (old, old))
    exchange.copy(repo, source, [f"+{MAIN}:{MAIN}"], most=_MOST)
    assert repo.ref() == source.ref()
    assert not lock.exists()


def test_nothing_to_bundle_and_what_is_no_bundle_are_said(source: Repo, tmp_path: Path) -> None:
    out = tmp_path / "a.bundle"
    with pytest.raises(StoreError, match="nothing to bundle"):
        exchange.bundle(create(tmp_path / "empty.git"), out, [MAIN], [])
    exchange.bundle(source, out, [MAIN], [])
    assert exchange.bundled(source, out) == [MAIN]
    out.write_bytes(b"something else")
    with pytest.raises(StoreError):
        exchange.bundled(source, out)
