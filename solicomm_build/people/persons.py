"""Person ids: what a member is called in repositories that others may read. Pure, but for `mint`.

A person id (`p_` and ten characters of base32, 50 random bits) is never made of an address or a
member number, since both could be guessed. Which member has which is told by `person` events in the
roster (docs/formats/roster.md), and nowhere else. people/roster.py holds one `Persons`.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PERSON_ID = re.compile(r"p_[a-z2-7]{10}")
TYPES = frozenset({"person"})


@dataclass
class Persons:
    """Which member has which person id. Only `apply` changes it."""

    _of_number: dict[int, str] = field(default_factory=dict)
    _number_of: dict[str, int] = field(default_factory=dict)

    def of(self, number: int) -> str | None:
        """The person id of a member, or None."""
        return self._of_number.get(number)

    def number(self, person: str) -> int | None:
        """The member number behind a person id, or None."""
        return self._number_of.get(person)

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. The first id of a member stays. Raises KeyError, TypeError or ValueError
        for a malformed one."""
        if kind != "person":
            return
        number, person = int(data["number"]), str(data["person"])
        if not PERSON_ID.fullmatch(person) or person in self._number_of:
            raise ValueError(person)
        if number not in self._of_number:
            self._of_number[number] = person
            self._number_of[person] = number


def mint() -> str:
    """A new person id."""
    return "p_" + base64.b32encode(secrets.token_bytes(7)).decode("ascii").lower()[:10]
