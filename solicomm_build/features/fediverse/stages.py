"""The stage that tells people elsewhere who follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from solicomm_build.cli.running import log_of
from solicomm_build.cli.stages import stand_back, stopper
from solicomm_build.features.fediverse.bells import bell_of
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage


def _fediverse(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.fediverse import run as stage

    stand_back(10)
    ready()
    stop = stopper(Pulse(config.state, "fediverse"))
    stage.fediverse(config, stop=stop, log=log_of(config))


def _bell(config: Config) -> Bell:
    return bell_of(config)


def _is_needed(root: Path) -> bool:
    """A hub that never offered anything has nothing to do; the web server makes the file when it
    begins to."""
    return (root / "private" / "fediverse.sqlite").exists()


STAGES = (
    Stage(
        "fediverse",
        76,
        _fediverse,
        "solicomm_build.features.fediverse.run",
        bell=_bell,
        is_long=True,
        is_needed=_is_needed,
    ),
)
