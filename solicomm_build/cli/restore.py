"""`solicomm restore`."""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import click

from solicomm_build.cli import owner
from solicomm_build.cli.commands import commands, restorers
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import config, hubyaml, modes


@click.command("restore")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--from", "places", multiple=True, required=True, metavar="SCHEME:PLACE")
@click.option("--domain", default="", help="What follows the @, for a DIR that is not there yet.")
@click.option("--lost", default="", metavar="ID", help="The id that the lost hub had.")
@click.option("--yes", is_flag=True, help="Do not ask: the key was compared.")
def command(folder: Path, places: tuple[str, ...], domain: str, lost: str, yes: bool) -> None:
    """Bring back into DIR what a hub that was lost with its disk had shared. `peer:` and the
    address of a hub that knew it, a file of `solicomm peer bundle`, or a clone or git bundle of a
    conference; several together. DIR is made as by `solicomm init`, or is a hub already, of which
    nothing is replaced. Nobody is mailed.

    \b
    Example:
      solicomm restore --from peer:https://friends.example --domain hub.example /srv/hub
      solicomm restore --from peer:stick.zip --from peer:water.git /srv/hub
    """
    named: dict[str, list[str]] = defaultdict(list)
    for one in places:
        scheme, colon, place = one.partition(":")
        if not (colon and place and scheme in restorers()):
            known = ", ".join(f"{name}:" for name in sorted(restorers()))
            raise UsageError(f"{one}: a place begins with one of {known}")
        named[scheme].append(place)
    _made(folder, domain)
    owner.become(folder.absolute())
    hub = hubyaml.load(folder.absolute())
    modes.close(hub)
    for scheme, those in named.items():
        module = importlib.import_module(restorers()[scheme])
        for line in module.restore(hub, those, lost, _sure(yes)):
            click.echo(line)


def _made(folder: Path, domain: str) -> None:
    """Makes the hub where none is."""
    if (folder / config.FILE).exists():
        return
    if not domain:
        raise UsageError(f"there is no hub in {folder}. Say what follows its @: --domain")
    init = importlib.import_module(commands()["init"].module)
    init.command.main([str(folder), "--domain", domain], standalone_mode=False)


def _sure(yes: bool) -> Callable[[str], bool]:
    def ask(question: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to compare the key. Say so with --yes")
        return click.confirm(question)

    return ask
