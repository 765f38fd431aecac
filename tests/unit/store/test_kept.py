"""A reader stays while somebody asks, and costs nothing at rest."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from solicomm_build.git import reader
from solicomm_build.git.kept import KeptReader
from solicomm_build.git.repo import Repo, create
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import idlegits


def _children() -> list[str]:
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()


@pytest.fixture(autouse=True)
def processes_end(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(reader, "_BY_OURSELVES", 0)  # who asks much
    with idlegits.none():
        yield


def test_it_stays_while_somebody_asks(bare: Repo, at: datetime, tmp_path: Path) -> None:
    tip = write_once(bare, [Change("a", b"1")], message="m\n", when=at)
    other = create(tmp_path / "other.git")
    before, kept = _children(), KeptReader()
    assert kept.of(bare).at(tip, "a") == b"1"
    mine = [pid for pid in _children() if pid not in before]
    assert len(mine) == 1
    kept.rest()
    assert kept.of(bare).at(tip, "a") == b"1"
    kept.rest()
    assert [pid for pid in _children() if pid not in before] == mine
    kept.rest()
    assert _children() == before
    assert kept.of(bare).at(tip, "a") == b"1"
    assert kept.of(other).at("main", "a") is None
    assert len([pid for pid in _children() if pid not in before]) == 1
    kept.close()
    assert _children() == before
