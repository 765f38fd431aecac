"""Where the author's answers to a form end, and his manners begin. Pure.

Who types the lines of a form himself, or above its quotation, ends as every mail does: with a
sign-off, a signature, a telephone's last line, and the line that leads to what is quoted. None of
that is part of the last answer (features/forms/values/formmail.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from solicomm_build.post import ownwords

QUOTED = re.compile(r"^(?:[ \t\u00a0]*>)+[ ]?")
"""What stands before a line that a mail program quotes."""


def without_ending(
    lines: list[str],
    is_ours: Callable[[str], bool],
    is_end: Callable[[str], bool],
    names: Iterable[str] = (),
) -> list[str]:
    """The lines without what ends the author's own: what comes after the last that `is_ours`, the
    form's own, and that nobody quotes. A form with its end, `is_end`, is left as it is."""
    start = _last_of_ours(lines, is_ours)
    if start < 0:
        return lines
    stop = start + 1
    while stop < len(lines) and not QUOTED.match(lines[stop]):
        if is_end(lines[stop]):
            return lines
        stop += 1
    tail = [row.rstrip() for row in lines[start + 1 : stop]]
    if stop < len(lines):
        tail = ownwords.without_attribution(tail, is_ours)
    tail = ownwords.before_signature("\n".join(tail))
    own = [lines[start], *ownwords.without_signoff(tail, names, is_command=is_ours)]
    return [*lines[:start], *own, *lines[stop:]]


def _last_of_ours(lines: list[str], is_ours: Callable[[str], bool]) -> int:
    for place in range(len(lines) - 1, -1, -1):
        if not QUOTED.match(lines[place]) and is_ours(lines[place]):
            return place
    return -1
