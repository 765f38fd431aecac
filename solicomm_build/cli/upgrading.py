"""What changes by itself in a hub that an earlier version made, before its stages start.

Each upgrade finds out whether it is needed, is safe to kill and to do again, and leaves a hub that
is whole (docs/releases.md). Each can be undone for the minor version before the one that brought
it, with all that was written since (docs/adr/0045-back-by-one-version.md).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from solicomm_build import __version__
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import ConflictError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.people import eventfiles
from solicomm_build.post.cells import dividing, mailfolders

_LOCK = "upgrade.lock"


@dataclass(frozen=True, slots=True)
class Upgrade:
    """One change, which the version `since` brought. `is_needed` is quick: it is asked at every
    start. What `run` and `undo` did is durable on return; when `run` raises StoreError the hub
    does not start. `undo` loses nothing that came since, and is asked for where `is_done`. One that
    is `of_cells` each cell's owner makes in that cell, where each has one of its own."""

    name: str
    since: str
    says: str
    is_needed: Callable[[Config], bool]
    run: Callable[[Config], None]
    is_done: Callable[[Config], bool]
    undo: Callable[[Config], None]
    of_cells: bool = False


def _events(config: Config) -> Iterator[Repo]:
    for path in (config.roster_repo, config.access_repo):
        if path.is_dir():
            yield open_repo(path)


def _lie_by_year(config: Config) -> bool:
    return any(eventfiles.lie_by_year(repo) for repo in _events(config))


def _put_by_day(config: Config) -> None:
    for repo in _events(config):
        eventfiles.put_by_day(repo, now=clock.now())


def _lie_by_day(config: Config) -> bool:
    return any(eventfiles.lie_by_day(repo) for repo in _events(config))


def _put_by_year(config: Config) -> None:
    for repo in _events(config):
        eventfiles.put_by_year(repo, now=clock.now())


def _mail(config: Config) -> Iterator[Repo]:
    for path in cells.mail_repos(config):
        if path.is_dir():
            yield open_repo(path)


def _mail_here(config: Config) -> Iterator[Repo]:
    """Those that are moved together: where each cell has an owner of its own, only that cell's, for
    another machine may take mail in the others."""
    if not config.cluster.divided:
        yield from _mail(config)
    elif config.mail_repo.is_dir():
        yield open_repo(config.mail_repo)


def _mail_by_two(config: Config) -> bool:
    return any(mailfolders.lie_by_two(repo) for repo in _mail_here(config))


def _put_mail_by_one(config: Config) -> None:
    for repo in _mail_here(config):
        mailfolders.put_by_one(repo, now=clock.now())


def _mail_by_one(config: Config) -> bool:
    return any(mailfolders.lie_by_one(repo) for repo in _mail(config))


def _put_mail_by_two(config: Config) -> None:
    for repo in _mail(config):
        mailfolders.put_by_two(repo, now=clock.now())


UPGRADES = (
    Upgrade(
        "mail-by-letter",
        "0.2.0",
        "messages get three folders of a character each, where they had one of two",
        _mail_by_two,
        _put_mail_by_one,
        _mail_by_one,
        _put_mail_by_two,
        of_cells=True,
    ),
    Upgrade(
        "cells",
        "0.2.0",
        "mail goes to the cells that hub.yaml says",
        dividing.is_needed,
        dividing.settle,
        dividing.is_cut,
        dividing.join,
    ),
    Upgrade(
        "events-by-day",
        "0.2.0",
        "files of members and grants get a folder for each day, where each year had one",
        _lie_by_year,
        _put_by_day,
        _lie_by_day,
        _put_by_year,
    ),
)
"""All that there are, in the order in which they run."""


def needed(config: Config) -> list[Upgrade]:
    """Those that this hub still needs."""
    return [one for one in UPGRADES if one.is_needed(config)]


def undoable(config: Config) -> list[Upgrade]:
    """Those of this minor version that were made here, the newest first: what the version before
    does not know."""
    return [one for one in reversed(UPGRADES) if _is_ours(one) and one.is_done(config)]


def _is_ours(one: Upgrade) -> bool:
    return one.since.split(".")[:2] == __version__.split(".")[:2]


@dataclass(frozen=True, slots=True)
class Ran:
    """What ran this hub last: its version, the version before that one (empty when that is not
    known), the Python, since when, and which changes were made when."""

    version: str
    before: str
    python: str
    since: str
    done: tuple[tuple[str, str], ...] = ()


def last(config: Config) -> Ran | None:
    """What `carry_out` noted at the newest start; None for a hub that no version since 0.2.0 has
    started, or whose note is damaged: it is written anew at the next start."""
    try:
        found = json.loads(_note(config).read_bytes())
        done = tuple((str(name), str(at)) for name, at in found.pop("done"))
        return Ran(**{key: str(value) for key, value in found.items()}, done=done)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def carry_out(config: Config) -> Iterator[Upgrade]:
    """Makes the changes that are needed, each after it was given here, and notes them with the
    version that runs now. Waits for who makes or undoes them already. Raises StoreError, and
    OSError when the note cannot be written."""
    with safeio.locked(config.private / _LOCK):
        yield from _carried_out(config)


def _carried_out(config: Config) -> Iterator[Upgrade]:
    was, done = last(config), []
    for one in needed(config):
        yield one
        one.run(config)
        done.append((one.name, _now()))
    python = platform.python_version()
    if was and (was.version, was.python) == (__version__, python) and not done:
        return
    before = was.before if was and was.version == __version__ else was.version if was else ""
    since = was.since if was and was.version == __version__ else _now()
    _keep(config, Ran(__version__, before, python, since, (*(was.done if was else ()), *done)))


def carry_out_in(config: Config) -> Iterator[Upgrade]:
    """The same for a cell alone, by its owner, before it takes mail there: what is cell 0's is left
    to whoever has that. Raises StoreError."""
    for one in UPGRADES:
        if one.of_cells and one.is_needed(config):
            yield one
            one.run(config)


def take_back(config: Config) -> Iterator[Upgrade]:
    """Undoes what `undoable` names, each after it was given here, and takes it out of the note.
    Raises ConflictError while somebody makes these changes, StoreError, and OSError when the note
    cannot be written."""
    with safeio.locked(config.private / _LOCK, blocking=False) as is_ours:
        if not is_ours:
            raise ConflictError(
                "the hub is being made ready for this version, as at each start. Stop it first: it"
                " would change what is taken back"
            )
        gone = set()
        for one in undoable(config):
            yield one
            one.undo(config)
            gone.add(one.name)
        if was := last(config):
            left = tuple(made for made in was.done if made[0] not in gone)
            _keep(config, replace(was, done=left))


def _keep(config: Config, now: Ran) -> None:
    config.state.mkdir(exist_ok=True)
    safeio.write_atomic(_note(config), json.dumps(asdict(now), indent=1).encode() + b"\n")


def _now() -> str:
    return clock.now().isoformat(timespec="seconds")


def _note(config: Config) -> Path:
    return config.state / "version.json"
