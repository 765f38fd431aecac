"""Person ids: what a member is called in repositories that others may read.

A person id (`p_` and ten characters of base32, 50 random bits) is never made of an address or a
member number, since both could be guessed. Which member has which is told by `person` events in the
roster (docs/formats/roster.md), and nowhere else. people/roster.py has one `Persons`.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Mapping
from typing import Any

from solicomm_build.people.kept.book import Book

PERSON_ID = re.compile(r"p_[a-z2-7]{10}")
TYPES = frozenset({"person"})


class Persons:
    """Which member has which person id. Only `apply` changes it."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def of(self, number: int) -> str | None:
        """The person id of a member, or None."""
        found = self._book.row("SELECT person FROM persons WHERE number = ?", number)
        return None if found is None else str(found[0])

    def number(self, person: str) -> int | None:
        """The member number behind a person id, or None."""
        found = self._book.row("SELECT number FROM persons WHERE person = ?", person)
        return None if found is None else int(found[0])

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. The first id of a member stays. Raises KeyError, TypeError or ValueError
        for a malformed one."""
        if kind != "person":
            return
        number, person = int(data["number"]), str(data["person"])
        if not PERSON_ID.fullmatch(person) or self.number(person) is not None:
            raise ValueError(person)
        self._book.run("INSERT OR IGNORE INTO persons VALUES (?, ?)", number, person)


def mint() -> str:
    """A new person id."""
    return "p_" + base64.b32encode(secrets.token_bytes(7)).decode("ascii").lower()[:10]
