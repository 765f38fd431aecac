"""The stage that has other machines keep the plain files of a hub, where there are any."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.cli.running import log_of
from solicomm_build.cli.stages import stopper
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import Pulse, Stage


def _carry(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.cells import carrying

    ready()
    carrying.carry(config, stop=stopper(Pulse(config.state, "carry")), log=log_of(config))


STAGES = (
    Stage(
        "carry",
        75,
        _carry,
        "solicomm_build.features.cells.carrying",
        is_needed=lambda root: (root / "private" / "carried.git").is_dir(),
        rests=True,
    ),
)
