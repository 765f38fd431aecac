"""Work in forked copies of a process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from solicomm_build.builder.apart import children


def test_what_is_done_apart_is_done_in_another_process() -> None:
    assert children.apart(os.getpid) != os.getpid()


def test_what_fails_apart_is_raised_here(capfd: pytest.CaptureFixture[str]) -> None:
    def broken() -> int:
        raise ValueError("the theme has a template that cannot be read")

    with pytest.raises(ValueError, match="a template that cannot be read"):
        children.apart(broken)
    assert capfd.readouterr().err == ""


def test_what_dies_apart_is_done_here() -> None:
    here = os.getpid()

    def killed_there() -> str:
        if os.getpid() != here:
            os.kill(os.getpid(), 9)
        return "done"

    assert children.apart(killed_there) == "done"


def test_what_is_spread_comes_back_in_order() -> None:
    here = os.getpid()
    made = children.spread(lambda some: [(n, os.getpid()) for n in some], range(10), 3)
    assert [number for number, _ in made] == list(range(10))
    assert len({pid for _, pid in made} - {here}) == 3


_TIED = """
import os, time
from solicomm_build.builder.apart import children
def work():
    os.write(1, b"at work\\n")
    time.sleep(600)
children.tied(work)
"""


def test_what_is_tied_ends_with_whoever_waits_for_it() -> None:
    with subprocess.Popen([sys.executable, "-c", _TIED], stdout=subprocess.PIPE) as waiting:
        assert waiting.stdout is not None
        assert waiting.stdout.readline() == b"at work\n"
        waiting.kill()
        assert waiting.communicate(timeout=60)[0] == b""  # the pipe is shut: nobody writes there
