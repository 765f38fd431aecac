"""What came back from a person's address."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster


def _bounces(
    _config: Config, members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    return [asdict(bounce) for bounce in members.ledger(Returns).bounces(number)]


FACTS = {"bounces": _bounces}
