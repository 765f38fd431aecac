"""`solicomm fediverse`: how a hub stands with servers of the fediverse."""

from __future__ import annotations

import json

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("fediverse")
def command() -> None:
    """See how public conferences stand that people follow from Mastodon, Lemmy and the like. Which
    ones may be followed says `activitypub` in hub.yaml.

    \b
    Example:
      solicomm fediverse status
    """


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_hub
def status(hub: Config, as_json: bool) -> None:
    """Say what may be followed and by which name, how many follow, what waits, and which servers do
    not answer. Who follows is told to nobody.

    \b
    Example:
      solicomm fediverse status
      solicomm fediverse status --json
    """
    from solicomm_build.features.fediverse import reporting

    found = reporting.status(hub)
    if as_json:
        click.echo(json.dumps(found, indent=1, sort_keys=True))
        return
    for line in reporting.lines(found):
        click.echo(line)


@command.command("send")
@click.option("--once", is_flag=True, help="Send what is due now, then end.")
@with_hub
def send(hub: Config, once: bool) -> None:
    """Tell those who follow what is new; without --once it stays. `solicomm serve` does this by
    itself.

    \b
    Example:
      solicomm fediverse send --once --hub hub
    """
    from solicomm_build.cli.running import log_of
    from solicomm_build.cli.stages import stopper
    from solicomm_build.features.fediverse import run as stage
    from solicomm_build.foundation.hub.liveness import Pulse

    stop = stopper(None if once else Pulse(hub.state, "fediverse"))
    stage.fediverse(hub, once=once, stop=stop, log=log_of(hub))
