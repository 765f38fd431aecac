"""The measure itself: what grows too quickly is found, and what does not is let be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.growth import measure
from tests.growth.measure import grows, in_children


def _square(size: int) -> Callable[[], object]:
    text = " " * min(size, 16_000)  # thrice, for a quick processor is done with one in 0.1 s
    return lambda: [text.count(" ") for _ in range(3 * len(text))]


def _line(size: int) -> Callable[[], object]:
    text = " " * size + "x"
    return lambda: [text.count("x") for _ in range(200)]


def _step(size: int) -> Callable[[], object]:
    """A line that costs more a step from some size on, as where memory is asked for anew."""
    return lambda: any(b"x".count(b"y") for _ in range(size * (32 if size > 30_000 else 8)))


def test_a_step_is_let_be() -> None:
    assert grows(_step) == ""


def test_a_square_is_found() -> None:
    assert "n^" in grows(_square)


def test_a_line_is_let_be() -> None:
    assert grows(_line) == ""


def test_what_is_found_twice_is_told(tmp_path: Path) -> None:
    def once() -> Iterator[str]:
        if not (tmp_path / "seen").exists():
            (tmp_path / "seen").touch()
            yield "slow for a moment"

    def broken() -> Iterator[str]:
        yield "seen before it broke"
        raise ValueError("no")

    jobs = [
        ("always", lambda: ["too slow"]),
        ("once", once),
        ("never", lambda: []),
        ("killed", lambda: os._exit(9)),
        ("last", lambda: ["too slow as well"]),
        ("broken", broken),
    ]
    assert sorted(in_children(jobs)) == [
        "always: too slow",
        "broken: ValueError('no')",
        "broken: did not end (exit 1)",
        "broken: seen before it broke",
        "killed: did not end (exit 9)",
        "last: too slow as well",
    ]
    assert (tmp_path / "seen").exists()


def test_what_never_ends_is_ended_and_the_next_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "_SECONDS", 0.1)
    monkeypatch.setattr(measure, "_LOOK", 0.05)

    def forever() -> Iterator[str]:
        yield "begun"
        while True:
            pass

    jobs = [("endless", forever), ("next", lambda: ["too slow"])]
    assert sorted(in_children(jobs, 1)) == [
        "endless: begun",
        "endless: did not end (exit -9)",
        "next: too slow",
    ]


def test_a_child_s_clock_is_fine() -> None:
    """What takes microseconds is not taken for what takes a tick."""

    def short() -> Iterator[str]:
        steps = [measure._least(lambda: None, 1) for _ in range(20_000)]
        if len({step for step in steps if step > 0}) < 20 or max(steps) > 0.5:
            yield f"{len(set(steps))} steps, {max(steps)} s"

    assert in_children([("short", short)]) == []
