"""`solicomm peer heirs` and `inherit`: who carries a conference on when its home is gone."""

from __future__ import annotations

import sys

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("heirs")
@click.argument("repo", metavar="conferences/ID")
@click.argument("hubs", metavar="[HUB-ID]…", nargs=-1)
@with_hub
def heirs(hub: Config, repo: str, hubs: tuple[str, ...]) -> None:
    """Name the hubs that may carry a conference of this hub on, in this order, when nothing was
    heard of this hub for 90 days; without any, nobody may.

    \b
    Example:
      solicomm peer heirs conferences/water metal-u5wq2b7c dock-5ab2q7cd
    """
    from solicomm_build.features.network.heirs import inheriting

    click.echo(inheriting.name_heirs(hub, repo, hubs))


@click.command("inherit")
@click.argument("repo", metavar="conferences/ID")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def inherit(hub: Config, repo: str, yes: bool) -> None:
    """Become the home of a followed conference whose home is gone: this hub is its heir, nothing
    was heard of the home for 90 days, and more than half of the hubs that have it agree.

    \b
    Example:
      solicomm peer inherit conferences/water
    """
    from solicomm_build.features.network.heirs import inheriting

    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to be asked. Say so with --yes")
        agreed("From then on this hub decides about the conference. Go on?")
    click.echo(inheriting.inherit(hub, repo))
