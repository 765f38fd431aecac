"""`solicomm mta-maps`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub_as_root
from solicomm_build.foundation.hub.config import Config


@click.command("mta-maps")
@click.option(
    "--out", type=click.Path(path_type=Path), metavar="DIR", help="Where to; else mta/ in the hub."
)
@click.option("--show", is_flag=True, help="Print what goes into /etc, as JSON; write nothing.")
@with_hub_as_root
def command(hub: Config, out: Path | None, show: bool) -> None:
    """Write what Postfix and Dovecot need to know about this hub, where it changed.

    \b
    Example:
      solicomm mta-maps --hub hub
    """
    from solicomm_build.cli import owner
    from solicomm_build.features.mailboxes import mtamaps
    from solicomm_build.people.rosterstore import RosterStore

    folder = (out or hub.root / "mta").absolute()
    if show:  # by root's own process: nobody whom root does not trust has had it in hand
        click.echo(json.dumps(mtamaps.settings(hub, folder, old_dovecot=mtamaps.is_old_dovecot())))
        return

    def texts() -> dict[str, str]:
        roster = RosterStore.of(hub)
        try:
            old = mtamaps.is_old_dovecot()
            return mtamaps.files(hub, roster.roster(), folder, old_dovecot=old)
        finally:
            roster.close()

    if folder.is_relative_to(hub.root):
        owner.become(hub.root)
    changed = mtamaps.put(hub, owner.by_owner(hub.root, texts), folder)
    for name in changed:
        click.echo(f"Wrote {folder / name}")
    for name in mtamaps.compile_tables(folder):
        click.echo(f"Compiled {folder / 'postfix' / name}")
    if not changed:
        click.echo(f"{folder} is up to date")
