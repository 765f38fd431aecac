"""A bell wakes who waits, and who rests gives back what was freed."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.foundation import bell
from solicomm_build.foundation.bell import Bell


@pytest.fixture
def trims(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often memory was given back. No wait takes longer than a moment."""
    found: list[int] = []
    monkeypatch.setattr(bell, "_trim", found.append)
    monkeypatch.setattr(bell, "_REST", 0.01)
    return found


def test_a_ring_ends_the_wait(tmp_path: Path) -> None:
    waiting = Bell(tmp_path / "bell")
    waiting.listen()
    Bell(tmp_path / "bell").ring()
    assert waiting.wait(5)
    assert not waiting.wait(0)
    waiting.close()


def test_memory_is_given_back_once_a_rest(tmp_path: Path, trims: list[int]) -> None:
    waiting = Bell(tmp_path / "bell")
    waiting.wait(0.02)
    waiting.wait(0.02)
    assert trims == [0]
    waiting.ring()
    waiting.wait(0.02)
    assert trims == [0]
    waiting.wait(0.02)
    assert trims == [0, 0]
    waiting.close()


def test_who_rests_for_long_does_without_more_once_a_rest(
    tmp_path: Path, trims: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    monkeypatch.setattr(bell, "_LONG", 0.03)
    monkeypatch.setattr(bell, "_givers", [])
    bell.when_it_rests(lambda: given.append(len(trims)))
    waiting = Bell(tmp_path / "bell")
    waiting.wait(0.02)
    assert given == []
    waiting.wait(0.02)
    waiting.wait(0.02)
    assert given == [1]
    waiting.ring()
    for _ in range(3):
        waiting.wait(0.02)
    assert given == [1, 2]
    waiting.close()


def test_a_short_wait_is_no_rest(tmp_path: Path, trims: list[int]) -> None:
    waiting = Bell(tmp_path / "bell")
    waiting.wait(0.001)
    assert trims == []
    waiting.close()


def test_a_kept_bell_is_heard_by_who_waits_later(tmp_path: Path) -> None:
    """What rang between two who wait is not lost, and the name stays."""
    kept = Bell(tmp_path / "bell")
    try:
        kept.keep()
        first = Bell(tmp_path / "bell")
        assert not first.wait(0)
        first.close()
        Bell(tmp_path / "bell").ring()
        second = Bell(tmp_path / "bell")
        assert second.wait(0)
        assert not kept.wait(0), "all rings are taken at once"
        second.close()
        assert Bell(tmp_path / "bell").is_heard()
    finally:
        bell._kept.clear()
        kept.close()


def test_two_who_begin_in_the_same_moment_both_listen_and_the_last_is_rung(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One binds the name between the other's look and its own binding."""
    before, first, last = (Bell(tmp_path / "bell") for _ in range(3))
    before.listen()
    unlink = Path.unlink

    def and_another_binds(path: Path, missing_ok: bool = False) -> None:
        monkeypatch.setattr(Path, "unlink", unlink)
        path.unlink(missing_ok=missing_ok)
        first.listen()

    monkeypatch.setattr(Path, "unlink", and_another_binds)
    last.listen()
    for one in (before, first):
        one.close()
    assert Bell(tmp_path / "bell").is_heard(), "nobody takes another's name away"
    assert last.wait(5)
    last.close()
    assert not (tmp_path / "bell").exists()
