"""Where votes go: `vote+<poll>.<token>@`, one address for each voter of each poll. Pure.

At most 5 + 14 + 1 + 26 = 46 octets, of the 64 that a local part may have (RFC 5321 4.5.3.1.1).
"""

from __future__ import annotations

import re

from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress, fold

PREFIX = VOTE = "vote"
"""What a voter's own address is for."""
POLL = "poll"
"""What `<list>-poll@` is for: what moderators ask about polls."""
POLL_ID = re.compile(r"q-[a-z0-9]{4,12}")
_MOST_TOKEN = tokens.LENGTH + 6


def is_like_one(local_part: str) -> bool:
    """Whether a local part could be one."""
    return fold(local_part).startswith(f"{PREFIX}+q-")


def split(local_part: str) -> ListAddress | None:
    """The poll (`base`) and the token (`tag`) of an address; None for any other."""
    local = fold(local_part)
    if not is_like_one(local):
        return None
    poll, _, tail = local[len(PREFIX) + 1 :].partition(".")
    token = tokens.normalise(tail) if len(tail) <= _MOST_TOKEN else None
    if token is None or not POLL_ID.fullmatch(poll):
        return None
    return ListAddress(poll, VOTE, token)


def local_part(poll: str, token: str) -> str:
    """The local part for a voter's token."""
    return f"{PREFIX}+{poll}.{token}"


def page(poll: str, token: str) -> str:
    """The path of the page where a voter votes (features/polls/onpage/)."""
    return f"/{PREFIX}/{poll}.{token}"
