"""`solicomm publish`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("publish")
@click.option("--once", is_flag=True, help="Put all that differs, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Put the built pages into the buckets that `cluster: s3:` of hub.yaml names, what differs
    alone; without --once it stays and follows the builder.

    \b
    Example:
      solicomm publish --once --hub hub
    """
    from solicomm_build.cli.running import log_of
    from solicomm_build.cli.stages import stopper
    from solicomm_build.features.publishing import run as stage
    from solicomm_build.foundation.hub.liveness import Pulse

    stop = stopper(None if once else Pulse(hub.state, "publish"))
    report = stage.publishing(hub, once=once, stop=stop, log=log_of(hub))
    if once:
        click.echo(
            f"{report.files} files: {report.put} put ({report.octets / 1e6:.1f} MB), "
            f"{report.gone} taken away, {report.books} manifests"
        )
