"""`solicomm network`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("network")
@click.option("--once", is_flag=True, help="One look at every hub that is known, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Sign what is new here, and take what is new at the hubs that are known; without --once it
    stays.

    \b
    Example:
      solicomm network --once --hub hub
    """
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.cli.stages import stopper
    from solicomm_build.features.network import run as stage
    from solicomm_build.foundation.hub.liveness import Pulse

    stop = stopper(None if once else Pulse(hub.state, "network"))
    ring = ring_after_commit(hub)
    stage.network(hub, once=once, stop=stop, on_commit=ring, log=log_of(hub))
