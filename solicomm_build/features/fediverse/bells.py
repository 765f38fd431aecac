"""The doorbell of the stage `fediverse`: whoever has committed something, or was told to answer
another server, rings it. Light to import."""

from __future__ import annotations

from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub.config import Config


def bell_of(config: Config) -> Bell:
    """The stage's bell."""
    return Bell(config.state / "bells" / "fediverse")
