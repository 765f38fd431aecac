"""The addresses behind cards: `person+<card>@`, and `person+TOKEN@` for answers. Pure.

Mail to them goes through the hub to somebody whose address stays unsaid
(features/people/relaying.py). A
list's or a person's address of the same spelling wins; whoever asks looks there first.
"""

from __future__ import annotations

import re
from collections.abc import Container

from solicomm_build.people import token as tokens
from solicomm_build.people.address import ListAddress, fold

PREFIX = PERSON = "person"
"""What mail to an address behind a card is for."""
CARD_ID = re.compile(r"c_[a-z2-7]{10}")
_MOST_TOKEN = tokens.LENGTH + 6


def is_like_one(local_part: str) -> bool:
    """Whether a local part could be one, before anybody looks which cards there are."""
    return fold(local_part).startswith(f"{PREFIX}+")


def split(local_part: str, cards: Container[str]) -> ListAddress | None:
    """What a local part addresses: `base` is one of `cards`, or empty for an answer, whose token
    `tag` is then."""
    local = fold(local_part)
    if not is_like_one(local):
        return None
    rest = local[len(PREFIX) + 1 :]
    if CARD_ID.fullmatch(rest):
        return ListAddress(rest, PERSON) if rest in cards else None
    token = tokens.normalise(rest) if len(rest) <= _MOST_TOKEN else None
    return ListAddress("", PERSON, token) if token else None


def of_card(card: str) -> str:
    """The local part behind a card; of a token, the one for answers."""
    return f"{PREFIX}+{card}"
