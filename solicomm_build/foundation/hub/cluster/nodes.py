"""Machines that serve the web without having cell 0, where each cell has an owner of its own: who
serves it on this machine just now."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub import liveness
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config


def bell(state: Path) -> Bell:
    """Rings when the web server of cell 0 begins or ends here."""
    return Bell(state / "bells" / liveness.NODE)


def is_home(config: Config) -> bool:
    """Whether this machine has the hub's cell 0, as one has that is alone."""
    return not config.cluster.divided or lease.is_held(config, 0)


def is_current(_config: Config) -> bool:
    """Whether this machine's copy of the roster is known to be that of cell 0's machine."""
    return False


def has_web(config: Config) -> bool:
    """Whether the web server of cell 0 runs here."""
    return lease.is_held(config, 0) and liveness.runs(config.state, "web")
