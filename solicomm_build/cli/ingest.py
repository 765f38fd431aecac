"""`solicomm ingest`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import cut, in_cell, with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("ingest")
@click.option("--once", is_flag=True, help="Take in what is pending, then end.")
@in_cell
@with_hub
def command(hub: Config, once: bool) -> None:
    """Turn the mail in spool/in into commits; without --once it stays. With --once that of all
    cells.

    \b
    Example:
      solicomm ingest --once --hub hub
    """
    from solicomm_build.cli.running import log_of, ring_after_commit, watch_of
    from solicomm_build.cli.stages import stopper
    from solicomm_build.foundation.hub.liveness import Pulse, of_cell
    from solicomm_build.ingest import run as stage

    ring, log = ring_after_commit(hub), log_of(hub)
    name = of_cell("ingest", hub.cell)
    stop = stopper(None if once else Pulse(hub.state, name))
    watch = None if once else watch_of(hub, name)
    if once:
        cut(hub)
        stage.ingest_all(hub, stop=stop, on_commit=ring, log=log)
    else:
        stage.ingest(hub, stop=stop, on_commit=ring, log=log, watch=watch)
