"""`unfollow+<token>@`: ends the mail about one topic, without any question (RFC 2369 3.2)."""

from __future__ import annotations

from solicomm_build.features.following.links import PREFIX, number_of
from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind

_MANGLED = 6  # characters that mail programs add to a token at most


def _find(finder: Finder, local: str) -> ListAddress | None:
    head, plus, tail = local.partition("+")
    if head != PREFIX or not plus or len(tail) > tokens.LENGTH + _MANGLED:
        return None
    if number_of(finder.config.keys, tail) is None:
        return None
    return ListAddress(PREFIX, PREFIX, tokens.normalise(tail) or "")


KINDS = (
    Kind(
        12,
        _find,
        first=True,
        judged=True,
        desk=frozenset({PREFIX}),
        reserved=frozenset({PREFIX}),
        local_parts=lambda config: (PREFIX,),
        unsure=PREFIX,
    ),
)
