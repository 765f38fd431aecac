"""Polls of a network: what members voted at a hub that follows goes to the poll's home."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Giver


def _given(config: Config, conference: str, own: str) -> Iterator[tuple[str, bytes]]:
    from solicomm_build.features.polls.networked import reporting

    return reporting.given(config, conference, own)


def _taken(config: Config, conference: str, giver: Giver, name: str, content: bytes) -> str:
    from solicomm_build.features.polls.networked import reporting

    return reporting.taken(config, conference, giver.id, name, content)


FOR_HOME = {"poll": _given}
FROM_HUB = {"poll": _taken}
