"""`solicomm rename`."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.group("rename")
def command() -> None:
    """Give a conference, list or person another name or address. It says first what happens; old
    addresses, links, feeds and clones go on, and `--undo` takes it back.

    \b
    Example:
      solicomm rename conference water rivers
      solicomm rename conference rivers --undo
    """


def _conference(word: str) -> click.Command:
    @click.command(word)
    @click.argument("old", metavar="ID")
    @click.argument("new", metavar="NEW", default="")
    @click.option("--undo", is_flag=True, help="Give it back the name that it had before.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @with_hub
    def do(hub: Config, old: str, new: str, undo: bool, yes: bool) -> None:
        from solicomm_build.builder import bell
        from solicomm_build.features.renaming import places

        if undo == bool(new):
            raise UsageError("Say which new id it gets, or --undo alone")
        places.finish(hub)
        new = new or places.before(hub, old)
        for one in places.consequences(hub, old, new):
            click.echo(f"- {one}")
        if not yes:
            agreed(f"Rename the {word} {old} to {new}?")
        places.rename(hub, old, new)
        bell.of(hub).ring()
        click.echo(f"It is called {new}. Back: solicomm rename {word} {new} --undo")
        click.echo("With a mail server in front: solicomm mta-maps")

    do.help = f"""Give the {word} ID the id NEW.

    \b
    Example:
      solicomm rename {word} water rivers
    """
    return do


command.add_command(_conference("conference"))
command.add_command(_conference("list"))


@command.command("person")
@click.argument("old")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def person(hub: Config, old: str, new: str, yes: bool) -> None:
    """Give the person with the address OLD the address NEW. Whoever can still read mail at OLD
    does it alone: `address NEW` to solicomm@ the hub's domain.

    \b
    Example:
      solicomm rename person ana@union.example ana@elsewhere.example
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.renaming import persons

    for one in persons.consequences(hub, old, new):
        click.echo(f"- {one}")
    if not yes:
        agreed(f"Give {old} the address {new}?")
    persons.rename(hub, old, new)
    ring_after_commit(hub)()
    click.echo(f"{new} has all that {old} had. Back: solicomm rename person {new} {old}")
