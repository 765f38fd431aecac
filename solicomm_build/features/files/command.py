"""`solicomm files`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("files")
@click.option("--once", is_flag=True, help="Keep what waits, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Keep the files of posts, without what they know of their senders; without --once it stays.

    A hub that kept files before there were clean copies gets them now, in their place.

    \b
    Example:
      solicomm files --once --hub hub
    """
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.cli.stages import stopper
    from solicomm_build.features.files import run as stage

    stage.files(hub, once=once, stop=stopper(), on_commit=ring_after_commit(hub), log=log_of(hub))
