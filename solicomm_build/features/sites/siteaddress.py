"""The addresses of unions' sites: `site+<union>@`, `site-<union>@`, and `…+TOKEN@`. Pure.

A list's or a person's address of the same spelling wins; whoever asks looks there first.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from types import MappingProxyType

from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress, fold

PREFIX = SITE = "site"
"""What mail to a union's site is for."""
_MOST_TOKEN = tokens.LENGTH + 6


def is_like_one(local_part: str) -> bool:
    """Whether a local part could be one, before anybody looks which sites there are."""
    return fold(local_part).startswith((f"{PREFIX}+", f"{PREFIX}-"))


def split(
    local_part: str, unions: Container[str], former: Mapping[str, str] = MappingProxyType({})
) -> ListAddress | None:
    """What a local part addresses among `unions`, by their names of today and `former` ones;
    `base` is the union's id."""
    local = fold(local_part)
    if not is_like_one(local):
        return None
    union, plus, tail = local[len(PREFIX) + 1 :].partition("+")
    union = former.get(union, union)
    if union not in unions or (plus and not tail):
        return None
    if not tail:
        return ListAddress(union, SITE)
    token = tokens.normalise(tail) if len(tail) <= _MOST_TOKEN else None
    return ListAddress(union, SITE, token) if token else None


def local_parts(unions: Iterable[str]) -> Iterator[str]:
    """Every local part without its token, for a mail server's tables."""
    names = sorted(unions)
    if names:
        yield PREFIX  # a mail server cuts off `+<union>`
    yield from (f"{PREFIX}-{name}" for name in names)
