"""`solicomm mailbox`."""

from __future__ import annotations

import sys

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("mailbox")
def command() -> None:
    """Give people addresses: forwarded elsewhere, or kept here.

    \b
    Example:
      solicomm mailbox add ana --forward ana@home.example
      solicomm mailbox add office@metal.example.org --keep
      solicomm mailbox password office@metal.example.org
    """


@command.command("add")
@click.argument("address")
@click.option("--forward", default="", metavar="ADDRESS", help="Where its mail is sent on to.")
@click.option("--keep", is_flag=True, help="Keep its mail in a private repository of its own.")
@with_hub
def add(hub: Config, address: str, forward: str, keep: bool) -> None:
    """Make ADDRESS, a NAME at the hub's domain or a NAME@DOMAIN of a union, an address.

    \b
    Example:
      solicomm mailbox add ana --forward ana@home.example
      solicomm mailbox add ana@metal.example.org --keep
    """
    from solicomm_build.features.mailboxes import handingon

    whole, inherits = handingon.add(hub, address, forward=forward, keep=keep)
    does = " and ".join(
        filter(
            None, (f"is forwarded to {forward}" if forward else "", "is kept here" if keep else "")
        )
    )
    click.echo(f"Mail to {whole} {does}")
    for one in inherits:
        click.echo(one, err=True)


@command.command("list")
@with_hub
def list_(hub: Config) -> None:
    """List the addresses of people here.

    \b
    Example:
      solicomm mailbox list
    """
    from solicomm_build.people.memberstore import address_of, mailboxes

    rules = list(mailboxes(hub))
    for rule in rules:
        does = ", ".join(filter(None, (rule.forward, "kept" if rule.keep else "")))
        click.echo(f"{address_of(hub, rule)}: {does}")
    if not rules:
        click.echo("There is no mailbox yet", err=True)


@command.command("remove")
@click.argument("address")
@with_hub
def remove(hub: Config, address: str) -> None:
    """End an address, its password and filters; mail that was kept stays.

    \b
    Example:
      solicomm mailbox remove ana
    """
    from solicomm_build.features.mailboxes import handingon

    whole, stays = handingon.remove(hub, address)
    click.echo(f"{whole} is no address any more")
    for one in stays:
        click.echo(one, err=True)


@command.command("password")
@click.argument("address")
@with_hub
def password(hub: Config, address: str) -> None:
    """Set the password with which kept mail is read; asks for it, or reads a line of input.

    \b
    Example:
      solicomm mailbox password ana@metal.example.org
    """
    from solicomm_build.people.memberstore import mailbox, set_mailbox_password

    mailbox(hub, address)  # so that nobody types a password in vain
    if sys.stdin.isatty():
        secret = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        secret = sys.stdin.readline().rstrip("\r\n")
    whole = set_mailbox_password(hub, address, secret)
    click.echo(f"{whole} has a new password. `solicomm mta-maps` tells the mail servers")
