"""`solicomm mirror`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("mirror")
@click.option("--once", is_flag=True, help="Bring all copies up to date, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Keep copies of conferences for public-inbox and IMAP, as each conference.yaml asks for with
    `mirror`; without --once it stays.

    \b
    Example:
      solicomm mirror --once --hub hub
    """
    from solicomm_build.cli.running import log_of
    from solicomm_build.cli.stages import stopper
    from solicomm_build.features.mirror import run as stage
    from solicomm_build.foundation.hub.liveness import Pulse

    stop = stopper(None if once else Pulse(hub.state, "mirror"))
    stage.mirror(hub, once=once, stop=stop, log=log_of(hub))
