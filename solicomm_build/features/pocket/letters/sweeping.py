"""Letters for other hubs that nobody took in time, and those that were refused long ago, go."""

from __future__ import annotations

from solicomm_build.desk.chores import Looked
from solicomm_build.features.pocket.letters import aside, onward
from solicomm_build.foundation.hub.config import Config

_REST = 3600.0  # seconds


def run(config: Config, looked: Looked[None]) -> bool:
    """Takes them away, once an hour; there is never more to do. Blocking."""
    if not looked.rests(_REST):
        onward.sweep(config)
        aside.sweep(config)
    return False
