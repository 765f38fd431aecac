"""The builder's bell: whoever has committed something rings it. Light to import."""

from __future__ import annotations

from solicomm_build.foundation.bell import Bell, of_builder
from solicomm_build.foundation.hub.config import Config


def of(config: Config) -> Bell:
    """The bell of a hub's builder."""
    return of_builder(config.state)
