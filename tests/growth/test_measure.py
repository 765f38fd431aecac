"""The measure itself: what grows too quickly is found, and what does not is let be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.growth import measure
from tests.growth.measure import grows, in_children


class Clock:
    """A processor on which work takes as long as it says, and others are in its way now and then:
    every so many runs one takes thrice the time."""

    def __init__(self, disturbed: int = 0) -> None:
        self.now, self.runs, self.disturbed = 0.0, 0, disturbed

    def process_time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        pass

    def work(self, seconds: Callable[[int], float]) -> Callable[[int], Callable[[], None]]:
        def run(took: float) -> None:
            self.runs += 1
            is_disturbed = self.disturbed and self.runs % self.disturbed == 0
            self.now += took * (3 if is_disturbed else 1)

        return lambda size: lambda: run(seconds(size))


@pytest.fixture
def clock(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(getattr(request, "param", 0))
    monkeypatch.setattr(measure, "time", made)
    return made


_BUSY = pytest.mark.parametrize("clock", [0, 7, 3], indirect=True)


@_BUSY
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("power", [3, 2, 1.5])
def test_what_grows_too_quickly_is_found(clock: Clock, power: float, plain: bool) -> None:
    said = grows(clock.work(lambda size: 0.001 * (size / 2_000) ** power), plain=plain)
    assert said.startswith("n^" if clock.disturbed else f"n^{power:.1f}:")


@_BUSY
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("first", [0.000_1, 0.001, 0.1])
def test_a_line_is_let_be(clock: Clock, first: float, plain: bool) -> None:
    assert grows(clock.work(lambda size: first * size / 2_000), plain=plain) == ""


def test_a_line_that_small_sizes_show_is_read_no_further(clock: Clock) -> None:
    assert grows(clock.work(lambda size: 1e-6 * size), plain=True) == ""
    assert clock.now < 0.03, "64,000 octets take 0.064"


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("line", [0.02, 0.1, 1.0])
def test_the_least_square_in_a_line_that_is_named_is_found_by_small_sizes(
    clock: Clock, line: float, plain: bool
) -> None:
    """Seconds at 16,000 octets, and a little over a fifth of them that grow with the square."""

    def took(size: int) -> float:
        return line * size / 16_000 + 0.22 * line * (size / 16_000) ** 2

    assert grows(clock.work(took), plain=plain).startswith("n^")


@_BUSY
def test_a_step_is_let_be(clock: Clock) -> None:
    """A line that costs more from some size on, as where memory is asked for anew."""
    assert grows(clock.work(lambda size: 1e-6 * size * (4 if size > 30_000 else 1))) == ""


@pytest.mark.parametrize(("longest", "took"), [(900, "0.010 s at 900"), (80, "")])
def test_what_gets_few_octets_must_be_over_at_once(clock: Clock, longest: int, took: str) -> None:
    assert grows(clock.work(lambda size: 0.01 * (size / 900) ** 2), longest) == took


def test_what_a_quicker_processor_is_done_with_is_read_no_further(clock: Clock) -> None:
    assert grows(clock.work(lambda _: 0.000_4)) == ""
    assert clock.runs == 1


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
