"""`solicomm workers`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("workers")
def command() -> None:
    """Have other machines help with `solicomm build --full`: they meet at the address that
    `cluster: build:` of hub.yaml names, and have the one key that is made here.

    \b
    Example:
      solicomm workers key
      solicomm workers schedule
      solicomm workers work
    """


@command.command("key")
@with_hub
def key(hub: Config) -> None:
    """Make the key that all machines of this hub show each other, if there is none. Copy it to each
    of them, and to no other: whoever has it can have programs run there.

    \b
    Example:
      solicomm workers key --hub hub
    """
    from solicomm_build.features.workers import certificate

    file = certificate.path(hub)
    if certificate.make(hub):
        click.echo(f"{file} is made. Copy it to each machine that helps, mode 600")
    else:
        click.echo(f"{file} is there already, and stays")


@command.command("schedule")
@with_hub
def schedule(hub: Config) -> None:
    """Bring machines together, at the address that hub.yaml names, which must be this machine's.
    It stays until it is stopped, and holds nothing that could be lost.

    \b
    Example:
      solicomm workers schedule --hub hub
    """
    from solicomm_build.features.workers import running

    running.schedule(hub)


@command.command("work")
@with_hub
def work(hub: Config) -> None:
    """Help with full builds, with all processors that this process may use. This machine needs the
    hub's public repositories: it is one of its followers, or has a copy in the hub's folder.

    \b
    Example:
      solicomm workers work --hub hub
    """
    from solicomm_build.features.workers import running

    running.work(hub)
