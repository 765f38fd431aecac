"""A child of the process that has loaded everything is what `python -m` makes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.testing import loaded
from solicomm_build.testing.loaded import Program

TOLD = """
import os, signal, sys
if sys.argv[1:] == ["wait"]:
    signal.pause()
print(__name__, sys.argv[1:], os.getcwd(), os.getppid(), os.getsid(0) == os.getpid())
print(sorted(os.environ.items()), len(os.listdir("/proc/self/fd")), sys.stdin.read() == "")
print(signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGPIPE), sys.path[0])
print(sys.modules["__main__"].__dict__ is globals(), sys.stdout.line_buffering, os.umask(0))
sys.exit(7)
"""
ENV = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "LC_CTYPE": "C.UTF-8", "WORD": "ح"}


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "told.py").write_text(TOLD)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "out"


def _loaded(out: Path, *words: str, module: str = "told") -> Program:
    with out.open("wb") as file:
        found = loaded.start(module, words, ENV, file)
    if found is None:
        pytest.skip("this kernel has no such children")
    return found


def test_it_is_told_what_a_python_of_its_own_is(out: Path) -> None:
    assert _loaded(out, "a", "b c").wait(60) == 7
    found = out.read_bytes()
    with out.open("wb") as file:
        command = [sys.executable, "-m", "told", "a", "b c"]
        own = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            env=ENV,
            check=False,
            start_new_session=True,
        )
    assert own.returncode == 7
    assert found == out.read_bytes()


def test_it_is_a_child_that_signals_end(out: Path) -> None:
    one = _loaded(out, "wait")
    assert one.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.01)
    one.send_signal(signal.SIGKILL)
    assert one.wait(60) == one.poll() == -signal.SIGKILL
    one.send_signal(signal.SIGKILL)  # nobody is there any more
    with pytest.raises(ChildProcessError):
        os.waitpid(one.pid, os.WNOHANG)


def test_what_it_cannot_do_is_said_where_it_writes(out: Path) -> None:
    assert _loaded(out, module="nowhere").wait(60) == 1
    assert "No module named nowhere" in out.read_text()


def test_where_the_kernel_has_no_such_children_nobody_is_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(loaded, "_CLONE", None)
    assert loaded.start("told", [], {}, io.BytesIO()) is None
