"""Whether the token or tag in an address is one that we made: asked at RCPT.

Tags of bounces and leave tokens prove themselves by their HMAC. Tokens of confirmations and of
moderators are in the roster by their digest; one that was used or is over is let in all the
same, so that its sender gets a sentence and not a failed delivery.

The rules: docs/mail-rules.md#addresses.
"""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.people import token
from solicomm_build.people.address import SITE, ListAddress, Purpose
from solicomm_build.people.roster import Roster


class TokenCheck:
    """Knows the key and, through `roster`, what was given out. Quick."""

    def __init__(self, key: bytes, roster: Callable[[], Roster]) -> None:
        self._key, self._roster = key, roster

    def __call__(self, address: ListAddress) -> bool:
        """True when the address has no tag, or one of ours that fits it."""
        if not address.tag:
            return True
        if address.purpose is Purpose.BOUNCES:
            return token.read_verp_tag(self._key, address.tag) is not None
        if address.purpose is Purpose.LEAVE:
            names = self._roster().names.of(address.base)
            return token.read_leave_token(self._key, address.tag, names) is not None
        facts = self._roster().tokens.known(token.digest(address.tag))
        if facts is None:
            return False
        return not facts.conference or address.base in (facts.conference, SITE)
