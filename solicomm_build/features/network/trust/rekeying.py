"""`solicomm peer rekey`: another key for this hub, by both signatures."""

from __future__ import annotations

import sys

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("rekey")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def rekey(hub: Config, yes: bool) -> None:
    """Give this hub another key, signed by the old and the new. It keeps its id, and hubs that know
    the old key take the new one by themselves: over the net, from a stick or a mail. For when
    somebody may have seen the old one. Who lost it begins anew, and all operators compare again.

    \b
    Example:
      solicomm peer rekey
    """
    from solicomm_build.features.network.carrying import syncing, turns
    from solicomm_build.features.network.carrying.knocking import wake
    from solicomm_build.features.network.trust import peers as peering
    from solicomm_build.foundation.hub import identity as identities

    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to answer. Give --yes")
        agreed("The old key counts no more then. Give this hub a new one?")
    with turns.working(hub):
        made = identities.rekey(hub)
        known = peering.read(hub)
        syncing.sign(hub, made, known, wholly=True)
    wake(hub)
    click.echo(f"This hub is {made.id} still. Its key in words: {identities.words(made.public)}")
    for peer in known.peers.values():
        if not peer.url:
            click.echo(f"{peer.id} has no address here; a stick tells it: solicomm peer bundle")
    click.echo("Back up private/keys now: a backup from before has the old key.")


COMMANDS = (rekey,)
