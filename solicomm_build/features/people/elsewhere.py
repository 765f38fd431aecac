"""Cards across hubs: ours of people who chose `share: network`, and those of other hubs here.

What travels is what the card says in words: no photo, no post, no address, and not whether mail
reaches the person. The cards of a hub lie in `private/people-elsewhere/<hub>.json` while they hold,
and go with the file: no history keeps them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.peoplecards import Kept
from solicomm_build.features.people.personcard import NETWORK, Card
from solicomm_build.foundation import outside, safeio, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import HUB_ID
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo


class Elsewhere(NamedTuple):
    """A card of another hub: whose, with the address of its page there."""

    card: Card
    hub: str
    url: str


def is_networked(config: Config) -> bool:
    """Whether this hub knows others, so that there is something to choose."""
    return config.hubs_repo.exists()


# -- ours -----------------------------------------------------------------------------------------


def said(config: Config) -> Mapping[str, Mapping[str, Node]]:
    """The cards that travel, by their ids."""
    if not config.people_repo.exists():
        return {}
    tip = open_repo(config.people_repo).ref()
    return _said(config.people_repo, tip) if tip else {}


@lru_cache(maxsize=2)
def _said(path: Path, tip: str) -> Mapping[str, Mapping[str, Node]]:
    with Reader(Repo(path)) as reader:
        kept = (one for one in peoplecards.read(reader, tip) if isinstance(one, Kept))
        return {one.card.id: _values(one.card) for one in kept if one.card.share == NETWORK}


def _values(card: Card) -> Mapping[str, Node]:
    travels = replace(card, photo="", introduction="", contact="none")
    found = yamlsafe.load(personcard.encode(travels))
    return cast(Mapping[str, Node], found)


# -- of others ------------------------------------------------------------------------------------


def heard(config: Config, hub: str, name: str, url: str, cards: Mapping[str, Node]) -> None:
    """Shows the cards of a hub that hold now, and no others of it. A card that is none is left out.
    Durable on return; safe to call again."""
    if not HUB_ID.fullmatch(hub):
        return
    texts = {one.id: personcard.encode(one).decode() for one in map(_card, cards.items()) if one}
    path, data = _folder(config) / f"{hub}.json", b""
    if texts:
        data = json.dumps({"name": name, "url": url, "cards": texts}, sort_keys=True).encode()
    if (path.read_bytes() if path.exists() else b"") == data:
        return
    if data:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        safeio.write_atomic(path, data, mode=0o600)
    else:
        path.unlink(missing_ok=True)
    outside.changed(config, "people")


def _card(pair: tuple[str, Node]) -> Card | None:
    """A card of another hub, as far as it may say something here."""
    identifier, said_ = pair
    try:
        card = personcard.decode(yamlsafe.dump(said_), identifier)
    except (SoliCommError, TypeError, ValueError):
        return None
    if card.id != identifier or card.share != NETWORK:
        return None
    return replace(card, photo="", introduction="", contact="none")


def all_of(config: Config) -> list[Elsewhere]:
    """The cards of other hubs that are shown here."""
    found = []
    for path in sorted(_folder(config).glob("*.json")):
        try:
            table = json.loads(path.read_bytes())
            name, url, texts = table["name"], table["url"], table["cards"]
            cards = [personcard.decode(text, path.name) for text in texts.values()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, SoliCommError):
            continue
        found += [Elsewhere(one, name, f"{url}{one.url}" if url else "") for one in cards]
    return found


def mark(config: Config) -> str:
    """Changes with what `all_of` gives."""
    digest = hashlib.sha256()
    for path in sorted(_folder(config).glob("*.json")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _folder(config: Config) -> Path:
    return config.private / "people-elsewhere"
