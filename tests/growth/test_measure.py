"""The measure itself: what grows too quickly is found, and what does not is let be."""

from __future__ import annotations

from collections.abc import Callable

from tests.growth.measure import grows


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
