"""A person's card, and who writes to whom through cards."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.people import conversations, peoplecards, personcard
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.history import Cut
from solicomm_build.git.repo import open_repo
from solicomm_build.message.address import key
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


def _conversations(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, str]]:
    """Until when somebody can write to the person, or is written to, through a card; not who."""
    return [
        {"card": one.card, "until": one.until.isoformat()}
        for _, one in conversations.of_person(config, addresses)
    ]


def _keeps(config: Config, address: str) -> bool:
    return any(conversations.of_person(config, {key(address)}))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    wanted = {key(gone.address)} if gone.address else set[str]()
    for path, _ in [*conversations.of_person(config, wanted, gone.cards)]:
        path.unlink(missing_ok=True)
        taking.counted(f"private/{conversations.FOLDER}", 1)
    for path in [*conversations.damaged(config, wanted)]:
        path.unlink(missing_ok=True)
        taking.counted(f"private/{conversations.FOLDER}", 1)
    cards = tuple(one for one in gone.cards if one.startswith(_CARD))
    if cards and config.people_repo.exists():
        repo = open_repo(config.people_repo)
        paths, objects = peoplecards.gone(repo, cards)
        taking.cut(repo, Cut(paths=paths, message=said_anew), objects, len(cards))


def _names(
    _config: Config, members: Roster, number: int, _addresses: frozenset[str]
) -> tuple[str, ...]:
    """The cards that a member shows or showed."""
    return tuple(members.ledger(CardHolders).ever(number)) if number else ()


FACTS = {"card": _card, "conversations": _conversations}
NAMES = (_names,)
KEEPS = (_keeps,)
ERASE = _erase
OVER = (conversations.sweep,)
