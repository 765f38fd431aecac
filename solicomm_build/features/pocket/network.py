"""Letters of sticks that are for the home of a conference go to it, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Giver


def _given(config: Config, conference: str, own: str) -> Iterator[tuple[str, bytes]]:
    from solicomm_build.features.pocket.letters import onward

    return onward.given(config, conference, own)


def _taken(config: Config, conference: str, giver: Giver, name: str, content: bytes) -> str:
    from solicomm_build.features.pocket.letters import taking

    return taking.brought(config, conference, giver, name, content)


def _settled(config: Config, conference: str, name: str, why: str) -> None:
    from solicomm_build.features.pocket.letters import onward

    onward.settled(config, conference, name, why)


FOR_HOME = {"letter": _given}
FROM_HUB = {"letter": _taken}
SETTLED = {"letter": _settled}
