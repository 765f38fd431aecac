"""Objects that are never counted: who shares them by fork(2) copies no page to use them.

Python writes to an object whenever it is used, since it counts its references there; a page
of memory that parent and child share is then copied for one of them. From 3.12 on Python knows
immortal objects, which it counts no more (PEP 683); None is one. It gives programs no call for it,
so the count of the rest is set here to what None's is: in the Pythons where that was tried, and
only after a look whether counts stand where they are expected.

Uses the standard library alone, and knows nothing of the hub.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterable
from types import CodeType, FrameType, GeneratorType

_TRIED = ((3, 12), (3, 13))
"""Where the low half of an object's first word is its count, and immortal is all ones."""
_WORDS = 1 << 44
"""Words of 8 octets that addresses of a process may name (47 bits)."""
_AT_ONCE = 20_000
_UNTRACKED = (tuple, dict, CodeType)
"""What the collector may not know of, and yet holds others."""
_PASSING = (FrameType, GeneratorType)
"""What ends, and lets go then of what it holds."""


def make_immortal() -> int:
    """Makes each object that this process has now, and what these hold, immortal; how many they
    are, 0 where this Python is not known to bear it. They are never freed: call it when all is
    loaded, before the first fork, and before a thread. Blocking, some tenths of a second."""
    if not is_known():
        return 0
    memory = _memory()
    immortal = memory[id(None) >> 3]
    count = 0
    rest: list[object] = []

    def keep(some: Iterable[object]) -> None:
        nonlocal count
        for one in some:
            if sys.getrefcount(one) < immortal and not isinstance(one, _PASSING):
                memory[id(one) >> 3] = immortal
                count += 1
                if type(one) in _UNTRACKED:
                    rest.append(one)

    every = gc.get_objects()
    keep(every)
    for start in range(0, len(every), _AT_ONCE):
        keep(gc.get_referents(*every[start : start + _AT_ONCE]))
    while rest:
        one = rest.pop()
        keep(_of_code(one) if isinstance(one, CodeType) else gc.get_referents(one))
    return count


def is_known() -> bool:
    """Whether this Python is one of those tried, and keeps its counts as they do."""
    if sys.implementation.name != "cpython" or sys.version_info[:2] not in _TRIED:
        return False
    if sys.maxsize != 2**63 - 1 or sys.byteorder != "little" or hasattr(sys, "getobjects"):
        return False  # 32 bits, or a build that traces references
    memory, one = _memory(), object()
    before = memory[id(one) >> 3]
    held = [one] * 5
    counted = memory[id(one) >> 3] - before == len(held) and sys.getrefcount(one) - before <= 6
    return counted and memory[id(None) >> 3] == sys.getrefcount(None) == 2**32 - 1


def _memory() -> memoryview[int]:
    """All of this process's memory as words; nothing is read before it is asked for."""
    every = (ctypes.c_uint64 * _WORDS).from_address(0)
    return memoryview(every).cast("B").cast("Q")


def _of_code(code: CodeType) -> tuple[object, ...]:
    """What a function's code holds; the collector does not look into it."""
    names = (code.co_names, code.co_name, code.co_qualname, code.co_filename)
    return (code.co_consts, *code.co_consts, *names)
