"""`solicomm peer`: what an operator decides about other hubs."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.asking import agreed, may_go_on, second_yes
from solicomm_build.cli.hub import with_hub
from solicomm_build.features.network.carrying.commands import COMMANDS as CARRYING
from solicomm_build.features.network.carrying.commands import heed
from solicomm_build.features.network.heirs import command as passing_on
from solicomm_build.features.network.sealed.commands import COMMANDS as SEALED
from solicomm_build.features.network.sharing import choices
from solicomm_build.features.network.trust.rekeying import COMMANDS as REKEYING
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Asking

if TYPE_CHECKING:
    pass


@click.group("peer")
def command() -> None:
    """Share conferences with other hubs: over the net, by stick or by mail.

    \b
    Example:
      solicomm peer add https://hub.example
      solicomm peer follow hub-3fk2q7ab conferences/water
      solicomm peer bundle /media/stick/for-hub.zip --for hub-3fk2q7ab
    """


command.add_command(choices.follow)
command.add_command(choices.unfollow)
command.add_command(passing_on.heirs)
command.add_command(passing_on.inherit)


@command.command("init")
@with_hub
def init(hub: Config) -> None:
    """Show by which id and key other hubs know this one. Makes the key where there is none yet.

    \b
    Example:
      solicomm peer init --hub hub
    """
    from solicomm_build.features.network.trust import adding
    from solicomm_build.features.network.trust import card as cards
    from solicomm_build.foundation.hub import identity as identities

    identity = identities.of(hub)
    card = cards.read(_own_card(hub))
    click.echo(f"This hub is {identity.id}, at {card.url}")
    click.echo(f"Its key in words: {identities.words(identity.public)}")
    click.echo(adding.how_others_add(card))


@command.command("card")
@with_hub
def card_(hub: Config) -> None:
    """Print this hub's card, signed: to be given to a hub that cannot fetch it.

    \b
    Example:
      solicomm peer card > water.card
    """
    click.echo(_own_card(hub).decode("utf-8"), nl=False)


@command.command("add")
@click.argument("source", metavar="URL|FILE")
@click.option("--key", default="", metavar="WORDS", help="The key in words, to be compared here.")
@click.option("--by-stick", is_flag=True, help="It is not to be asked over the net.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def add(hub: Config, source: str, key: str, by_stick: bool, yes: bool) -> None:
    """Trust another hub, by its address or by a file with its card. Compare the key in words with
    its operator by telephone: it is what all trust in its posts rests on.

    \b
    Example:
      solicomm peer add https://hub.example
      solicomm peer add water.card --key "lusab babad gutih tugad lizol dinar"
    """
    from solicomm_build.features.network.trust import adding

    _own_card(hub)  # first, so that the other hub can add this one, whatever comes of it here
    blob, card = adding.card_at(source)
    click.echo(f"{card.name}: {card.id}, {card.url}, mail to @{card.domain}")
    click.echo(f"Its key in words: {adding.words(card)}")
    click.echo(f"Read yours to its operator: {adding.own_words(hub)}")
    if key and not adding.is_key(card, key):
        raise UsageError("the key is another one. Nothing was added; ask the operator again")
    if not (key or yes):
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to compare the key. Give it with --key, or --yes")
        agreed("Did its operator read you the same words?")
    click.echo(adding.add(hub, blob, card, "" if by_stick else source))


@command.command("list")
@with_hub
def list_(hub: Config) -> None:
    """List the hubs that are known, and what is followed.

    \b
    Example:
      solicomm peer list
    """
    from solicomm_build.features.network.trust import peers

    known = peers.read(hub)
    if not known.peers:
        click.echo("No other hub is known. To add one: solicomm peer add URL")
    for peer in known.peers.values():
        card = peers.card_of(hub, peer)
        click.echo(f"{peer.id:<30} {card.name if card else '?':<24} {peer.url or '(no address)'}")
    for follow in known.follows.values():
        click.echo(f"{follow.repo} of {follow.home} ({follow.mode})")
    for copy in known.copies.values():
        click.echo(f"{copy.repo} of {copy.home}, a copy, here {copy.kind}/{copy.name}")


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_hub
def status(hub: Config, as_json: bool) -> None:
    """Say how this hub stands with each other one: when it was met, what was taken, what was
    refused and why.

    \b
    Example:
      solicomm peer status
    """
    from solicomm_build.features.network import reporting

    found = reporting.status(hub)
    if as_json:
        click.echo(json.dumps(found, indent=1, sort_keys=True))
        return
    for line in reporting.lines(found):
        click.echo(line)


@command.command("quota")
@click.argument("peer", metavar="HUB-ID")
@click.argument("posts", type=click.IntRange(0, 10_000_000), metavar="NUMBER")
@with_hub
def quota(hub: Config, peer: str, posts: int) -> None:
    """Say how many posts a day a hub may bring into each conference of which it is not the home.

    \b
    Example:
      solicomm peer quota water-3fk2q7ab 5000
    """
    from solicomm_build.features.network.trust import adding

    click.echo(adding.quota(hub, peer, posts))


@command.command("remove")
@click.argument("peer", metavar="HUB-ID")
@with_hub
def remove(hub: Config, peer: str) -> None:
    """Know a hub no more. What came from it stays.

    \b
    Example:
      solicomm peer remove water-3fk2q7ab
    """
    from solicomm_build.features.network.trust import adding

    click.echo(adding.remove(hub, peer))


@command.command("vouch")
@click.argument("peer", metavar="HUB-ID")
@click.option("--no", is_flag=True, help="Not any more.")
@with_hub
def vouch(hub: Config, peer: str, no: bool) -> None:
    """Stand for a hub that is known here: this hub's card names it, so that hubs which know
    this one show it below this one, and not among the unknown.

    \b
    Example:
      solicomm peer vouch water-3fk2q7ab
    """
    from solicomm_build.features.network.trust import adding

    click.echo(adding.vouch(hub, peer, is_vouched=not no))


@command.command("allow")
@click.argument("notice", metavar="ID")
@second_yes
@with_hub
def allow(hub: Config, notice: str, asking: Asking) -> None:
    """Let another hub have more posts erased here than it may in a day. `peer status` shows what
    waits, with its id; the first letters are enough. Where several operators look after the hub, a
    second one has to say yes first.

    \b
    Example:
      solicomm peer allow 4fk2q7ab
    """
    from solicomm_build.features.network.erasures import heeding

    may_go_on(hub, lambda: heeding.wanted(hub, notice), asking)
    heeding.allow(hub, notice)
    heed(hub)


def _own_card(hub: Config) -> bytes:
    from solicomm_build.features.network.sharing import offered

    return offered.card(hub)


for _one in (*CARRYING, *SEALED, *REKEYING):
    command.add_command(_one)
