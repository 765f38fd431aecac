"""`solicomm restore`."""

from __future__ import annotations

import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from solicomm_build.cli import owner
from solicomm_build.cli.commands import Restorer, commands, restorers
from solicomm_build.cli.hub import ProgressLine
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import config, hubyaml, modes


@click.command("restore")
@click.argument("words", metavar="[FROM]... DIR", nargs=-1, required=True)
@click.option("--from", "more", multiple=True, metavar="FROM", help="The same as FROM.")
@click.option("--key", type=click.Path(path_type=Path), help="The file with a backup's key.")
@click.option("--as-of", default="", metavar="DAY", help="The newest backup of then or before.")
@click.option("--domain", default="", help="With peer: what follows the @, for a new DIR.")
@click.option("--lost", default="", metavar="ID", help="With peer: the id that the lost hub had.")
@click.option("--yes", is_flag=True, help="With peer: do not ask: the key was compared.")
def command(
    words: tuple[str, ...],
    more: tuple[str, ...],
    key: Path | None,
    as_of: str,
    domain: str,
    lost: str,
    yes: bool,
) -> None:
    """Bring a hub back into DIR.

    From a backup comes the whole of it: FROM is what `solicomm backup` was given, and DIR is empty
    or not there yet. The key is that of --key, else of the hub in SOLICOMM_HUB. What came back
    mails nobody until `solicomm deliver --here`.

    Without a backup comes what the hub had shared: FROM is `peer:` and the address of a hub that
    knew it, a file of `solicomm peer bundle`, or a clone or git bundle of a conference; several
    together. DIR is made as by `solicomm init`, or is a hub already, of which nothing is replaced.

    \b
    Example:
      solicomm restore /mnt/stick/hub /srv/hub --key key.txt
      solicomm restore sftp:you@backup.example:/hub /srv/hub --key key.txt --as-of 2026-11-20
      solicomm restore peer:https://friends.example /srv/hub --domain hub.example
      solicomm restore --from peer:stick.zip --from peer:water.git /srv/hub
    """
    folder = Path(words[-1])
    places = _named((*words[:-1], *more), restorers())
    whole = {scheme: those for scheme, those in places.items() if restorers()[scheme].whole}
    if whole and (len(places) > 1 or sum(map(len, whole.values())) > 1):
        raise UsageError("a backup is the whole hub. Restore it alone, and add `peer:` afterwards")
    for scheme, those in whole.items():
        _whole(restorers()[scheme], scheme, those[0], folder, key, as_of)
        return
    for scheme, those in places.items():
        importlib.import_module(restorers()[scheme].module).check(those)
    _made(folder, domain)
    owner.become(folder.absolute())
    hub = hubyaml.load(folder.absolute())
    modes.close(hub)
    for scheme, those in places.items():
        module = importlib.import_module(restorers()[scheme].module)
        for line in module.restore(hub, those, lost, _sure(yes)):
            click.echo(line)


def _named(said: Iterable[str], known: Mapping[str, Restorer]) -> dict[str, list[str]]:
    """The places by their schemes; a path has none."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in said:
        scheme, colon, place = one.partition(":")
        if not (colon and place and scheme in known):
            scheme, place = "", one
            if "" not in known or not Path(one).is_dir():
                begins = ", ".join(f"{name}:" for name in sorted(known) if name)
                raise UsageError(f"{one}: no such folder, and a place begins with one of {begins}")
        found[scheme].append(place)
    if not found:
        raise UsageError("say from where: solicomm restore FROM DIR")
    return found


def _whole(
    one: Restorer, scheme: str, place: str, folder: Path, key: Path | None, as_of: str
) -> None:
    module = importlib.import_module(one.module)
    opened = module.key_of(key)
    where = f"{scheme}:{place}" if scheme else str(Path(place).absolute())
    folder = folder.absolute()
    owner.become(folder)
    line = ProgressLine("restore")
    said = module.bring(
        folder,
        where,
        key=opened,
        as_of=as_of,
        progress=lambda done, all_: line.update(done, all_, done, "octets"),
    )
    for text in said:
        line.end()
        click.echo(text)


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
