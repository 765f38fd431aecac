"""`solicomm peer offer` and `unoffer`: conferences for members, for single hubs."""

from __future__ import annotations

import sys

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("offer")
@click.argument("repo", metavar="conferences/ID")
@click.option("--to", "peer", required=True, metavar="HUB-ID", help="The hub that may have it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def offer(hub: Config, repo: str, peer: str, yes: bool) -> None:
    """Let one hub have a conference that is for its members, too. What is written there goes to
    that hub, whose operator can read it, and to its own members of the conference; who is a member
    here is not told. Nobody else learns that the conference exists.

    \b
    Example:
      solicomm peer offer conferences/board --to water-3fk2q7ab
    """
    from solicomm_build.features.network.sealed import offering
    from solicomm_build.features.network.trust import peers

    found, settings = offering.checked(hub, repo, peer)
    card = peers.card_of(hub, found)
    name = f"{card.name} ({found.id})" if card else found.id
    title = settings.title_in(settings.languages[0])
    click.echo(f"All that members of {title} wrote and will write goes to the operator of {name}.")
    click.echo("What that hub has got cannot be taken back. The conference's page says it.")
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to answer. Ask the members first, then give --yes")
        agreed("Do the members of the conference know that, and agree?")
        agreed(f"Its members' words go to the operator of {name}. Offer it?")
    click.echo(offering.offer(hub, repo, peer))
    _tell(hub)


@click.command("unoffer")
@click.argument("repo", metavar="conferences/ID")
@click.option("--from", "peer", required=True, metavar="HUB-ID", help="Who gets it no more.")
@with_hub
def unoffer(hub: Config, repo: str, peer: str) -> None:
    """Let a hub have nothing more of a conference for members. Its token ends at once; what it has,
    it keeps.

    \b
    Example:
      solicomm peer unoffer conferences/board --from water-3fk2q7ab
    """
    from solicomm_build.features.network.sealed import offering

    click.echo(offering.unoffer(hub, repo, peer))
    _tell(hub)


def _tell(hub: Config) -> None:
    """Has the tokens follow at once, and wakes who follows the log."""
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.network.carrying import syncing, turns
    from solicomm_build.features.network.carrying.knocking import bell_of
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    with turns.working(hub):
        syncing.sign(hub, identities.of(hub), peers.read(hub))
    ring_after_commit(hub)()
    bell_of(hub).ring()


COMMANDS = (offer, unoffer)
