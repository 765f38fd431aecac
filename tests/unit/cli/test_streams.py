"""A command whose reader goes early, or that never had one, does its work all the same."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
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


def test_a_program_that_ends_early_is_no_success(
    on_hub: Run, sample_hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "read", Mock(side_effect=BrokenPipeError(32, "Broken pipe")))
    ended = on_hub("stick", "read", sample_hub.root / "hub.yaml")
    assert (ended.exit_code, "not all is done" in ended.stderr) == (74, True)
