"""`solicomm remove`."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import agreed, may_go_on, second_yes
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Asking

_WORDS = ("conference", "list", "library", "union")


@click.group("remove")
def command() -> None:
    """Take a conference, list, library, union or person away. It says first what happens, and all
    is kept for thirty days, so that `--undo` brings it back as it was. Where several operators look
    after the hub, a second one has to say yes first.

    \b
    Example:
      solicomm remove list test
      solicomm remove list test --undo
      solicomm remove kept
    """


def _place(word: str) -> click.Command:
    @click.command(word)
    @click.argument("name", metavar="ID")
    @click.option("--undo", is_flag=True, help="Bring it back.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @second_yes
    @with_hub
    def do(hub: Config, name: str, undo: bool, yes: bool, asking: Asking) -> None:
        from solicomm_build.builder import bell
        from solicomm_build.features.removing import places, wanting

        place = places.Place(word, name)
        if undo:
            may_go_on(hub, lambda: wanting.place_back(hub, place), asking)
            places.restore(hub, place)
            click.echo(f"The {word} {name} is back")
        else:
            if not asking.agreed:
                _ask(f"Remove the {word} {name}?", places.consequences(hub, place), yes)
            may_go_on(hub, lambda: wanting.place_gone(hub, place), asking)
            places.remove(hub, place)
            click.echo(f"The {word} {name} is removed. Back: solicomm remove {word} {name} --undo")
        bell.of(hub).ring()

    do.help = f"Take the {word} ID away.\n\n\b\nExample:\n  solicomm remove {word} water"
    return do


for _word in _WORDS:
    command.add_command(_place(_word))


@command.command("person")
@click.argument("address")
@click.option("--undo", is_flag=True, help="Bring them back.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@second_yes
@with_hub
def person(hub: Config, address: str, undo: bool, yes: bool, asking: Asking) -> None:
    """Take ADDRESS off every list and out of every role; what they wrote stays.

    \b
    Example:
      solicomm remove person ana@union.example
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.features.removing import persons, wanting

    if undo:
        may_go_on(hub, lambda: wanting.person_back(hub, address), asking)
        persons.restore(hub, address)
        click.echo(f"{address} is where they were")
    else:
        if not asking.agreed:
            _ask(f"Remove {address}?", persons.consequences(hub, address), yes)
        may_go_on(hub, lambda: wanting.person_gone(hub, address), asking)
        persons.remove(hub, address)
        click.echo(f"{address} is removed. Back: solicomm remove person {address} --undo")
    ring_after_commit(hub)()


@command.command("kept")
@with_hub
def kept(hub: Config) -> None:
    """List what was removed and can come back, and until when.

    \b
    Example:
      solicomm remove kept
    """
    found = list(removed.every(hub))
    for one in found:
        name = f"member number {one.name}" if one.kind == "people" else one.name
        click.echo(f"{one.kind}: {name}, until {one.at + removed.KEPT:%Y-%m-%d}")
    if not found:
        click.echo("Nothing was removed in the last thirty days")


def _ask(question: str, said: list[str], yes: bool) -> None:
    for one in said:
        click.echo(f"- {one}")
    if not yes:
        agreed(question)
