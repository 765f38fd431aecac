"""The tokens that the roster knows: what each allows, until when, and whether it was used.

`people/roster.py` has one `TokenLedger` as `tokens`. The tokens themselves are in nobody's
hands but their readers': here are their digests (people/token.py). The format is
docs/formats/roster.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from solicomm_build.message.address import key
from solicomm_build.people.kept.book import Book
from solicomm_build.people.kept.views import Tokens
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import text_in

_KEPT = timedelta(days=30)  # after they ended, so that a late answer gets a polite one
_WAYS_IN = ("invite", "join", "undo")
_PRUNE_AT = 1024
_PRUNE = "prune-at"
_ROOM = "prune-after"
"""So many more may be given before they can be `prune-at` many: counting tens of thousands at each
would take longer than all else about it."""


class TokenLedger:
    """Tokens, as `facts` by their digests. Only `apply` changes it."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self.facts = Tokens(book)

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        if kind == "token":
            self._give(data)
        elif kind == "token-used":
            sql = "UPDATE tokens SET used = 1 WHERE digest = ?"
            self._book.run(sql, text_in(data, "hash"))

    def valid(self, digest: str, now: datetime) -> TokenFacts | None:
        """What the token with this digest allows; None when it is unknown, used or over, or was
        given by a clock that was far ahead."""
        facts = self.facts.get(digest)
        return facts if facts is not None and facts.is_good(now) else None

    def known(self, digest: str) -> TokenFacts | None:
        """What a token was for, also when it is used or over: for a polite answer."""
        return self.facts.get(digest)

    def ways_in(self, address: str, now: datetime) -> list[str]:
        """The digests of what an address was mailed by which it comes onto a list, without
        anybody's word: invitations, goodbyes that can be undone, questions about joining. Costs a
        look at all tokens for these."""
        return [
            digest
            for action in _WAYS_IN
            for digest, facts in self.facts.open_for(action, now)
            if key(facts.address) == key(address)
        ]

    def _give(self, data: Mapping[str, Any]) -> None:
        digest, expires = text_in(data, "hash"), datetime.fromisoformat(text_in(data, "expires"))
        if not digest or expires.tzinfo is None:
            raise ValueError("no digest, or a time without its zone")
        row = (
            digest,
            text_in(data, "action"),
            text_in(data, "conference"),
            text_in(data, "address"),
            expires.isoformat(),
            expires.timestamp(),
            json.dumps({**(data.get("data") or {})}),
            False,
        )
        room = int(self._book.said(_ROOM) or 0)
        if room < 1:
            room = self._looked_through(datetime.fromisoformat(text_in(data, "at")) - _KEPT)
        self._book.say(_ROOM, str(room - 1))
        self._book.run("INSERT OR IGNORE INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, ?)", *row)

    def _looked_through(self, before: datetime) -> int:
        """Counts the tokens, and forgets those that ended long ago where there are many; how many
        may be given before the next time."""
        most, count = int(self._book.said(_PRUNE) or _PRUNE_AT), len(self.facts)
        if count >= most:
            self._book.run("DELETE FROM tokens WHERE ends <= ?", before.timestamp())
            count = len(self.facts)
            most = max(_PRUNE_AT, 2 * count)
            self._book.say(_PRUNE, str(most))
        return most - count


TYPES = frozenset({"token", "token-used"})
