"""The stage that keeps up with other hubs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from solicomm_build.cli.running import log_of, ring_after_commit
from solicomm_build.cli.stages import stand_back, stopper
from solicomm_build.features.network.carrying.knocking import bell_of
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage


def _network(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.network import run as stage

    stand_back(5)
    ready()
    stop, ring = stopper(Pulse(config.state, "network")), ring_after_commit(config)
    stage.network(config, stop=stop, on_commit=ring, log=log_of(config))


def _bell(config: Config) -> Bell:
    return bell_of(config)


def _is_needed(root: Path) -> bool:
    """A hub that knows no other has nothing to do for it."""
    return (root / "private" / "network" / "peers.yaml").exists()


STAGES = (
    Stage(
        "network",
        75,
        _network,
        "solicomm_build.features.network.run",
        bell=_bell,
        is_long=True,
        is_needed=_is_needed,
    ),
)
