"""`solicomm passkeys`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("passkeys")
@click.argument("address")
@click.option(
    "--remove",
    is_flag=True,
    help="Take all of them away, and sign the member out everywhere; the mail lets in as before.",
)
@with_hub
def command(hub: Config, address: str, remove: bool) -> None:
    """Show the passkeys by which the member with ADDRESS signs in without a mail.

    Members do the same in My hub; this is for who lost a device, and cannot get at mail either.

    \b
    Example:
      solicomm passkeys ana@union.example
      solicomm passkeys ana@union.example --remove
    """
    from solicomm_build.features.passkeys.passkeyfile import Passkeys
    from solicomm_build.people.rosterstore import RosterStore
    from solicomm_build.people.shared import sessions

    store = RosterStore.of(hub)
    try:
        member = store.roster().member(address)
    finally:
        store.close()
    if member is None:
        raise UsageError(f"{address} is no member's address. `solicomm member list` shows them")
    keys, stored = Passkeys(hub), sessions.of(hub)
    try:
        for one in keys.of_member(member.number):
            used = f"last used {one.used}" if one.used else "not used yet"
            click.echo(f"{one.name}: added {one.added:%Y-%m-%d}, {used}")
        if remove:
            gone = keys.remove(member.number)
            stored.end_all(member.number)
            click.echo(f"{gone} removed; {address} is signed out everywhere")
    finally:
        keys.close()
        stored.close()
