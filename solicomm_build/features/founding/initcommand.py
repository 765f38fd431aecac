"""`solicomm init`."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sample", is_flag=True, help="With the sample network: three unions, a library, …")
@click.option("--domain", default="solicomm.example", show_default=True, help="What follows the @.")
@click.option("--name", default="", help="The hub's name on its pages.")
def command(folder: Path, sample: bool, domain: str, name: str) -> None:
    """Make a hub in DIR, which must be empty or not there yet.

    \b
    Example:
      solicomm init hub --sample
      solicomm init /srv/hub --domain hub.example.org --name "Workers' hub"
    """
    from solicomm_build.cli import owner

    owner.become(folder.absolute())
    from solicomm_build.features.founding import hooks
    from solicomm_build.features.founding.founding import (
        found_hub,
        sample_members,
    )
    from solicomm_build.people import memberlines
    from solicomm_build.people.memberstore import subscribe

    shown = name or ("Solidarity sample hub" if sample else domain)
    found = found_hub(folder.absolute(), name=shown, domain=domain, sample=sample)
    for conference, file in sample_members() if sample else ():
        subscribe(found, conference, memberlines.parse(file.read_text("utf-8"), str(file)))
    if sample:
        hooks.give(found)
    click.echo(f"Made the hub {found.name} in {folder}")
    click.echo(f"Next: solicomm serve --hub {folder}")
