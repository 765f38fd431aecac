"""The stage that keeps copies of conferences for other programs."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.cli.running import log_of, watch_of
from solicomm_build.cli.stages import stand_back, stopper
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage


def _mirror(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.mirror import run as stage

    stand_back(10)
    ready()
    watch = watch_of(config, "mirror")
    stop = stopper(Pulse(config.state, "mirror"))
    stage.mirror(config, stop=stop, log=log_of(config), watch=watch, is_resting=True)


STAGES = (
    Stage("mirror", 70, _mirror, "solicomm_build.features.mirror.run", is_long=True, rests=True),
)


def _begin_again(config: Config, conference: str) -> None:
    from solicomm_build.features.mirror import run as stage

    stage.begin_again(config, conference)


BEGIN_AGAIN = {"mirror": _begin_again}

OF_THIS_DISK = ("mirror-inbox", "mirror-imap")
