"""No reader of foreign text needs more than n^1.3 for n octets, whatever stands in them.

awkward octets, in one line, in many lines, behind what reaches a loop → every reader → how it grows

A run looks at each fourth of these (share.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from tests.growth import share
from tests.growth.measure import grows, in_children
from tests.growth.readers import READERS, TEXTS, reading_of

PUMPS = (
    " ",
    "\t",
    ",",
    ":",
    ";",
    '"',
    "'",
    "\\",
    "<",
    ">",
    "@a",
    "_",
    "=",
    "|-",
    "\xa0",
    ".",
    "0",
    "a ",
    "a",
    "+",
    "`",
    "(",
    ")",
    "[",
    "]",
    "*",
    "&",
    "#",
    "-",
    "?",
    "=?",
    '\\"',
    "<a@b>,",
    "a@b ",
    "{",
    "=?utf-8?q?a?= ",
    "a=b;",
    "&amp;",
    "<a>",
    "</a>",
    "<!--",
    "![",
    "](",
    "[a](",
    "http://",
    "a.b:",
    "Re: ",
    "é",
    "ع",
    "中",
    "<blockquote>",
    "1. ",
    "- ",
    "* ",
    "www.",
    "**a",
    "a: b ",
)
LINES = (
    "\n",
    " \n",
    "a \n",
    "> \n",
    ">",
    "> a\n",
    ">> a\n> b\n",
    "a:\n",
    "a: b\n",
    "- \n",
    "| a\n",
    "|-\n",
    "a\n\n",
    "```\n",
    "1. a\n",
    "# a\n",
    "a\n b\n",
    "<p>\n",
    "-- \n",
    "--a\n",
    "a\n---\n",
    "+-\n",
    "a b c d e f g: h\n",
    "Facts: x\n",
    "On a wrote:\n",
    "\ta\n",
    "    a\n",
    "550 a\n",
    "a@b.example\n",
    "|a|b|\n",
    "a\r\n",
    "Final-Recipient: rfc822; a@b\n\n",
)
_BEGINS = ("", "x:", "a", '"', "<", "(", "=?utf-8?q?", "Shall we?\na")
_FEW = (
    " ",
    "\t",
    ",",
    ":",
    ";",
    '"',
    '\\"',
    "<",
    "(",
    "@a",
    "_",
    "=",
    "|-",
    "\xa0",
    ".",
    "a",
    "a ",
    "=?",
    "<a@b>,",
    "=?utf-8?q?a?= ",
    "a=b;",
    "a: b ",
    "Re: ",
)


@pytest.mark.parametrize("part", range(4))
def test_no_reader_needs_more_than_a_little_over_linear_time(part: int) -> None:
    names, today = sorted(READERS)[part::4], share.chosen()
    faults = in_children((name, partial(_faults, name, today)) for name in names)
    assert not faults, "\n".join([*faults, share.again(today)])


def _faults(name: str, today: int | None) -> Iterator[str]:
    slow = set[str]()
    for begin, pump in share.of(_cases(name), today):
        if begin in slow:
            continue
        if said := grows(partial(_input, name, begin, pump)):
            slow.add(begin)
            yield f"{begin!r} + n times {pump!r}: {said}"


def _cases(name: str) -> Iterator[tuple[str, str]]:
    for begin in _BEGINS if name in TEXTS else _BEGINS[:2]:
        yield from ((begin, pump) for pump in _pumps(name, begin))


def _pumps(name: str, begin: str) -> tuple[str, ...]:
    """Every reader meets all of them once; a whole mail is read by readers that did, and has more
    in its body than in a field."""
    if name in TEXTS:
        return PUMPS + LINES if begin in _BEGINS[:2] else PUMPS
    return _FEW + LINES if name.startswith("a mail of") else _FEW


def _input(name: str, begin: str, pump: str, size: int) -> Callable[[], object]:
    return reading_of(name, begin + pump * (size // len(pump.encode())) + "x")
