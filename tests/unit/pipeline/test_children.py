"""Work in forked copies of a process."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from solicomm_build.builder.apart import children
from solicomm_build.foundation.errors import StoreError, UsageError


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


def test_what_is_shared_comes_back_in_order_from_children() -> None:
    made = list(children.shared(lambda number: (number, os.getpid()), range(5000)))
    assert [number for number, _ in made] == list(range(5000))
    assert os.getpid() not in {pid for _, pid in made}
    assert list(children.shared(str, [])) == []


def test_what_is_large_comes_back_whole() -> None:
    made = children.shared(lambda number: bytes([number]) * 300_000, range(20))
    assert list(made) == [bytes([number]) * 300_000 for number in range(20)]


def test_what_is_shared_is_used_while_the_rest_is_made(tmp_path: Path) -> None:
    def made(number: int) -> int:
        while number == 50 and not (tmp_path / "used").exists():
            time.sleep(0.01)
        return number

    found = children.shared(made, range(100))
    first = [next(found) for _ in range(10)]
    (tmp_path / "used").touch()
    assert [*first, *found] == list(range(100))


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The children that this process makes."""
    fork, found = os.fork, list[int]()

    def noted() -> int:
        if pid := fork():
            found.append(pid)
        return pid

    monkeypatch.setattr(os, "fork", noted)
    return found


def ended(pids: list[int]) -> bool:
    """Whether nobody has to wait for any of these any more."""
    assert pids
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
    return True


def test_an_interrupt_stays_one_when_children_were_interrupted_too(begun: list[int]) -> None:
    def killed(number: int) -> int:
        os.kill(os.getpid(), 9)
        return number

    made = children.shared(lambda number: killed(number) if number else number, range(9))
    assert next(made) == 0
    with pytest.raises(KeyboardInterrupt):
        made.throw(KeyboardInterrupt())
    assert ended(begun)


def test_what_was_begun_ends_where_no_other_child_can_be_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fork, begun = os.fork, list[int]()

    def refused() -> int:
        if begun:
            raise OSError(errno.EAGAIN, "Resource temporarily unavailable")
        begun.append(fork())
        return begun[-1]

    monkeypatch.setattr(children, "COUNT", 2)
    monkeypatch.setattr(os, "fork", refused)
    before = os.listdir("/proc/self/fd")
    with pytest.raises(OSError, match="temporarily"):
        list(children.shared(lambda number: bytes(1 << 20), range(9)))
    assert len(os.listdir("/proc/self/fd")) == len(before)
    assert ended(begun)


def test_children_end_when_nobody_asks_for_the_rest(tmp_path: Path, begun: list[int]) -> None:
    def made(number: int) -> bytes:
        (tmp_path / str(number)).touch()
        return bytes(1 << 20)

    with contextlib.closing(children.shared(made, range(500))) as found:
        next(found)
    assert len(list(tmp_path.iterdir())) < 500
    assert ended(begun)


def test_what_goes_wrong_with_something_shared_is_raised_here(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def full(number: int) -> int:
        if number == 7:
            raise OSError(errno.ENOSPC, "No space left on device")
        return number

    with pytest.raises(OSError, match="No space left") as caught:
        list(children.shared(full, range(20)))
    assert caught.value.errno == errno.ENOSPC
    with pytest.raises(UsageError, match="name another folder"):
        list(children.shared(_refused, range(2)))
    assert capfd.readouterr().err == ""


def _refused(_number: int) -> int:
    raise UsageError("name another folder")


def test_a_child_that_dies_of_something_shared_is_not_passed_over() -> None:
    with pytest.raises(StoreError):
        list(children.shared(lambda _number: os.kill(os.getpid(), 9), range(3)))
