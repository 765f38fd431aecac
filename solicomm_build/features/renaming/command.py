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
