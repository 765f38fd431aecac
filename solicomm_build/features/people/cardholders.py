"""Whose card is whose: what the roster keeps of the people's directory. Pure.

A `card` event says that a member agreed to show a card, and whether mail through the hub reaches
the member; `card-withdrawn` that the member no longer agrees. An id is never used again, so that an
old link leads to nobody. people/roster.py holds one `CardHolders`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.features.people.personaddress import CARD_ID
from solicomm_build.people.ledger import Ledger

TYPES = frozenset({"card", "card-withdrawn"})


@dataclass
class CardHolders(Ledger):
    """Which member shows which card. Only `apply` changes it."""

    _of_number: dict[int, str] = field(default_factory=dict)
    _number_of: dict[str, int] = field(default_factory=dict)
    reachable: set[str] = field(default_factory=set)
    """The cards whose people take mail through the hub."""

    def of(self, number: int) -> str | None:
        """The card that a member shows now."""
        return self._of_number.get(number)

    def number(self, card: str) -> int | None:
        """The member who shows a card; None when nobody does."""
        number = self._number_of.get(card)
        return number if number is not None and self._of_number.get(number) == card else None

    def ever(self, number: int) -> tuple[str, ...]:
        """Every card that a member ever showed."""
        return tuple(sorted(card for card, one in self._number_of.items() if one == number))

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        if kind not in TYPES:
            return
        number, card = int(data["number"]), str(data["card"])
        if not CARD_ID.fullmatch(card) or self._number_of.get(card, number) != number:
            raise ValueError(card)
        self.reachable.discard(card)
        if kind == "card":
            self._of_number[number] = card
            self._number_of[card] = number
            if data.get("contact") == "relay":
                self.reachable.add(card)
        elif self._of_number.get(number) == card:
            del self._of_number[number]
