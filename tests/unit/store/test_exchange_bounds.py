"""Fetching ends by itself: at a server that says nothing, and past a lock that nobody holds."""

from __future__ import annotations

import os
import socket
import time
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
