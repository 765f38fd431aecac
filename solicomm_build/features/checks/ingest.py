"""The mail that `solicomm check --probe` sends to the hub itself: noted, and kept nowhere."""

from __future__ import annotations

from solicomm_build.features.checks import probes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item


def _came(config: Config, token: str, item: Item) -> str:
    probes.note(config, token, item)
    return "probe"


ROLES = {probes.ROLE: _came}
