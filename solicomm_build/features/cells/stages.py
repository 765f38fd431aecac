"""The stages of a hub on several machines: one has others keep its plain files, one follows what
others do in cells of theirs, one brings conferences to the cells they belong to where somebody who
did that was killed, one serves the web where cell 0 is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from solicomm_build.cli.running import log_of, ring_after_commit
from solicomm_build.cli.stages import stopper
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.liveness import CUT, NODE, Pulse, Stage, of_cell

_AGAIN = 15.0  # seconds between looks whether somebody was killed who moved conferences


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


def _cut(config: Config, ready: Callable[[], None]) -> None:
    from solicomm_build.features.cells import doubling

    ready()
    doubling.go_on(config, log_of(config))


def _has_home(root: Path) -> bool:
    """Whether this is the machine with cell 0, where each cell has an owner of its own."""
    return 0 in (lease.cells_here(root / "state") or ())


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
        CUT,
        77,
        _cut,
        "solicomm_build.features.cells.doubling",
        is_long=True,
        is_needed=_has_home,
        rests=True,
        looks=_AGAIN,
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
