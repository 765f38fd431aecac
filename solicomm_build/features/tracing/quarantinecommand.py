"""`solicomm quarantine`: what could not be handled."""

from __future__ import annotations

import json

import click

from solicomm_build.cli.asking import age, agreed, masked
from solicomm_build.cli.hub import with_hub
from solicomm_build.features.tracing import takingback
from solicomm_build.foundation.errors import HubError, SoliCommError, StoreError, UsageError
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.quarantine import Aside


@click.group("quarantine")
def command() -> None:
    """Look at mail that could not be handled, put it back after a mend, or throw it away.

    \b
    Example:
      solicomm quarantine list
    """


@command.command("list")
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@with_hub
def list_(hub: Config, addresses: bool, as_json: bool) -> None:
    """List what was set aside, the oldest first, each with its reason.

    What is no mail, such as a post that a stage of the hub passes over because it held the stage,
    is listed with its name.

    \b
    Example:
      solicomm quarantine list
    """
    found = quarantine.aside(hub.spool_quarantine)
    if as_json:
        click.echo(json.dumps([_row(one, addresses) for one in found], ensure_ascii=False))
        return
    for one in found:
        row = _row(one, addresses)
        what = f"no mail: {one.item}" if one.item else f"{one.octets:,} octets"
        click.echo(f"{one.id}  {what}, {age(one.at)} old")
        click.echo(f"    {row['reason'] or '(no reason was left)'}")
    if not found:
        click.echo("Nothing is set aside")


@command.command("show")
@click.argument("id")
@click.option("--addresses", is_flag=True, help="Show addresses whole.")
@click.option("--raw", is_flag=True, help="The octets of the messages, and nothing else.")
@with_hub
def show(hub: Config, id: str, addresses: bool, raw: bool) -> None:
    """Show why one was set aside, who sent it to whom, and its header.

    A few first letters of the ID are enough.

    \b
    Example:
      solicomm quarantine show in-3f2a
      solicomm quarantine show in-3f2a --raw > message.eml
    """
    one = _one(hub, id)
    try:
        items = one.items()
    except StoreError as error:
        if raw:  # what is damaged is still worth a look
            click.echo(one.path.read_bytes(), nl=False)
            return
        click.echo(f"{one.id}: {masked(one.reason, addresses)}")
        raise HubError(
            f"{one.path} cannot be taken apart: {error.public}. What is in it: solicomm quarantine "
            f"show {one.id} --raw; throw it away: solicomm quarantine drop {one.id}"
        ) from error
    if raw:
        for item in items:
            click.echo(item.raw, nl=False)
        return
    click.echo(f"{one.id}: set aside {one.at:%Y-%m-%d %H:%M} UTC")
    click.echo(masked(one.reason, addresses))
    if one.item:
        click.echo(f"It is no mail. The {one.folder} stage calls it {one.item} and passes it over")
    for item in items:
        to = ", ".join(item.envelope.rcpt_tos) or "nobody"
        click.echo(f"\nfrom {masked(item.envelope.mail_from or '<>', addresses)}")
        click.echo(f"to {masked(to, addresses)}, {len(item.raw):,} octets")
        head = item.raw.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        click.echo(masked(head[:8000].decode("utf-8", "replace"), addresses))


@command.command("retry")
@click.argument("ids", metavar="ID...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that can go back.")
@with_hub
def retry(hub: Config, ids: tuple[str, ...], everything: bool) -> None:
    """Put messages back in line, after what was wrong is mended. With --all it ends with 65 where
    some stayed.

    \b
    Example:
      solicomm quarantine retry in-3f2a
      solicomm quarantine retry --all
    """
    stayed, imported = 0, 0
    for one in _chosen(hub, ids, everything):
        if everything and not one.item and one.folder not in quarantine.FOLDERS:
            imported += 1
            continue
        try:
            if one.item:
                click.echo(f"{one.id} is tried again. {takingback.tried_again(hub, one)}".rstrip())
                continue
            back = quarantine.put_back(one)
            click.echo(f"{one.id} waits in spool/{back.parent.name} again")
        except SoliCommError as error:
            if not everything:
                raise
            click.echo(error.public, err=True)  # it stops no other
            stayed += one.path.exists()
    if stayed:
        click.echo(f"{stayed} stayed. Mend what is said above, then run this again", err=True)
    if imported:
        words = "stayed that came from an import. Import the archive again, then drop them"
        click.echo(f"{imported} {words}", err=True)
    if stayed or imported:
        raise SystemExit(65)


@command.command("drop")
@click.argument("ids", metavar="ID...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Everything.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def drop(hub: Config, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Throw messages away for good.

    What is no mail stays where it is, and is passed over for good.

    \b
    Example:
      solicomm quarantine drop in-3f2a
    """
    chosen = _chosen(hub, ids, everything)
    if chosen and not yes:
        agreed(f"Delete {len(chosen)} for good?")
    for one in chosen:
        quarantine.drop(one)
        click.echo(f"{one.id} is gone")


def _row(one: Aside, addresses: bool) -> dict[str, object]:
    reason = one.reason.strip().splitlines()
    return {
        "id": one.id,
        "from": one.folder,
        "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
        "octets": one.octets,
        "reason": masked(" … ".join(dict.fromkeys([*reason[:1], *reason[-1:]])), addresses),
    }


def _chosen(hub: Config, ids: tuple[str, ...], everything: bool) -> list[Aside]:
    if bool(ids) == everything:
        raise UsageError("Name one ID or more (solicomm quarantine list), or write --all")
    found = quarantine.aside(hub.spool_quarantine)
    return found if everything else list(dict.fromkeys(_one(hub, start) for start in ids))


def _one(hub: Config, start: str) -> Aside:
    """The file whose id begins so, or, as ids begin alike, has so after its folder."""
    everything = quarantine.aside(hub.spool_quarantine)
    exact = [one for one in everything if one.id == start]
    found = exact or [
        one for one in everything if one.id.startswith(start) or f"-{start}" in one.id
    ]
    if not found:
        raise UsageError(f"Nothing that is set aside has an ID that begins with {start}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} that are set aside have an ID that begins with {start}")
    return found[0]
