"""The search forgets what went: a tombstone alone would leave the words there. What a person saved
is told, and goes with the person."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.search.saved import store
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.search import index

    index.update(config, contents, settle=True)


def _told(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """The searches that a person saved."""
    mine = store.of(config, addresses)
    return [{"query": one.query, "since": one.since, "language": one.lang} for one in mine]


def _keeps(config: Config, address: str) -> bool:
    return any(store.of(config, frozenset({address})))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    mine = [*store.of(config, frozenset({gone.address} - {""}))]
    for one in mine:
        store.remove(config, one.number)
    if mine:
        taking.counted("private/searches", len(mine))


SETTLE = _settle
FACTS = {"searches": _told}
KEEPS = (_keeps,)
ERASE = _erase
