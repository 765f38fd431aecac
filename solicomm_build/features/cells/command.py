"""`solicomm cells`."""

from __future__ import annotations

import dataclasses
import json

import click

from solicomm_build.cli.asking import counted
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import StoreError, UsageError
from solicomm_build.foundation.hub.config import Config


class _Listing(click.Group):
    """`cells` alone lists them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_meant = not args or args[0] not in {*self.commands, "--help", "-h"}
        return super().parse_args(ctx, ["list", *args] if is_meant else args)


@click.group("cells", cls=_Listing)
def command() -> None:
    """List the cells of a hub, move conferences from one to another, double them. Without a word
    of its own it lists them.

    \b
    Example:
      solicomm cells --json
      solicomm cells move conferences/water 3
      solicomm cells split
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="As a list of objects.")
@with_hub
def list_(hub: Config, as_json: bool) -> None:
    """List the cells: whose each is, how often it was cut anew, what is in it, what waits there.

    \b
    Example:
      solicomm cells list --json
    """
    from solicomm_build.features.cells import standing

    found = standing.of(hub)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=1))
        return
    for one in found:
        places = counted(len(one.conferences), "conference or list", "conferences and lists")
        waits = "nothing waits"
        if one.lag:
            waits = f"{counted(one.lag, 'mail')} wait{'s' if one.lag == 1 else ''}"
        click.echo(f"cell {one.cell}  {one.owner}  epoch {one.epoch}  {places}; {waits}")
    for note in (standing.note(hub), standing.snapshots(hub)):
        if note:
            click.echo(note)


@command.command("move")
@click.argument("what", metavar="KIND/ID|CELL")
@click.argument("where", metavar="CELL|NODE")
@with_hub
def move(hub: Config, what: str, where: str) -> None:
    """Move a conference or list to a cell, where it stays; or, in a hub on several machines, hand a
    cell over to another one, which takes all cells along unless hub.yaml says `divided`. It may run
    while the hub does; killed, it is done again. Where it says `divided`, conferences move on the
    machine with cell 0: both cells come there, and go back.

    \b
    Example:
      solicomm cells move conferences/water 3
      solicomm cells move 0 n2
    """
    if what.isascii() and what.isdigit():
        from solicomm_build.features.cells import handing

        click.echo(handing.hand_over(hub, int(what), where))
        return
    from solicomm_build.foundation.hub.cells import CONFERENCES

    if not (where.isascii() and where.isdigit()):
        raise UsageError(f"{where!r} is not the number of a cell. `solicomm cells` lists them")
    cell = int(where)
    kind, _, name = what.rpartition("/")
    kind = kind or CONFERENCES
    if _moved(hub, kind, name, cell):
        click.echo(f"{kind}/{name} is in cell {cell} now")
    else:
        click.echo(f"{kind}/{name} is in cell {cell} already, and stays there")


def _moved(hub: Config, kind: str, name: str, cell: int) -> bool:
    if hub.cluster.divided:
        from solicomm_build.features.cells import lending

        return lending.move(hub, kind, name, cell, click.echo)
    from solicomm_build.post.cells import dividing

    return dividing.move(hub, kind, name, cell)


@command.command("split")
@with_hub
def split(hub: Config) -> None:
    """Double the cells: `cells:` in hub.yaml, and half of what is in each to a new one. It may run
    while the hub does; killed, it goes on at the next `serve`, or when it is run again. Where each
    cell of a hub on several machines has an owner of its own, it is for the machine with cell 0:
    what goes from a cell to a new one comes there first, pair by pair.

    \b
    Example:
      solicomm cells split
    """
    from solicomm_build.features.cells import doubling

    click.echo(doubling.double(hub, click.echo))


@command.command("snapshot")
@click.option("--take", is_flag=True, help="Take what this machine's own folder lacks from there.")
@with_hub
def snapshot(hub: Config, take: bool) -> None:
    """Put snapshots of the repositories of this machine's cells into S3, sealed: of those that have
    moved since the last ones. A machine that has nothing begins with them. It may run while the hub
    does; killed, it is done again.

    \b
    Example:
      solicomm cells snapshot
      solicomm cells snapshot --take
    """
    from pathlib import Path

    from solicomm_build.git.replica.snapshots import Snapshots, mine

    if not hub.cluster.is_shared:
        raise UsageError("this hub is on one machine: `solicomm backup` is what it needs")
    snapshots, own = Snapshots(hub), hub.cluster.git.own
    if take:
        if not own or not Path(own).is_dir():
            raise UsageError(
                f"`cluster.git.own` names no folder that is there ({own or 'nothing'})"
            )
        count = snapshots.seed(Path(own), click.echo)
        click.echo(f"{counted(count, 'repository', 'repositories')} taken")
        return
    here, made, failed = mine(hub), 0, list[StoreError]()
    for cell in here:
        try:
            made += snapshots.make(cell, click.echo)
        except StoreError as error:  # the other cells have theirs first
            failed.append(error)
    if failed:
        raise failed[0]
    if here:
        click.echo(f"{counted(made, 'repository', 'repositories')} had moved since the last one")
    else:
        click.echo(f"{hub.cluster.node} has no cell just now: the machine that has it does this")
