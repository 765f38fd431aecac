"""The addresses of libraries: `<library>+deposit@`, `-get@`, `-request@`, `-review+TOKEN@`. Pure.

`library` stands for the hub's first library where none has that name. A list's or a person's
address of the same spelling wins; whoever asks looks there first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress, fold

ANY = "library"
"""The local part that stands for the first library."""

DEPOSIT, GET, REVIEW = "deposit", "get", "review"
OWN = frozenset({DEPOSIT, GET, REVIEW})
"""What mail to a library is for."""

_PURPOSES = {
    DEPOSIT: DEPOSIT,
    GET: GET,
    "request": GET,
    REVIEW: REVIEW,
}
_MOST_TOKEN = tokens.LENGTH + 6


def is_like_one(local_part: str) -> bool:
    """Whether a local part could be one, before anybody looks which libraries there are."""
    return any(f"{mark}{word}" in local_part for word in _PURPOSES for mark in "+-")


def split(
    local_part: str, libraries: Iterable[str], former: Mapping[str, str] = MappingProxyType({})
) -> ListAddress | None:
    """What a local part addresses among `libraries`, by their names of today and `former` ones;
    `base` is the library's id."""
    local, known = fold(local_part), sorted(libraries)
    for mark in "+-":
        for word, purpose in _PURPOSES.items():
            base, found, tail = local.partition(f"{mark}{word}")
            if not found or not known:
                continue
            library = base if base in known else former.get(base, known[0] if base == ANY else "")
            if library in known and (tail == "" or tail.startswith("+")):
                return _tagged(library, purpose, tail[1:])
    return None


def _tagged(library: str, purpose: str, tail: str) -> ListAddress | None:
    if not tail:
        return None if purpose == REVIEW else ListAddress(library, purpose)
    token = tokens.normalise(tail) if len(tail) <= _MOST_TOKEN else None
    return ListAddress(library, purpose, token) if token else None


def local_parts(libraries: Iterable[str]) -> Iterator[str]:
    """Every local part without its token, for a mail server's tables."""
    names = sorted(libraries)
    for name in [*names, *([ANY] if names and ANY not in names else ())]:
        yield from (f"{name}-{word}" for word in _PURPOSES)
        yield name  # a mail server cuts off `+deposit`
