"""Pages wait for a rush of mail, and not for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.builder import givingway


def _fill(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"{number}.mail").write_bytes(b"")
        (folder / f".{number}.tmp").write_bytes(b"")


def test_a_few_messages_hold_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def asleep(_seconds: float) -> None:
        raise AssertionError("the builder waited")

    monkeypatch.setattr(givingway.time, "sleep", asleep)
    givingway.give_way(tmp_path / "missing", lambda: False)
    _fill(tmp_path, 7)
    givingway.give_way(tmp_path, lambda: False)


@pytest.mark.parametrize("in_another_cell", [False, True])
def test_a_rush_is_waited_for_until_it_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_another_cell: bool
) -> None:
    _fill(tmp_path, 9)
    left = sorted(tmp_path.glob("*.mail"))
    monkeypatch.setattr(givingway.time, "sleep", lambda _: left.pop().unlink())
    if in_another_cell:
        givingway.give_way(tmp_path / "missing", lambda: False, others=[tmp_path])
    else:
        givingway.give_way(tmp_path, lambda: False)
    assert len(left) == 7


def test_a_rush_without_end_is_waited_for_so_long_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _fill(tmp_path, 20)
    now = [0.0]

    def slept(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(givingway.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(givingway.time, "sleep", slept)
    givingway.give_way(tmp_path, lambda: False)
    assert givingway.LONGEST <= now[0] < givingway.LONGEST + 1


def test_a_stop_ends_the_waiting(tmp_path: Path) -> None:
    _fill(tmp_path, 20)
    givingway.give_way(tmp_path, lambda: True)
