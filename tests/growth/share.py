"""Which of many cases a run looks at: each fourth, and others tomorrow.

There are tens of thousands of pairs of a text's beginning and what fills it, and all of them take
two thirds of ten minutes of a processor. What needs the square of something does so for many of
them. `SOLICOMM_GROWTH=all`, as `make growth` says it, looks at all; a number, at one day's again.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import TypeVar

T = TypeVar("T")

SHARES = 4
VARIABLE = "SOLICOMM_GROWTH"


def chosen() -> int | None:
    """The number of the share; None for all. Raises ValueError for what is neither."""
    said = os.environ.get(VARIABLE) or str(date.today().toordinal())
    return None if said == "all" else int(said) % SHARES


def of(cases: Iterable[T], share: int | None) -> Iterator[T]:
    """The cases of a share, in their order."""
    return iter(cases) if share is None else islice(cases, share, None, SHARES)


def again(share: int | None) -> str:
    """How to look at these again, as a test that fails says it."""
    return f"{VARIABLE}={'all' if share is None else share} looks at the same again"
