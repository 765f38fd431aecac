"""Which of the hubs that are heard of count, and on whose word. Pure.

A key costs nothing, so a card proves little: hubs are told apart by who stands for them. `own` is
this hub; `known` are those whose keys its operator has compared; `vouched` are those that one of
these names in its card, or one that is vouched for so, three steps at most, which is global,
regional and sub-regional; everybody else is `unknown`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from solicomm_build.features.network.trust.card import Card

OWN, KNOWN, VOUCHED, UNKNOWN = "own", "known", "vouched", "unknown"
MOST_VOUCHED = 5000
"""Hubs that are kept on the word of others; those next to us come first."""
MOST_UNKNOWN = 200
"""Hubs that are kept though nobody stands for them."""
_STEPS = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A hub in the directory. `by` is the hub that vouches for it, where it is `vouched`."""

    card: Card
    standing: str
    by: str = ""


def placed(cards: Mapping[str, Card], own: str, known: Collection[str]) -> list[Entry]:
    """The hubs that are kept, by how near they stand; the same cards give the same list."""
    found: dict[str, Entry] = {}
    for ids, standing in (([own], OWN), (sorted(known), KNOWN)):
        for one in ids:
            if one in cards and one not in found:
                found[one] = Entry(cards[one], standing)
    last, left = list(found.values()), MOST_VOUCHED
    for _ in range(_STEPS):
        near = _named_by(last, cards, found)[:left]
        found.update((one.card.id, one) for one in near)
        last, left = near, left - len(near)
    strangers = [one for one in sorted(cards) if one not in found][:MOST_UNKNOWN]
    return [*found.values(), *(Entry(cards[one], UNKNOWN) for one in strangers)]


def _named_by(
    vouching: list[Entry], cards: Mapping[str, Card], found: Mapping[str, Entry]
) -> list[Entry]:
    """The hubs that these vouch for and that are not there yet, each once."""
    named: dict[str, Entry] = {}
    for entry in vouching:
        for one in entry.card.vouches:
            if one in cards and one not in found and one not in named:
                named[one] = Entry(cards[one], VOUCHED, entry.card.id)
    return list(named.values())
