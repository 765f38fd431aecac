"""Where hubs of tests lie: in memory only where programs run in it and there is room. And how a
process of tests lies there."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.testing import memory

_ROOMY = SimpleNamespace(f_flag=0, f_bavail=8 << 20, f_frsize=1024)


@pytest.mark.parametrize(
    ("about", "taken"),
    [
        ({}, True),
        ({"f_flag": os.ST_NOEXEC}, False),
        ({"f_bavail": 64 << 10}, False),
    ],
)
def test_it_is_taken_only_with_room_and_leave_to_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, about: dict[str, int], taken: bool
) -> None:
    monkeypatch.setattr(memory, "_SHM", tmp_path)
    monkeypatch.setattr(memory, "_available", lambda: 8 << 30)
    monkeypatch.setattr(os, "statvfs", lambda _: SimpleNamespace(**(vars(_ROOMY) | about)))
    assert memory.folder() == (tmp_path if taken else None)


def test_who_says_where_is_obeyed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "folder", lambda: tmp_path / "memory")
    monkeypatch.setattr(tempfile, "tempdir", "before")
    monkeypatch.setenv("TMPDIR", "/var/tmp")
    memory.take()
    assert (os.environ["TMPDIR"], tempfile.tempdir) == ("/var/tmp", "before")
    monkeypatch.delenv("TMPDIR")
    memory.take()
    assert os.environ["TMPDIR"] == tempfile.tempdir == f"{tmp_path}/memory"


def test_what_is_there_stays_in_large_pages() -> None:
    there = bytearray(b"water") * (2 << 20)
    made = memory.in_large_pages()
    assert there == b"water" * (2 << 20)
    rollup = Path("/proc/self/smaps_rollup").read_text("ascii").splitlines()
    large = next(int(line.split()[1]) for line in rollup if line.startswith("AnonHugePages:"))
    assert large >= 8 << 10 if made else made == 0, "8 MiB of its 10 at least, in KiB"
