"""`solicomm init`."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import click

from solicomm_build.cli.commands import sources


def _from(function: Any) -> Any:
    for one in sources():
        name, kind = f"--from-{one.name}", click.Path(path_type=Path, exists=True)
        function = click.option(name, f"from_{one.name}", type=kind, help=one.help)(function)
    return function


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--sample", is_flag=True, help="With the sample network: three unions, a library, …")
@click.option("--domain", default="solicomm.example", show_default=True, help="What follows the @.")
@click.option("--name", default="", help="The hub's name on its pages.")
@_from
def command(folder: Path, sample: bool, domain: str, name: str, **begun_from: Path | None) -> None:
    """Make a hub in DIR, which must be empty or not there yet.

    \b
    Example:
      solicomm init hub --sample
      solicomm init /srv/hub --domain hub.example.org --name "Workers' hub"
      solicomm init /srv/hub --domain hub.example.org --from-stick /media/stick/hub
    """
    from solicomm_build.cli import owner, upgrading
    from solicomm_build.cli.hub import ProgressLine
    from solicomm_build.foundation.errors import UsageError

    owner.become(folder.absolute())
    from solicomm_build.features.founding import hooks
    from solicomm_build.features.founding.founding import (
        found_hub,
        sample_members,
    )
    from solicomm_build.message import memberlines
    from solicomm_build.people.memberstore import subscribe

    chosen = [(one, begun_from[f"from_{one.name}"]) for one in sources()]
    given = [(importlib.import_module(one.module), place) for one, place in chosen if place]
    if len(given) + sample > 1:
        raise UsageError("a hub begins with one thing: the sample, or what --from-… names")
    begins = given[0] if given else None
    name = name or (begins[0].named(begins[1]) if begins else "")
    shown = name or ("Solidarity sample hub" if sample else domain)
    found = found_hub(folder.absolute(), name=shown, domain=domain, sample=sample)
    for conference, file in sample_members() if sample else ():
        subscribe(found, conference, memberlines.parse(file.read_text("utf-8"), str(file)))
    if sample:
        hooks.give(found)
    list(upgrading.carry_out(found))  # notes which version made it
    if begins:
        line = ProgressLine("Taking:")
        said = begins[0].fill(found, begins[1], lambda n, of, what: line.update(n, of, n, what))
        line.end()
        click.echo(said)
    click.echo(f"Made the hub {found.name} in {folder}")
    click.echo(f"Next: solicomm serve --hub {folder}")
