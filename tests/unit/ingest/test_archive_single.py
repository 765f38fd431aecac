"""One .eml file is an archive of one message."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.ingest import archive


def test_a_single_message_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"From: a@union.example\nSubject: x\n\nFrom here on.\n")
    assert [found.raw for found in archive.read(file)] == [file.read_bytes()]


def test_a_single_message_that_is_too_long_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.eml"
    file.write_bytes(b"Subject: x\n\n" + b"a" * 200)
    (found,) = archive.read(file, longest=100)
    assert found.fault
    assert found.raw == b""
