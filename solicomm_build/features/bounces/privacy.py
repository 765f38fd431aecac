"""What came back from a person's address, and waits for the owners of lists with it in it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from solicomm_build.features.bounces import bouncewaiting
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _bounces(
    _config: Config, members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    return [asdict(bounce) for bounce in members.ledger(Returns).bounces(number)]


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.address and (count := bouncewaiting.forget(config, gone.address)):
        taking.counted("private/bounces", count)


FACTS = {"bounces": _bounces}
ERASE = _erase
