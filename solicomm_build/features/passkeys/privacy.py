"""The passkeys of a person: told, and taken away with the person."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.passkeys.passkeyfile import FILE, Passkeys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking


def _told(
    config: Config, _members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """What is kept of each; the public key says nothing of a person."""
    keys = Passkeys(config)
    try:
        return [
            {
                "name": one.name,
                "added": one.added.isoformat(),
                "last used": one.used.isoformat() if one.used else None,
                "id": one.id,
            }
            for one in keys.of_member(number)
        ]
    finally:
        keys.close()


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.member is None:
        return
    keys = Passkeys(config)
    try:
        count = keys.remove(gone.member)
    finally:
        keys.close()
    if count:
        taking.counted(f"private/{FILE}", count)


FACTS = {"passkeys": _told}
ERASE = _erase
