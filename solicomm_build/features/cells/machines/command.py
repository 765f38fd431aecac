"""`solicomm cluster`."""

from __future__ import annotations

import dataclasses
import json

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.group("cluster")
def command() -> None:
    """See how the machines of a hub stand.

    \b
    Example:
      solicomm cluster status
    """


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@with_hub
def status(hub: Config, as_json: bool) -> None:
    """Say how the machines of a hub stand, on any of them: who is there, whose each cell is, how
    far followers are, whether etcd and the store answer; and what is wrong, with what helps. Ends
    with 0 unless something is at fault.

    \b
    Example:
      solicomm cluster status
      solicomm cluster status --json
    """
    from solicomm_build.features.cells.machines import showing, survey, troubles

    if not hub.cluster.is_shared:
        raise UsageError("this hub is on one machine; `cluster` in hub.yaml names others")
    found = survey.look(hub)
    wrong = list(troubles.of(hub, found))
    if as_json:
        facts = dataclasses.asdict(found) | {"wrong": [dataclasses.asdict(one) for one in wrong]}
        click.echo(json.dumps(facts, indent=1))
    else:
        for line in showing.lines(hub, found):
            click.echo(line)
        for one in wrong:
            click.echo(f"{one.level.upper()}: {one.what}. {one.remedy}")
        if not wrong:
            click.echo("Nothing is wrong")
    if any(one.level == "fault" for one in wrong):
        raise SystemExit(75)
