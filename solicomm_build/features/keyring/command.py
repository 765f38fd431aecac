"""`solicomm keys`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("keys")
def command() -> None:
    """List the keys that sign the hub's mail (DKIM), and change them without a mail that fails.

    \b
    Example:
      solicomm keys list
      solicomm keys rotate
    """


@command.command("list")
@with_hub
def list_(hub: Config) -> None:
    """List the keys: which signs, which is next, which has to stay published.

    \b
    Example:
      solicomm keys list
    """
    from solicomm_build.courier import signing

    was = signing.now(hub)
    for selector in signing.published(hub):
        if selector == was.selector:
            said = f"signs since {was.since:%Y-%m-%d}" if was.since else "signs"
        elif selector == was.before and was.since:
            said = f"signed before; published until {was.since + signing.KEPT:%Y-%m-%d}"
        else:
            said = "is next: publish it, then `solicomm keys rotate`"
        click.echo(f"{selector}._domainkey.{hub.domain}  {said}")


@command.command("rotate")
@click.option("--published", is_flag=True, help="The DNS is not asked: the new key is there.")
@with_hub
def rotate(hub: Config, published: bool) -> None:
    """Change the key, one step each time: make a new one and say what to publish; let it sign, once
    the DNS has it; take the old one away, three weeks later.

    \b
    Example:
      solicomm keys rotate
    """
    from solicomm_build.features.keyring import rotating

    for line in rotating.step(hub, published=published):
        click.echo(line)
