"""`solicomm upgrade`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Only say; ends with 1 when something would change.")
@with_hub
def command(hub: Config, check: bool) -> None:
    """Say which version ran this hub last and what this one changes in it, and change it.

    `solicomm serve` does the same at each start. A hub that runs is left alone.

    \b
    Example:
      solicomm upgrade --check
      solicomm upgrade
    """
    from solicomm_build.cli import upgrading
    from solicomm_build.features.upgrade import saying
    from solicomm_build.foundation.errors import ConflictError
    from solicomm_build.foundation.hub import liveness

    for line in saying.about(hub):
        click.echo(line)
    waiting = upgrading.needed(hub)
    if check:
        click.get_current_context().exit(1 if waiting else 0)
    if any(sign.runs for sign in liveness.signs(hub.state)):
        raise ConflictError("the hub runs. Restart it: it makes its changes before it takes mail")
    for one in upgrading.carry_out(hub):
        click.echo(f"Doing {one.name}")
