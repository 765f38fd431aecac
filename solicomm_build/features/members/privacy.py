"""Where a person is signed in: told, and it ends with the person."""

from __future__ import annotations

from typing import Any

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.people.shared import sessions
from solicomm_build.post.store.erasing import Erased, Taking


def _told(
    config: Config, _members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """As My hub shows them; the ids say nothing of a person."""
    return [
        {
            "browser": one.browser,
            "began": one.began.isoformat() if one.began else None,
            "last used": one.seen.isoformat() if one.seen else None,
            "ends": one.ends.isoformat(),
        }
        for one in (sessions.of_member(config, number) if number else ())
    ]


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.member is not None and sessions.are_there(config):
        count = len(sessions.of_member(config, gone.member))
        sessions.end_all(config, gone.member)
        taking.counted("state/sessions.sqlite", count)


def _of_machine(config: Config, gone: Erased) -> None:
    """What machines share is done by who erases."""
    if gone.member is not None and not config.cluster.divided and sessions.are_there(config):
        sessions.end_all(config, gone.member)


FACTS = {"sessions": _told}
ERASE = _erase
MACHINE = _of_machine
