"""`solicomm operator`."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import may_go_on, second_yes
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Asking


@click.group("operator")
def command() -> None:
    """Say who looks after this hub. The first operator is the address in hub.yaml; others are
    members. Where there are two, a second one has to say yes before anything is erased, restored or
    removed.

    \b
    Example:
      solicomm operator add ben@union.example
      solicomm operator list
      solicomm operator waiting
    """


@command.command("add")
@click.argument("address")
@second_yes
@with_hub
def add(hub: Config, address: str, asking: Asking) -> None:
    """Make the member with ADDRESS an operator. What the hub mails to its operator reaches all.

    \b
    Example:
      solicomm operator add ben@union.example
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.operating import granting

    may_go_on(hub, lambda: granting.added(hub, address), asking)
    granting.add(hub, address)
    ring_after_commit(hub)()
    click.echo(f"{address} is an operator. All operators got a mail")


@command.command("remove")
@click.argument("address")
@second_yes
@with_hub
def remove(hub: Config, address: str, asking: Asking) -> None:
    """Take the role of operator from ADDRESS. The last one cannot go, nor the one in hub.yaml.

    \b
    Example:
      solicomm operator remove ben@union.example --as ana@union.example
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.operating import granting

    may_go_on(hub, lambda: granting.removed(hub, address), asking)
    granting.remove(hub, address)
    ring_after_commit(hub)()
    click.echo(f"{address} is no operator any more. All operators got a mail")


@command.command("list")
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@with_hub
def show(hub: Config, addresses: bool) -> None:
    """List the operators.

    \b
    Example:
      solicomm operator list --addresses
    """
    from solicomm_build.cli.asking import masked
    from solicomm_build.people.operators import mails, staff
    from solicomm_build.people.rosterstore import RosterStore

    store, kept = RosterStore.of(hub), mails.read(hub)
    try:
        roster = store.roster()
        found = staff.every(hub, roster)
        known = [roster.members.get(one.number) for one in found]
        names = {one.number: one.name for one in known if one is not None}
    finally:
        store.close()
    for one in found:
        how = "in hub.yaml" if one.is_named else "by a grant"
        gets = {mails.URGENT: "urgent mails only", mails.NONE: "no mails"}
        wants = gets.get(mails.chosen(kept, one), "")
        said = [masked(one.address, addresses), names.get(one.number, ""), how, wants]
        click.echo("  ".join(word for word in said if word))
    if not found:
        click.echo("Nobody: write `operator: ADDRESS` into hub.yaml")


@command.command("mails")
@click.argument("address")
@click.argument("choice", type=click.Choice(["all", "urgent", "none"]))
@with_hub
def mails(hub: Config, address: str, choice: str) -> None:
    """Say which mails about the hub the operator with ADDRESS gets: all, only urgent ones (what
    stops mail or pages, or shows what is private), or none. Another operator has to get all. What
    asks for a second yes goes to everybody.

    \b
    Example:
      solicomm operator mails ben@union.example urgent
    """
    from solicomm_build.features.operating import choosing

    choosing.choose(hub, address, choice)
    click.echo(f"{address} gets {'no' if choice == 'none' else choice} mails about the hub")


@command.command("waiting")
@with_hub
def waiting(hub: Config) -> None:
    """List what waits for a second operator's yes, who asked for it, and until when.

    \b
    Example:
      solicomm operator waiting
    """
    from solicomm_build.cli.asking import masked
    from solicomm_build.features.operating import proposals, wording

    found = proposals.every(hub)
    for one in found:
        click.echo(f"{one.id}  {one.state}, until {one.until:%Y-%m-%d %H:%M} UTC")
        click.echo(f"  {wording.title('en', one)}; asked for by {masked(one.address)}")
        for row in wording.rows("en", one):
            click.echo(f"  {row}")
    if not found:
        click.echo("Nothing waits")


@command.command("withdraw")
@click.argument("identifier", metavar="ID")
@with_hub
def withdraw(hub: Config, identifier: str) -> None:
    """Take back what waits for a second yes; all operators get a mail.

    \b
    Example:
      solicomm operator withdraw q7x2ab3k5m6n7p2r3s4t
    """
    from dataclasses import replace

    from solicomm_build.features.operating import proposals
    from solicomm_build.people.memberstore import changing

    with changing(hub):
        one = proposals.find(hub, identifier)
        if one is None or one.state != proposals.WAITING:
            raise HubError(f"nothing waits as {identifier}. `solicomm operator waiting` shows what")
        proposals.put(hub, replace(one, state=proposals.WITHDRAWN))
    click.echo(f"{identifier} is withdrawn")
