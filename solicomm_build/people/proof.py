"""Where an address becomes that of a proved author: the only place that makes `Proven`.

Pure; imports message.auth.levels, membership and types. Each function says what it takes for
proof; a test keeps others from making one (tests/meta/test_proof.py).
"""

from __future__ import annotations

from solicomm_build.foundation.types import Proven
from solicomm_build.message.address import is_valid
from solicomm_build.message.auth.levels import PROVEN, Level
from solicomm_build.people.membership import TokenFacts


def of_mail(address: str, level: Level) -> Proven | None:
    """The author of a mail, when what was found of it proves him; None for a mere claim and for
    what failed."""
    return Proven(address) if level in PROVEN and is_valid(address) else None


def by_token(facts: TokenFacts) -> Proven:
    """Who brought a token back: whoever reads the mail of the address that it was sent to."""
    return Proven(facts.address)


def by_member_token(address: str) -> Proven:
    """Who wrote to an address with a token that was made for this member and sent to him alone
    (people/token.py)."""
    return Proven(address)


def by_key(address: str) -> Proven:
    """Who brought a git token or an SSH key that the operator gave to this person."""
    return Proven(address)
