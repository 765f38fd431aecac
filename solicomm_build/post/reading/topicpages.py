"""On which page of its topic a post stands: pages are broken by weight, so that each comes in a
moment on a slow line, however long the topic is.

A post's weight follows from its file alone (`weight`), and pages fill from the oldest post on
(`breaks`): what comes later never moves what stands. The builder keeps the weights in its index;
whoever else needs to know where a post is read asks the same functions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence

FIRST_PAGE, PAGE = 9_000, 12_000
"""Octets of HTML that the posts of a topic's first page, and of each further one, have together, a
post that is longer aside. Brotli makes a third of it; with what stands around the posts (2 KB, and
on the first page up to 1 KB of ways to later posts), the style sheet, the script and the icon
(9 KB) a first view fits into the ten packets that come at once on a new connection: 14.6 KB
(RFC 6928)."""
LIGHT, MIDDLE = 15, 20
"""The pages up to these are so light, and up to three times as heavy; those further on have twelve
times as much, or a topic of thousands of posts, or of long ones, would have hundreds of pages."""
PAGE_POSTS = 100
"""Posts that a page shows at most."""
FRAME, FILE = 1_100, 500
"""Octets that stand around a post's text, and that show one of its files."""


def weight(html: str, files: int) -> int:
    """Octets that a post takes on a page, about."""
    return FRAME + len(html.encode("utf-8", "surrogatepass")) + FILE * files


def breaks(weights: Iterable[int]) -> list[int]:
    """The places, from 0, of the posts that begin a page, for the weights of a topic's posts in
    the order they are read; [0] where there are none."""
    found, filled, space = [0], 0, FIRST_PAGE
    for place, one in enumerate(weights):
        if filled and (filled + one > space or place - found[-1] >= PAGE_POSTS):
            found.append(place)
            filled, space = 0, room(len(found))
        filled += one
    return found


def room(number: int) -> int:
    """Octets of HTML for the posts of the page of a number, from 1."""
    if number == 1:
        return FIRST_PAGE
    return PAGE if number <= LIGHT else 3 * PAGE if number <= MIDDLE else 12 * PAGE


def page_at(begins: Sequence[int], place: int) -> int:
    """The number, from 1, of the page with the post at `place` (from 0); `begins` as from
    `breaks`.

    >>> page_at([0, 8, 20], 8)
    2
    """
    return bisect_right(begins, place)


def page_url(first: str, number: int) -> str:
    """The address of page `number` of what begins at `first`."""
    return first if number == 1 else f"{first}page/{number}/"
