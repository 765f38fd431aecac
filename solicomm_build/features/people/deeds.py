"""What carrying out a plan of the desk does to cards of people: shown, or gone for good."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from solicomm_build.desk.plan import Deed
from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation.hub.config import Config

CARDS = "cards"


def showing(card: Card, photo: str) -> Deed:
    """A card as it is from now on, with its photo in base64, or "" for none."""
    return Deed(CARDS, {"id": card.id, "text": personcard.encode(card).decode(), "photo": photo})


def withdrawing(card: str) -> Deed:
    """The end of a card, with all its history."""
    return Deed(CARDS, {"id": card, "text": "", "photo": ""})


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Shows or withdraws a card. Safe to call twice."""
    if facts["text"]:
        photo = base64.b64decode(facts["photo"])
        peoplecards.put(config, facts["id"], facts["text"].encode(), photo, when)
    else:
        peoplecards.withdraw(config, [facts["id"]])
