"""Files written in one step, also in a folder where somebody else may write."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.foundation import safeio


def _left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_link_in_the_place_of_the_file_is_replaced_and_what_it_leads_to_stays(
    tmp_path: Path,
) -> None:
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"theirs")
    path.symlink_to(other)
    safeio.write_atomic(path, b"ours", owner=(os.geteuid(), os.getegid()))
    assert (path.read_bytes(), path.is_symlink()) == (b"ours", False)
    assert other.read_bytes() == b"theirs"
    assert _left(tmp_path) == ["file", "other"]


def test_no_link_laid_out_for_what_is_written_first_is_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"theirs")
    (tmp_path / f".file.{os.getpid()}.tmp").symlink_to(other)  # a name that can be guessed
    safeio.write_atomic(path, b"ours")
    assert other.read_bytes() == b"theirs"
    monkeypatch.setattr(os, "urandom", bytes)
    (tmp_path / f".file.{'00' * 6}.tmp").symlink_to(other)  # and one that was guessed all the same
    with pytest.raises(FileExistsError):
        safeio.write_atomic(path, b"more")
    assert (other.read_bytes(), path.read_bytes()) == (b"theirs", b"ours")


def test_with_an_owner_the_mode_is_exact_and_without_one_the_umask_counts(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        safeio.write_atomic(tmp_path / "one", b"", mode=0o640)
        safeio.write_atomic(tmp_path / "two", b"", mode=0o640, owner=(os.geteuid(), os.getegid()))
    finally:
        os.umask(before)
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in ("one", "two")]
    assert modes == [0o600, 0o640]


def test_a_write_that_fails_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(fd: int, data: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="No space"):
        safeio.write_atomic(tmp_path / "one", b"x")
    assert _left(tmp_path) == []


def test_many_that_make_the_same_database_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """SQLite says to one of them that it is locked, and asks no timeout."""

    def made(path: Path) -> str:
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as db:
            begin.wait()
            safeio.write_ahead(db)
            db.execute("CREATE TABLE IF NOT EXISTS known (name)")
            return str(db.execute("PRAGMA journal_mode").fetchone()[0])

    begin = threading.Barrier(4)
    with ThreadPoolExecutor(4) as together:
        for number in range(100):
            found = together.map(made, [tmp_path / f"{number}.sqlite"] * 4)
            assert [*found] == ["wal"] * 4


def test_what_is_no_database_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "torn.sqlite"
    path.write_bytes(b"nothing" * 999)
    with (
        contextlib.closing(sqlite3.connect(path)) as db,
        pytest.raises(sqlite3.DatabaseError, match="not a database"),
    ):
        safeio.write_ahead(db)
