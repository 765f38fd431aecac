"""`solicomm fsck`."""

from __future__ import annotations

import dataclasses
import json

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("fsck")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@click.option("--replicas", is_flag=True, help="What other machines have, in place of all else.")
@with_hub
def command(hub: Config, as_json: bool, replicas: bool) -> None:
    """Check that every repository is sound and obeys its format, and that every accepted message
    is somewhere. Ends with 0 when all is well.

    \b
    Example:
      solicomm fsck --hub hub
      solicomm fsck --replicas
    """
    if replicas:
        _compare(hub, as_json)
        return
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


def _compare(hub: Config, as_json: bool) -> None:
    """Says how far each repository is at each follower. 65 when one is not where it should be."""
    from solicomm_build.foundation.errors import UsageError

    if not hub.cluster.is_shared:
        raise UsageError("this hub is on one machine; `cluster` in hub.yaml names others")
    from solicomm_build.git.replica import comparing

    rows = list(comparing.compare(hub))
    wrong = [row for row in rows if row.state != comparing.SAME]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(row) for row in rows]))
    else:
        for row in wrong:
            click.echo(f"{row.repository} at {row.place}: {row.says}", err=True)
        if not wrong:
            count = len({row.repository for row in rows})
            click.echo(f"{count} repositories are the same at every follower")
        if hub.cluster.s3 is not None and hub.cluster.s3.spool:
            from solicomm_build.git.replica import snapshots

            click.echo(snapshots.told(hub))
    if wrong:
        raise SystemExit(65)
