"""What commands there are: the program's own, and those that features add in their `cli.py`."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import Asking, Wanted

BEGIN, PEOPLE, READ, DAILY, WRONG, STAGE = (
    "To begin",
    "People",
    "What is read",
    "Day by day",
    "Something is wrong with a mail",
    "One stage alone",
)
"""The groups of `--help`, in the order people need them."""
GROUPS = (BEGIN, PEOPLE, READ, DAILY, WRONG, STAGE)


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name, what `--help` says of it and in which of `GROUPS`, its `rank` there (the
    smallest first), and the module with a click command called `command`, which is loaded when it
    is asked for."""

    name: str
    summary: str
    group: str
    rank: int
    module: str


@dataclass(frozen=True, slots=True)
class Importer:
    """Brings something other than mail into a conference with `solicomm import`. The module has
    `fits(path)`; `bring(config, conference, path, progress, begun)`, which gives a sentence about
    it, and tells the first commit of one that begins with it before that is there (`begun` may be
    left out); and `distrust(config, hub, key, chain)`: why a key is not that of a hub which is
    known here."""

    module: str


@dataclass(frozen=True, slots=True)
class Restorer:
    """Brings a lost hub back with `solicomm restore SCHEME:PLACE DIR`. The module has
    `restore(config, places, lost, sure)`, which gives a line about each step: `lost` names the hub
    where the places have several, `sure` asks a person something; and `check(places)`, which raises
    UsageError for what is no place, before anything is made.

    Or it brings the `whole` hub, into a folder where none is, from one place: it has
    `key_of(file)`, which is asked before the command becomes the hub's user, and
    `bring(folder, place, key=…, as_of=…, progress=…)`. The scheme "" is a path."""

    scheme: str
    module: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """What a hub can be begun from: the option `--from-<name> PLACE` of init. The module has
    `named(place)`, which gives the name of the hub that it is of once it is proved sound, and
    `fill(config, place, progress)`, which puts it into the new hub and gives a sentence about
    it."""

    name: str
    help: str
    module: str


class CliHook(Protocol):
    """`cli.py` of a feature."""

    COMMANDS: Iterable[Command]
    SOURCES: Iterable[Source]
    """What `solicomm init` begins a hub from, besides nothing and the sample."""
    IMPORTERS: Iterable[Importer]
    """What `solicomm import` brings besides mail."""
    AFTER: Callable[[Path, Sequence[str]], None]
    """Told of each command that ended well: the hub's folder, and its words. Costs next to nothing
    for those that only look."""
    AROUND: Callable[[Path, Sequence[str]], AbstractContextManager[None]]
    """What a command is done within, by the hub's folder and its words. Costs next to nothing for
    those that only look."""
    SECOND: Callable[[Config, Callable[[], Wanted], Asking], None]
    """Asked by a command that would take something away, or bring it back. Returns where it may go
    on; raises WaitsError where a second operator has to say yes first. What it would do is looked
    at only where somebody has to be asked."""
    RESTORERS: Iterable[Restorer]
    """From where `solicomm restore` brings hubs back."""


_OWN = (
    Command(
        "serve",
        "Run everything: mail in, pages, mail out, web.",
        BEGIN,
        20,
        "solicomm_build.cli.serve",
    ),
    Command("token", "Let people push and read with git.", PEOPLE, 30, "solicomm_build.cli.token"),
    Command(
        "gate",
        "Take pushes by ssh; look at files before a push.",
        PEOPLE,
        40,
        "solicomm_build.cli.gate",
    ),
    Command(
        "web-config",
        "Configure Caddy or nginx in front of this hub.",
        BEGIN,
        60,
        "solicomm_build.cli.web_config",
    ),
    Command(
        "import", "Bring in mail from an mbox or Maildir.", READ, 40, "solicomm_build.cli.importing"
    ),
    Command("post", "Send a mail through the running bridge.", READ, 60, "solicomm_build.cli.post"),
    Command("build", "Bring the pages up to date.", STAGE, 40, "solicomm_build.cli.build"),
    Command("bridge", "Take mail only.", STAGE, 10, "solicomm_build.cli.bridge"),
    Command(
        "ingest", "Turn accepted mail into commits only.", STAGE, 20, "solicomm_build.cli.ingest"
    ),
    Command("desk", "Answer commands by mail only.", STAGE, 50, "solicomm_build.cli.desk"),
    Command("deliver", "Send mail out only.", STAGE, 60, "solicomm_build.cli.deliver"),
    Command("web", "Serve pages and git only.", STAGE, 80, "solicomm_build.cli.web"),
    Command(
        "restore",
        "Bring back a hub from a backup, or from other hubs.",
        DAILY,
        55,
        "solicomm_build.cli.restore",
    ),
    Command(
        "fsck", "Check that everything is there and sound.", DAILY, 50, "solicomm_build.cli.fsck"
    ),
)


def sources() -> tuple[Source, ...]:
    """What a hub can be begun from."""
    return tuple(one for found in hooks.each("cli", "SOURCES") for one in found)


def importer_of(path: Path) -> Any:
    """The module that brings what lies at a path; None for mail."""
    for one in (one for found in hooks.each("cli", "IMPORTERS") for one in found):
        module = importlib.import_module(one.module)
        if module.fits(path):
            return module
    return None


def tell(root: Path, words: Sequence[str]) -> None:
    """Tells features that a command ended well. Raises what they raise."""
    for told in hooks.each("cli", "AFTER"):
        told(root, words)


@contextlib.contextmanager
def around(root: Path, words: Sequence[str]) -> Iterator[None]:
    """What features have a command be done within."""
    with contextlib.ExitStack() as stack:
        for one in hooks.each("cli", "AROUND"):
            stack.enter_context(one(root, words))
        yield


def restorers() -> Mapping[str, Restorer]:
    """What brings a hub back, by its scheme."""
    found = (one for some in hooks.each("cli", "RESTORERS") for one in some)
    return {one.scheme: one for one in found}


@hooks.derived
def commands() -> Mapping[str, Command]:
    """All of them by name, in the order of the groups and ranks."""
    more = (command for found in hooks.each("cli", "COMMANDS") for command in found)
    rows = sorted((*_OWN, *more), key=lambda one: (GROUPS.index(one.group), one.rank))
    return {one.name: one for one in rows}
