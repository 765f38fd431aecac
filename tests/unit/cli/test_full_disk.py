"""A disk that is full, met by any command: a sentence that says so and what to do, no traceback."""

from __future__ import annotations

import errno
import os
import sqlite3
import stat
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.pocket.letters import taking


def _sqlite() -> Exception:
    """What SQLite raises where it may write no further page."""
    base = sqlite3.connect(":memory:")
    base.execute("CREATE TABLE t (x)")
    base.execute("PRAGMA max_page_count=2")
    with pytest.raises(sqlite3.OperationalError) as raised:
        base.execute("INSERT INTO t VALUES (zeroblob(100000))")
    return raised.value


def _shut(folder: Path) -> Exception:
    """What SQLite raises where it may not make its files."""
    with pytest.raises(sqlite3.OperationalError) as raised:
        sqlite3.connect(folder / "nowhere" / "x.sqlite")
    return raised.value


def test_a_disk_that_is_read_only_or_fails_is_said_in_a_sentence(
    founded_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for error in (
        _shut(founded_sample),
        OSError(errno.EROFS, "Read-only file system", "/x/private/roster.lock"),
        OSError(errno.EIO, "Input/output error", "/x/private/mail.git"),
        OSError(errno.EIO, "Input/output error"),
    ):
        monkeypatch.setattr(taking, "read", Mock(side_effect=error))
        letter = founded_sample / "hub.yaml"
        ran = CliRunner().invoke(main, ["stick", "read", str(letter), "--hub", str(founded_sample)])
        assert ran.exit_code == 74
        said.append(ran.output)
    assert "a database of the hub cannot be opened or written" in said[0]
    assert "/x/private/roster.lock: Read-only file system. Linux does that" in said[1]
    assert "/x/private/mail.git: Input/output error. The disk may be failing: see" in said[2]
    assert "solicomm: a file: Input/output error. The disk may be failing: see" in said[3]


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/x/spool"),
            "/x/spool: the disk is full",
        ),
        (OSError(errno.EDQUOT, "Quota exceeded"), "solicomm: the disk is full. Make room"),
        (_sqlite(), "solicomm: the disk is full. Make room"),
    ],
)
def test_a_full_disk_is_said_in_a_sentence(
    founded_sample: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, says: str
) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(taking, "read", full)
    letter = founded_sample / "hub.yaml"
    ran = CliRunner().invoke(main, ["stick", "read", str(letter), "--hub", str(founded_sample)])
    assert (ran.exit_code, says in ran.output) == (74, True), ran.output


def test_any_other_fault_is_not_taken_for_that(
    founded_sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failed(*_: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(taking, "read", failed)
    letter = founded_sample / "hub.yaml"
    ran = CliRunner().invoke(main, ["stick", "read", str(letter), "--hub", str(founded_sample)])
    assert isinstance(ran.exception, OSError)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["mta-maps", "--out", "{hub}/hub.yaml"], "hub.yaml/dovecot: Not a directory. "),
        (["mta-maps", "--out", "x" * 300], "x…: File name too long. Look at the names"),
        (["new", "union", "neu", "--title", "M\udcfcller"], "'M\ufffdller' is not UTF-8"),
    ],
)
def test_words_that_name_nothing_are_said_in_a_sentence(
    founded_sample: Path, words: list[str], says: str
) -> None:
    told = [word.format(hub=founded_sample) for word in words]
    ran = CliRunner().invoke(main, [*told, "--hub", str(founded_sample)])
    assert isinstance(ran.exception, SystemExit)
    assert says in ran.output, ran.output
    assert not (founded_sample / "unions" / "neu.git").exists()


@pytest.mark.parametrize("name", ["", "..", "pipe", "nowhere", "stdout"])
@pytest.mark.parametrize(
    "words",
    [
        ["member", "data", "ana@union.example", "--out"],
        ["epub", "--conference", "organising", "--month", "2026-11"],
        ["print", "--conference", "organising", "--month", "2026-11"],
        ["zim"],
        ["peer", "bundle"],
        ["migrate", "redirects", "--nginx"],
        ["migrate", "redirects", "--caddy"],
    ],
    ids=" ".join,
)
def test_what_is_no_plain_file_is_not_replaced(
    founded_sample: Path, tmp_path: Path, words: list[str], name: str
) -> None:
    """A device such as /dev/null was renamed away for the file."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "nowhere").symlink_to(tmp_path / "there" / "is" / "none")
    (tmp_path / "stdout").symlink_to(founded_sample / "hub.yaml")
    told = [*words, str(tmp_path / name) if name.isalpha() else name]
    ran = CliRunner().invoke(main, [*told, "--hub", str(founded_sample)])
    assert ran.exit_code == 64, ran.output
    if not name:
        assert "is empty, and nothing was done" in ran.output
    elif name != "..":  # a folder, as click says
        assert "is no plain file. Name a new one" in ran.output
    assert (tmp_path / "stdout").is_symlink()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
