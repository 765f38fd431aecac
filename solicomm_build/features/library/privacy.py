"""What a person handed in to libraries, but for published cards."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.library.deposits.deliveries import Deliveries
from solicomm_build.features.library.deposits.deposits import Deposits
from solicomm_build.features.library.handin import FOLDER
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking
from solicomm_build.web.uploads import chosen


def _deposits(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """Documents that the person handed in."""
    return [
        {
            "key": one.key,
            "library": one.facts.library,
            "at": one.facts.at,
            "state": one.facts.state,
            "title": dict(one.entry.title),
            "text": one.facts.text,
        }
        for one in Deposits(config).all()
        if key(one.facts.author) in addresses
    ]


def _keeps(config: Config, address: str) -> bool:
    return bool(Deposits(config).of(address))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Deposits, mails that were refused, and how much was handed out to an address."""
    deposits = Deposits(config)
    deposits.sweep()
    found = deposits.of(gone.address) if gone.address else []
    found += [
        path.parent
        for path in deposits.refused_mails()
        if path.parent not in found and gone.bears(path.read_bytes())
    ]
    taking.folders("private/deposits", found)
    counts = config.private / "deliveries.sqlite"
    if gone.address and counts.exists():
        base = Deliveries(counts, keys.token_key(config.keys))
        base.forget(gone.address)
        base.close()


def _over(config: Config) -> None:
    """Files that were chosen and not handed in, and what a kill left of what was."""
    chosen.sweep(config, FOLDER)
    Deposits(config).sweep()


FACTS = {"deposits": _deposits}
KEEPS = (_keeps,)
ERASE = _erase
OVER = (_over,)
