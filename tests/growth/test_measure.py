"""The measure itself: what grows too quickly is found, and what does not is let be."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.growth.measure import grows


def _spaces(size: int) -> str:
    return " " * size + "x"


def _square(size: int) -> Callable[[], object]:
    text = _spaces(min(size, 16_000))
    return lambda: re.search(r"\s+$", text)


def _line(size: int) -> Callable[[], object]:
    text = _spaces(size)
    return lambda: [text.count("x") for _ in range(200)]


def _step(size: int) -> Callable[[], object]:
    """A line that costs more a step from some size on, as where memory is asked for anew."""
    return lambda: [b"x".count(b"x") for _ in range(size * (40 if size > 30_000 else 5))]


def test_a_step_is_let_be() -> None:
    assert grows(_step) == ""


def test_a_square_is_found() -> None:
    assert "n^" in grows(_square)


def test_a_line_is_let_be() -> None:
    assert grows(_line) == ""
