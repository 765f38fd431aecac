"""`private/pushes.jsonl`: what was cut short costs no other line, and keeps nobody's name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import pushes

HOUR = datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    (tmp_path / "private").mkdir()
    return Config(tmp_path, "Hub", "hub.example", "https://hub.example")


def _row(number: int, person: str = "ana@union.example") -> dict[str, str]:
    said = {"person": person, "grant": "g1", "repo": "unions/water", "ref": "refs/heads/main"}
    return {"at": f"2026-11-30T10:00:{number:02d}+00:00", **said, "old": "", "new": f"{number}"}


def test_what_a_full_disk_cut_short_spoils_no_other_push(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next line was written behind the half one, and neither counted."""
    write = os.write
    sizes: Iterator[int] = iter([40])

    def full(fd: int, octets: bytes) -> int:
        if (size := next(sizes, -1)) < 0:
            raise OSError(28, "No space left on device")
        return write(fd, octets[:size])

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(OSError, match="No space"):
            pushes.note_pushes(hub, [_row(1)])
    pushes.note_pushes(hub, [_row(2), _row(3)])
    assert pushes.recent_pushes(hub, "unions/water", HOUR) == 2


def test_who_is_erased_is_in_no_line_that_is_damaged(hub: Config) -> None:
    path = hub.private / pushes.PUSHES
    pushes.note_pushes(hub, [_row(1), _row(2, "bo@union.example")])
    first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(first[:90] + first + b"\xff" + second + first[:90])
    assert pushes.forget(hub, lambda who: who == "ana@union.example") == 3
    left = path.read_bytes()
    assert b"ana@" not in left
    assert b"bo@union.example" in left
    assert b"\xff" in left
    assert pushes.forget(hub, lambda who: who == "ana@union.example") == 0
