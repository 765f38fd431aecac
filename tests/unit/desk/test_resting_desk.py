"""A desk that may rest ends when nothing is left to do, and the next one knows what it has seen."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from solicomm_build.desk import run
from solicomm_build.desk.chores import Looks
from solicomm_build.desk.run import Desk
from solicomm_build.foundation import bell, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing.deskhub import DeskHub

_LONGEST = 120.0


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(run, "_LOOK_AGAIN", 0.01)
    found = os.memfd_create("desk")
    yield found
    os.close(found)


@pytest.fixture
def takes(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What each look said: whether there was anything to do."""
    found: list[bool] = []
    take = Desk.take

    def noted(desk: Desk) -> bool:
        found.append(take(desk))
        return found[-1]

    monkeypatch.setattr(Desk, "take", noted)
    return found


def _rests(hub: DeskHub, memory: int, asked: Callable[[], bool] = lambda: False) -> bool:
    """A desk until it ends; whether it did so by itself."""
    end, stopped = time.monotonic() + _LONGEST, list[bool]()

    def stop() -> bool:
        if asked() or time.monotonic() > end:
            stopped.append(True)
        return bool(stopped)

    run.desk(hub.config, stop=stop, log=maillog.to_nobody(), memory=memory)
    return not stopped


def test_who_was_begun_to_look_ends_when_it_has_looked(
    hub: DeskHub, memory: int, takes: list[bool]
) -> None:
    assert _rests(hub, memory)
    assert takes.count(False) == 1
    takes.clear()
    assert _rests(hub, memory)
    assert takes == [False]


def test_who_was_rung_for_stays_a_while(hub: DeskHub, memory: int, takes: list[bool]) -> None:
    waiting = Spool(hub.config.spool_desk)
    assert not waiting.rang()
    waiting.bell.keep()
    waiting.ring()
    try:
        assert _rests(hub, memory)
    finally:
        for path in list(bell._kept):
            bell._kept.pop(path).close()
    assert takes.count(False) == run.LOOKS + 1


@pytest.mark.parametrize("what", ["documents", "much to look into", "no memory"])
def test_it_stays(
    hub: DeskHub, memory: int, takes: list[bool], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While documents are read, where another would look for long, and where it cannot leave what
    it knows."""
    if what == "documents":
        monkeypatch.setattr(Desk, "rests", _with_documents(Desk.rests))
    elif what == "much to look into":
        monkeypatch.setattr(run, "_MANY", -1)
    else:
        monkeypatch.setattr(Looks, "keep", lambda looks: False)
    assert not _rests(hub, memory, lambda: len(takes) > 3)


def _with_documents(rests: Callable[[Desk], bool]) -> Callable[[Desk], bool]:
    def reading(desk: Desk) -> bool:
        desk._reading[desk._spool.folder / "a"] = ["a"]
        return rests(desk)

    return reading


def test_what_chores_remember_is_left_to_the_next_desk(memory: int) -> None:
    looks = Looks(memory)
    one, other = looks.of("one"), looks.of("other")
    assert not one.rests(3600)
    one.seen["a"], other.seen["b"] = ("tip", 1), threading.Lock()
    assert looks.keep()
    after = Looks(memory)
    again = after.of("one")
    assert again.seen == {"a": ("tip", 1)}
    assert again.rests(3600)
    assert after.of("other").seen == {}  # looked at again
    assert Looks(memory).of("one").seen == {}  # as after a kill


def test_a_chore_at_work_keeps_the_desk(memory: int) -> None:
    looks = Looks(memory)
    one = looks.of("one")
    one.works = True
    assert not looks.keep()
    one.works = False
    assert looks.keep()
    assert not Looks().keep()
