"""The stage that puts pages into S3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from solicomm_build.cli.running import log_of
from solicomm_build.cli.stages import stand_back, stopper
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage
from solicomm_build.foundation.objects import settings


def _publish(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.publishing import run as stage

    stand_back(10)
    ready()
    stop = stopper(Pulse(config.state, "publish"))
    if stage.is_wanted(config):
        stage.publishing(config, stop=stop, log=log_of(config))


def _is_needed(root: Path) -> bool:
    """Without an account nothing can be put."""
    return (root / "private" / "keys" / settings.ACCOUNT).exists()


STAGES = (
    Stage(
        "publish",
        45,
        _publish,
        "solicomm_build.features.publishing.run",
        is_long=True,
        is_needed=_is_needed,
        rests=True,
    ),
)
