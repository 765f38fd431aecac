"""Challenges: what a passkey signs, so that nothing that was signed before lets anybody in.

A challenge is 16 random octets, when it ends, and an HMAC of both under the hub's key with what it
is for and whose: nothing is kept of those that nobody answers. Which were used is kept until they
end (passkeyfile.py), so one is good once.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config

SIGN_IN, ADD = "sign-in", "add"
_GOOD = {SIGN_IN: timedelta(minutes=5), ADD: timedelta(hours=1)}
"""A page to add one may be read before the button is pressed; it is bound to the session."""
_RANDOM, _END, _MAC = 16, 8, 16  # octets


@dataclass(frozen=True, slots=True)
class Challenges:
    """Those of one hub, for pages at one web name."""

    config: Config
    party: str

    def fresh(self, kind: str, whose: str, now: datetime) -> bytes:
        """A new one; `whose` is the mark of a session, or "" where nobody is signed in."""
        ends = int((now + _GOOD[kind]).timestamp())
        plain = secrets.token_bytes(_RANDOM) + ends.to_bytes(_END, "big")
        return plain + self._mac(kind, whose, plain)

    def ends(self, challenge: bytes, kind: str, whose: str, now: datetime) -> datetime | None:
        """When one of ours ends; None for every other, when it has ended, and when it was made by a
        clock that was ahead."""
        plain, mac = challenge[: _RANDOM + _END], challenge[_RANDOM + _END :]
        if not hmac.compare_digest(mac, self._mac(kind, whose, plain)):
            return None
        ends = datetime.fromtimestamp(int.from_bytes(plain[_RANDOM:], "big"), UTC)
        return ends if clock.is_good(ends, _GOOD[kind], now) else None

    def _mac(self, kind: str, whose: str, plain: bytes) -> bytes:
        said = f"passkey\0{kind}\0{self.party}\0{whose}\0".encode() + plain
        return hmac.digest(keys.token_key(self.config.keys).signing, said, "sha256")[:_MAC]
