"""`solicomm rename`."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

_EXAMPLES = {
    "conference": "water rivers",
    "list": "water rivers",
    "library": "laws rules",
    "union": "docks harbour",
}


@click.group("rename")
def command() -> None:
    """Give a conference, list, library, union or person another name or address. It says first what
    happens. Of all but persons, old addresses, links, feeds and clones go on, and `--undo` takes it
    back; a person's old address is nobody's from then on, and the same command with both addresses
    swapped gives it back.

    \b
    Example:
      solicomm rename conference water rivers
      solicomm rename conference rivers --undo
      solicomm rename person ana@old.example ana@new.example
    """


def _place(word: str) -> click.Command:
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
        kind = places.KINDS[word]
        places.finish(hub)
        new = new or places.before(hub, kind, old)
        for one in places.consequences(hub, kind, old, new):
            click.echo(f"- {one}")
        if not yes:
            agreed(f"Rename the {word} {old} to {new}?")
        places.rename(hub, old, new, kind)
        bell.of(hub).ring()
        click.echo(f"It is called {new}. Back: solicomm rename {word} {new} --undo")
        click.echo("With a mail server in front: solicomm mta-maps")
        if kind == "unions" and hub.pages:
            click.echo("With a web server in front: solicomm web-config")

    do.help = f"""Give the {word} ID the id NEW.

    \b
    Example:
      solicomm rename {word} {_EXAMPLES[word]}
    """
    return do


for _word in ("conference", "list", "library", "union"):
    command.add_command(_place(_word))


@command.command("person")
@click.argument("old")
@click.argument("new")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_hub
def person(hub: Config, old: str, new: str, yes: bool) -> None:
    """Give the person with the address OLD the address NEW, and sign the person out everywhere.
    Whoever can still read mail at OLD does it alone: `address NEW` to solicomm@ the hub's domain.

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
