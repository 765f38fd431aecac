"""`person+<card>@`: somebody of the directory, whose own address stays unsaid."""

from __future__ import annotations

from collections.abc import Iterable

from solicomm_build.features.people import personaddress
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.address import ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _split(finder: Finder, local: str) -> ListAddress | None:
    if not personaddress.is_like_one(local):
        return None
    return personaddress.split(local, finder.roster().ledger(CardHolders).reachable)


def _local_parts(config: Config) -> Iterable[str]:
    return (personaddress.PREFIX,) if config.people_repo.exists() else ()


KINDS = (Kind(30, _split, desk=frozenset({personaddress.PERSON}), local_parts=_local_parts),)
