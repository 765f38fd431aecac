"""Where answers go: `rsvp+<meeting>.<token>@`, one address for each who is invited to a meeting;
and `rsvp-chair+<meeting>.<token>@`, one for each moderator who looks after it. Pure.

At most 11 + 14 + 1 + 26 = 52 octets, of the 64 that a local part may have (RFC 5321 4.5.3.1.1).
"""

from __future__ import annotations

import re

from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress, fold

ASK, ANSWER, CHAIR = "meeting", "rsvp", "rsvp-chair"
"""What mail is for: `<list>-meeting@`, an answer, and what a moderator wants done. The last two
begin the addresses, and are the use of their tokens."""

MEETING_ID = re.compile(r"m-[a-z0-9]{4,12}")
_MOST_TOKEN = tokens.LENGTH + 6


def split(local_part: str) -> ListAddress | None:
    """The meeting (`base`), what for, and the token (`tag`) of an address; None for any other."""
    use, _, rest = fold(local_part).partition("+")
    meeting, _, tail = rest.partition(".")
    token = tokens.normalise(tail) if 0 < len(tail) <= _MOST_TOKEN else None
    if use not in (ANSWER, CHAIR) or token is None or not MEETING_ID.fullmatch(meeting):
        return None
    return ListAddress(meeting, use, token)


def local_part(use: str, key: bytes, conference: str, meeting: str, number: int) -> str:
    """The local part for a member; `split` takes it apart again."""
    token = tokens.member_token(key, use, conference, meeting, number)
    return f"{use}+{meeting}.{token}"


def member(key: bytes, address: ListAddress) -> int | None:
    """The number of the member whose address it is; None when we never made it."""
    return tokens.read_member_token(key, address.purpose, address.tag, address.base)
