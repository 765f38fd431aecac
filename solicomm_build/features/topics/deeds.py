"""What carrying out a plan of the desk does to topics: they are copied to where they move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from solicomm_build.desk.plan import Deed
from solicomm_build.features.topics import move
from solicomm_build.features.topics.orders import Moving
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import grants

MOVES = "moves"


def moving(what: Moving) -> Deed:
    """A topic that goes into another conference; the event that says so is written after it."""
    return Deed(MOVES, asdict(what))


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Copies it. Safe to call twice."""
    move.copy(config, Moving(**facts), grants.read(config, settled=True))
