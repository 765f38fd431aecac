"""The tokens that the roster knows: what each allows, until when, and whether it was used.

Pure; `people/roster.py` holds one `TokenLedger` as `tokens`. The tokens themselves are in nobody's
hands but their readers': here are their digests (people/token.py). The format is
docs/formats/roster.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import text_in

_KEPT = timedelta(days=30)  # after they ended, so that a late answer gets a polite one
_PRUNE_AT = 1024


@dataclass
class TokenLedger:
    """Tokens, as `facts` by their digests. Only `apply` changes it."""

    facts: dict[str, TokenFacts] = field(default_factory=dict)
    _prune_at: int = _PRUNE_AT

    def apply(self, kind: str, data: Mapping[str, Any]) -> None:
        """Takes one event. Raises KeyError, TypeError or ValueError for a malformed one."""
        if kind == "token":
            self._give(data)
        elif kind == "token-used" and (facts := self.facts.get(digest := text_in(data, "hash"))):
            self.facts[digest] = replace(facts, used=True)

    def valid(self, digest: str, now: datetime) -> TokenFacts | None:
        """What the token with this digest allows; None when it is unknown, used or over."""
        facts = self.facts.get(digest)
        return None if facts is None or facts.used or facts.expires <= now else facts

    def known(self, digest: str) -> TokenFacts | None:
        """What a token was for, also when it is used or over: for a polite answer."""
        return self.facts.get(digest)

    def _give(self, data: Mapping[str, Any]) -> None:
        digest, expires = text_in(data, "hash"), datetime.fromisoformat(text_in(data, "expires"))
        if not digest or expires.tzinfo is None:
            raise ValueError("no digest, or a time without its zone")
        facts = TokenFacts(
            text_in(data, "action"),
            text_in(data, "conference"),
            text_in(data, "address"),
            expires,
            {**(data.get("data") or {})},
        )
        if len(self.facts) >= self._prune_at:
            self._prune(datetime.fromisoformat(text_in(data, "at")) - _KEPT)
        self.facts.setdefault(digest, facts)

    def _prune(self, before: datetime) -> None:
        """Forgets tokens that ended long ago."""
        self.facts = {k: facts for k, facts in self.facts.items() if facts.expires > before}
        self._prune_at = max(_PRUNE_AT, 2 * len(self.facts))


TYPES = frozenset({"token", "token-used"})
