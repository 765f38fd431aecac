"""`solicomm restore`."""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import click

from solicomm_build.cli import owner
from solicomm_build.cli.asking import may_go_on, second_yes
from solicomm_build.cli.commands import Restorer, commands, restorers
from solicomm_build.cli.hub import ProgressLine
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub import config, hubyaml, modes
from solicomm_build.people.operators.second import Asking, Wanted


@click.command("restore")
@click.argument("words", metavar="[FROM]... DIR", nargs=-1, required=True)
@click.option("--from", "more", multiple=True, metavar="FROM", help="The same as FROM.")
@click.option("--key", type=click.Path(path_type=Path), help="The file with a backup's key.")
@click.option("--as-of", default="", metavar="DAY", help="The newest backup of then or before.")
@click.option("--domain", default="", help="With peer: what follows the @, for a new DIR.")
@click.option("--lost", default="", metavar="ID", help="With peer: the id that the lost hub had.")
@click.option("--yes", is_flag=True, help="With peer: do not ask: the key was compared.")
@second_yes
def command(
    words: tuple[str, ...],
    more: tuple[str, ...],
    key: Path | None,
    as_of: str,
    domain: str,
    lost: str,
    yes: bool,
    asking: Asking,
) -> None:
    """Bring a hub back into DIR.

    From a backup comes the whole of it: FROM is what `solicomm backup` was given, and DIR is empty
    or not there yet. The key is that of --key, else of the hub in SOLICOMM_HUB. What came back
    mails nobody until `solicomm deliver --here`.

    Without a backup comes what the hub had shared: FROM is `peer:` and the address of a hub that
    knew it, a file of `solicomm peer bundle`, or a clone or git bundle of a conference; several
    together. DIR is made as by `solicomm init`, or is a hub already, of which nothing is replaced;
    where several operators look after that one, a second one has to say yes first. Of a whole hub
    that comes back its operators are told.

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
    may_go_on(hub, lambda: _wanted(folder, places, lost, yes), asking)
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
    _tell(folder, where)


def _tell(folder: Path, where: str) -> None:
    """The operators of a hub that came back hear of it with the first mail that it sends: it cannot
    ask them before, since it lay in the backup."""
    words = ("restore", where, str(folder))
    wanted = Wanted("restore-hub", where, words, ("restore",))
    reason = "the hub was brought back from a backup"
    with contextlib.suppress(SoliCommError, OSError):  # it is back, whatever is wrong with it
        may_go_on(hubyaml.load(folder), lambda: wanted, Asking(alone=reason))


def _wanted(folder: Path, places: Mapping[str, list[str]], lost: str, yes: bool) -> Wanted:
    """What is brought into a hub that is there, and may be left out again."""
    named = [f"{scheme}:{_whole_path(one)}" for scheme, those in places.items() for one in those]
    words = [
        "restore",
        *(word for one in named for word in ("--from", one)),
        str(folder.absolute()),
    ]
    words += ["--lost", lost] if lost else []
    compare = (
        "compare the key in words first, and say so with --yes: a second operator relies on it"
    )
    return Wanted(
        "restore-hub",
        ", ".join(named),
        tuple(words),
        ("restore", *places),
        holds={one: _digest(Path(one.partition(":")[2])) for one in named},
        lacks="" if yes else compare,
    )


def _whole_path(place: str) -> str:
    return str(Path(place).absolute()) if Path(place).exists() else place


def _digest(path: Path) -> str:
    """What a file holds; nothing of what is no file, which its own signatures prove."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
