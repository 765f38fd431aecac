"""`solicomm desk`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("desk")
@click.option("--once", is_flag=True, help="Answer what waits, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Answer commands that came by mail and write to moderators; without --once it stays.

    \b
    Example:
      solicomm desk --once --hub hub
    """
    from solicomm_build.cli.running import log_of, ring_after_commit, watch_of
    from solicomm_build.cli.stages import stopper
    from solicomm_build.desk import run as stage
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.foundation.hub import liveness
    from solicomm_build.foundation.hub.liveness import Pulse

    if liveness.runs(hub.state, "desk"):  # one that rests has no process, and is there
        raise HubError(stage.ANOTHER)
    stop = stopper(None if once else Pulse(hub.state, "desk"))
    ring, log = ring_after_commit(hub), log_of(hub)
    watch = None if once else watch_of(hub, "desk")
    stage.desk(hub, once=once, stop=stop, on_commit=ring, log=log, watch=watch)
