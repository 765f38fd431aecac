"""Derived state: made anew when it is damaged, kept when the machine is at fault."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from solicomm_build.git import derived


def _make(db: sqlite3.Connection) -> None:
    derived.run(db, "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);\nCREATE TABLE x (a);\n")


def _filled(path: Path) -> None:
    db = derived.connect(path, "1", _make)
    db.execute("INSERT INTO x VALUES ('kept')")
    db.close()


def _rows(path: Path, version: str = "1") -> list[tuple[str]]:
    db = derived.connect(path, version, _make)
    try:
        return db.execute("SELECT a FROM x").fetchall()
    finally:
        db.close()


def test_another_version_and_what_is_no_database_are_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.sqlite"
    _filled(path)
    assert _rows(path) == [("kept",)]
    assert _rows(path, "2") == []
    path.write_bytes(b"no database " * 1000)
    assert _rows(path) == []
    path.unlink()
    sqlite3.connect(path).execute("CREATE TABLE other (a)")
    assert _rows(path) == []


def test_a_full_disk_does_not_cost_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was made anew then, and pages of what had been deleted stayed in public/."""
    path = tmp_path / "a.sqlite"
    _filled(path)
    full = sqlite3.OperationalError("database or disk is full")
    full.sqlite_errorcode = sqlite3.SQLITE_FULL

    def failing(*_given: object) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(derived, "_opened", failing)
        with pytest.raises(sqlite3.OperationalError):
            derived.connect(path, "1", _make)
    assert _rows(path) == [("kept",)]
