"""A command whose reader goes early, or that never had one, does its work all the same."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import Result

from solicomm_build.features.pocket.letters import taking
from solicomm_build.foundation.hub.config import Config

Run = Callable[..., Result]

_PROGRAM = (sys.executable, "-m", "solicomm_build.cli.main")


def test_nothing_stays_undone_where_the_reader_has_gone(sample_hub: Config) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    words = ("remove", "union", "metal", "--yes", "--hub", str(sample_hub.root))
    try:
        ended = subprocess.run(
            [*_PROGRAM, *words], stdout=writing, stderr=subprocess.PIPE, check=False, timeout=60
        )
    finally:
        os.close(writing)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not (sample_hub.root / "unions" / "metal.git").exists()


@pytest.mark.parametrize(
    ("words", "shell", "says"),
    [
        (("status",), "<&- >&-", ""),
        (("post", "organising", "--from", "a@b.example", "--subject", "x"), "<&-", "no text on"),
        (("remove", "union", "metal"), "<&-", "nobody is here to answer"),
    ],
)
def test_a_stream_that_is_closed_is_an_empty_one(
    sample_hub: Config, words: tuple[str, ...], shell: str, says: str
) -> None:
    hub = ("--hub", str(sample_hub.root))
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {shell}', "sh", *_PROGRAM, *words, *hub],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in ended.stderr
    assert (ended.returncode, says in ended.stderr) == (64 if says else 0, True), ended.stderr


@pytest.mark.parametrize("to", ["pipe", "file"])
def test_a_terminal_without_the_letters_ends_no_command(tmp_path: Path, to: str) -> None:
    out = tmp_path / "out"
    with out.open("wb") as file:
        ended = subprocess.run(
            [*_PROGRAM, "library", "subjects", "--lang", "ru"],
            stdout=file if to == "file" else subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONIOENCODING": "latin-1"},
            check=False,
            timeout=60,
        )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert b"\\u043a" in (ended.stdout or out.read_bytes())


def test_a_terminal_is_told_nothing_but_text() -> None:
    ours, theirs = pty.openpty()
    try:
        said = (
            "import click; from solicomm_build.cli import streams; streams.hold(); "
            "click.echo('\\r12 % \\x1b]0;x\\x07'); "
            "click.echo('\\r\\x1b[Kend é\\t\\x9b2J', err=True)"
        )
        program = (sys.executable, "-c", said)
        subprocess.run(program, stdout=theirs, stderr=theirs, check=True, timeout=60)
        told = os.read(ours, 4096).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    assert told == "\r12 % \ufffd]0;x\ufffd\r\n\r\x1b[Kend é\t\ufffd2J\r\n"


def test_a_program_that_ends_early_is_no_success(
    on_hub: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "read", Mock(side_effect=BrokenPipeError(32, "Broken pipe")))
    ended = on_hub("stick", "read", sample_hub.root / "hub.yaml")
    assert (ended.exit_code, "not all is done" in ended.stderr) == (74, True)
