"""`solicomm bounces`: what came back, and taking back what it cost."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import masked, moment
from solicomm_build.cli.hub import with_hub
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.group("bounces")
def command() -> None:
    """Show what came back from members, or take back what it cost.

    \b
    Example:
      solicomm bounces list organising
    """


@command.command("list")
@click.argument("conference")
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@with_hub
def list_(hub: Config, conference: str, addresses: bool) -> None:
    """List the members of a list whose mail came back: when last, why, and whether it stopped.

    \b
    Example:
      solicomm bounces list organising
      solicomm bounces list organising --addresses
    """
    from solicomm_build.people.memberstore import there
    from solicomm_build.people.rosterstore import RosterStore

    conference = there(hub, conference)
    store = RosterStore.of(hub)
    try:
        folded, is_one = store.roster(), False
        people = folded.subscriptions[conference]
        came = folded.ledger(Returns).of_list(conference)
        states = {member.number: status.state for member, status in people.idle()}
        for number in sorted({*came, *states}):
            member = folded.members.get(number) if number in people else None
            if member is not None:
                found, state = came.get(number, ()), states.get(number, "active")
                last = f"{found[-1].at[:10]}\t{found[-1].kind}" if found else "-\t-"
                address = masked(member.address, addresses)
                click.echo(f"{number}\t{address}\t{state}\t{len(found)}\t{last}")
                is_one = True
        if not is_one:
            click.echo(f"No copy of {conference} came back, and every member gets mail", err=True)
    finally:
        store.close()


@command.command("revert")
@click.option("--since", required=True, help="A time in UTC, such as 2026-11-24T14:00Z.")
@click.option("--domain", default=None, help="Only for members at this domain.")
@with_hub
def revert(hub: Config, since: str, domain: str | None) -> None:
    """Take back what bounces since a time have cost: they count no more, mail goes out again.

    For when the trouble was ours, such as a block list that named this hub.

    \b
    Example:
      solicomm bounces revert --since 2026-11-24T14:00Z --domain mail.example
    """
    from solicomm_build.features.bounces.bouncerevert import revert as take_back

    if domain == "":
        raise UsageError(
            "--domain is empty, and nothing was done. Leave it out to mean all domains"
        )
    count = take_back(hub, moment(since), domain=domain or "")
    click.echo(f"Taken back for {count} members" if count != 1 else "Taken back for 1 member")
