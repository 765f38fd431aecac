"""`solicomm keys`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.group("keys")
def command() -> None:
    """List the keys that sign the hub's mail (DKIM), and change them without a mail that fails; and
    those that sign links in mails, and roles.

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
@click.argument("what", type=click.Choice(["dkim", "tokens", "roles"]), default="dkim")
@click.option("--published", is_flag=True, help="The DNS is not asked: the new key is there.")
@click.option("--leaked", is_flag=True, help="Of tokens: what was signed before ends now.")
@with_hub
def rotate(hub: Config, what: str, published: bool, leaked: bool) -> None:
    """Change a key: what mail is signed with (dkim), links and addresses in mails (tokens), or who
    has which role (roles). That of mail goes one step each time: make a new one and say what to
    publish; let it sign, once the DNS has it; take the old one away, three weeks later.

    \b
    Example:
      solicomm keys rotate
      solicomm keys rotate tokens
    """
    from solicomm_build.features.keyring import otherkeys, rotating

    if (published and what != "dkim") or (leaked and what != "tokens"):
        raise UsageError("--published is for dkim, --leaked for tokens")
    said = {
        "dkim": lambda: rotating.step(hub, published=published),
        "tokens": lambda: otherkeys.tokens(hub, leaked=leaked),
        "roles": lambda: otherkeys.roles(hub),
    }
    for line in said[what]():
        click.echo(line)
