"""What is kept to bring a removed person back: told, and taken away with the person."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.removing import persons
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _told(
    config: Config, _members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    kept = persons.kept(config, number)
    if kept is None:
        return []
    return [{"lists": sorted(kept.more.get("lists", {})), "roles": kept.more.get("roles", [])}]


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.member is not None and persons.forget(config, gone.member):
        taking.counted("private/removed", 1)


FACTS = {"removed": _told}
ERASE = _erase
