"""A person's card."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.history import Cut
from solicomm_build.git.repo import open_repo
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking, said_anew

_CARD = "c_"


def _card(
    config: Config, members: Roster, number: int, _addresses: frozenset[str]
) -> dict[str, Any]:
    """The card that the person shows, as it lies there; the photo by its size."""
    held = members.ledger(CardHolders).of(number)
    found = peoplecards.one(config, held) if held else None
    if found is None:
        return {}
    card, photo = found
    return {
        "page": f"{config.url}{card.url}",
        "photo_octets": len(photo),
        "text": personcard.encode(card).decode("utf-8"),
    }


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    cards = tuple(one for one in gone.cards if one.startswith(_CARD))
    if cards and config.people_repo.exists():
        repo = open_repo(config.people_repo)
        paths, objects = peoplecards.gone(repo, cards)
        taking.cut(repo, Cut(paths=paths, message=said_anew), objects, len(cards))


def _names(members: Roster, number: int, _addresses: frozenset[str]) -> tuple[str, ...]:
    """The cards that a member shows or showed."""
    return tuple(members.ledger(CardHolders).ever(number)) if number else ()


FACTS = {"card": _card}
NAMES = (_names,)
ERASE = _erase
