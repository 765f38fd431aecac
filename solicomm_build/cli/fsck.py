"""`solicomm fsck`."""

from __future__ import annotations

import dataclasses
import json

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("fsck")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@with_hub
def command(hub: Config, as_json: bool) -> None:
    """Check that every repository is sound and obeys its format, and that every accepted message
    is somewhere. Ends with 0 when all is well.

    \b
    Example:
      solicomm fsck --hub hub
    """
    from solicomm_build.post.store.fsck import check

    faults = check(hub)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(fault) for fault in faults], default=str))
    else:
        for fault in faults:
            click.echo(f"{fault.where}: {fault.fault}. {fault.remedy}", err=True)
        if not faults:
            click.echo("Everything is there and sound")
    if faults:
        raise SystemExit(65)
