"""No regular expression of the program needs more than n^1.3 for n octets, whatever stands in them.

every module → its patterns and how they are used → beginnings that reach the loops × awkward octets

A run looks at each fourth of these (share.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from solicomm_build.people import token
from tests.growth import share
from tests.growth.examples import CANDIDATES, leads
from tests.growth.measure import grows, in_children
from tests.growth.patterns import Use, uses

PUMPS = (
    *CANDIDATES,
    "a ",
    "@a",
    "=?",
    '\\"',
    "|-",
    "a.",
    ".a",
    "a:",
    " :",
    "a=",
    "\r\n",
    " \n",
    "> ",
    "<a",
    "(a",
    "[a",
    "1.",
    "x\n",
    "`a",
    "**",
    ". ",
    ", ",
    '""',
    "''",
    "\n\n",
    "a\t",
    "-a",
    "\\\\",
)
_ENDS = ("", "\x00\n")


def test_every_pattern_is_found_and_told_how_it_is_used() -> None:
    found, unknown = uses()
    assert not unknown, "say in tests/growth/patterns.py what these are made of"
    names = {use.where.partition(":")[0] for use in found}
    assert len(found) > 500
    assert {
        "solicomm_build.people.token._CANDIDATE",
        "solicomm_build.features.polls.values.pollwords",
    } <= names
    assert {use.how for use in found if use.source == token._TOKEN.pattern} == {"fullmatch"}


def test_no_pattern_needs_more_than_a_little_over_linear_time() -> None:
    (found, _), today = uses(), share.chosen()
    faults = in_children((use.name, partial(_faults, use, today)) for use in found)
    assert not faults, "\n".join([*faults, share.again(today)])


def _faults(use: Use, today: int | None) -> Iterator[str]:
    pattern = re.compile(use.source, use.flags)
    read = getattr(pattern, use.how) if use.how != "search" else partial(_all, pattern)
    is_text = isinstance(use.source, str)
    source = use.source if isinstance(use.source, str) else use.source.decode("latin-1")
    beginnings, taken = leads(source, use.flags)
    taken |= set("".join(beginnings))
    fitting = (pump for pump in PUMPS if taken.issuperset(pump))
    begun = [one for one in beginnings if one]
    pumps = dict.fromkeys([*fitting, *begun, *(f"{one}\n" for one in begun)])
    for begin, pump, end in share.of(product(beginnings, pumps, _ENDS), today):
        work = partial(_input, read, is_text, begin, pump, end)
        said = grows(work, use.longest, plain=True)
        if said:
            yield f"{begin!r} + n times {pump!r} + {end!r}: {said} in {use.source!r}"
            return


def _all(pattern: re.Pattern[str], text: str) -> None:
    for _ in pattern.finditer(text):
        pass


def _input(
    read: Callable[[str | bytes], object], is_text: bool, begin: str, pump: str, end: str, size: int
) -> Callable[[], object]:
    text = begin + pump * (size // len(pump)) + end
    return partial(read, text if is_text else text.encode("utf-8", "surrogatepass"))
