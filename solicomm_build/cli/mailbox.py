"""`solicomm mailbox`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config
from solicomm_build.errors import HubError


@click.group("mailbox")
def command() -> None:
    """Give people addresses at this hub: forwarded elsewhere, or kept here.

    \b
    Example:
      solicomm mailbox add ana --forward ana@home.example
      solicomm mailbox add office --keep
    """


@command.command("add")
@click.argument("name")
@click.option("--forward", default="", metavar="ADDRESS", help="Where its mail is sent on to.")
@click.option("--keep", is_flag=True, help="Keep its mail in a private repository of its own.")
@with_hub
def add(hub: Config, name: str, forward: str, keep: bool) -> None:
    """Make NAME@ the hub's domain an address.

    \b
    Example:
      solicomm mailbox add ana --forward ana@home.example
    """
    from solicomm_build.store.membership import add_mailbox

    add_mailbox(hub, name, forward=forward, keep=keep)
    does = " and ".join(filter(None, (f"is forwarded to {forward}" if forward else "",
                                      "is kept here" if keep else "")))  # fmt: skip
    click.echo(f"Mail to {name}@{hub.domain} {does}")


@command.command("list")
@with_hub
def list_(hub: Config) -> None:
    """List the addresses of people here.

    \b
    Example:
      solicomm mailbox list
    """
    from solicomm_build.store.membership import mailboxes

    for rule in mailboxes(hub):
        does = ", ".join(filter(None, (rule.forward, "kept" if rule.keep else "")))
        click.echo(f"{rule.local_part}@{hub.domain}: {does}")


@command.command("remove")
@click.argument("name")
@with_hub
def remove(hub: Config, name: str) -> None:
    """End the address NAME; mail that was kept stays.

    \b
    Example:
      solicomm mailbox remove ana
    """
    from solicomm_build.store.membership import remove_mailbox

    if not remove_mailbox(hub, name):
        raise HubError(f"There is no address {name}@{hub.domain}")
    click.echo(f"{name}@{hub.domain} is no address any more")
