"""The stages of a hub on several machines: one has others keep its plain files, one follows what
others do in cells of theirs, one serves the web where cell 0 is not."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.cli.running import log_of, ring_after_commit
from solicomm_build.cli.stages import stopper
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import NODE, Pulse, Stage, of_cell


def _carry(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.cells import carrying

    ready()
    pulse = Pulse(config.state, of_cell("carry", config.cell))
    carrying.carry(config, stop=stopper(pulse), log=log_of(config))


def _follow(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.cells import following

    ready()
    stop = stopper(Pulse(config.state, "follow"))
    following.follow(config, stop=stop, ring=ring_after_commit(config), log=log_of(config))


def _node(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.cells import webnode

    log_of(config)
    ready()  # that its address is taken keeps nobody from taking mail
    webnode.serve(config)


STAGES = (
    Stage(
        "carry",
        75,
        _carry,
        "solicomm_build.features.cells.carrying",
        is_needed=lambda root: (root / "private" / "carried.git").is_dir(),
        rests=True,
    ),
    Stage(
        "follow",
        76,
        _follow,
        "solicomm_build.features.cells.following",
        is_needed=lambda root: lease.cells_here(root / "state") is not None,
    ),
    Stage(
        NODE,
        81,
        _node,
        "solicomm_build.features.cells.webnode",
        is_needed=lambda root: lease.cells_here(root / "state") is not None,
        rests=True,
        wakes=lambda config: nodes.bell(config.state),
    ),
)
