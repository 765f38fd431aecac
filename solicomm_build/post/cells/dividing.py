"""Cutting a hub anew: conferences go from the mail.git of one cell to that of another.

    copy (rounds, while mail goes on) → both mail.git locked → what is new since → cells.json → out

What a conference has in mail.git goes along with its history (history.py): its messages, held mail,
decisions, and why each was made. The move happens in one step, when `private/cells.json` is
replaced; a kill before leaves copies that nobody looks at, a kill after leaves what is `left`, and
the next run goes on from there. It may run while all stages do.

Where other machines have copies of the hub they have the new cells.json before it is in force, and
nobody here writes meanwhile: so a machine that dies has acted on nothing that only it knew. Where
they have cells of their own, both come to this machine first (`Lend`), and cells that are new have
repositories everywhere before they are in force: any machine may take one.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress

from solicomm_build.foundation import clock, formernames, safeio
from solicomm_build.foundation.errors import HubError, NoRepositoryError, StoreError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cells import CONFERENCES, Division
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.spool import Spool
from solicomm_build.git import refs
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.cells import hubmail
from solicomm_build.post.cells.history import Moving
from solicomm_build.post.store import withdraw
from solicomm_build.post.store.mailstore import BROUGHT

_LOCK = "cells.lock"
_QUICK = 16 << 20  # octets of packs, which take a few seconds to go through
_ROUNDS = 5
"""Copies while mail goes on; what comes during the last waits until the move is done."""
Lend = Callable[[int, int], AbstractContextManager[None]]
"""Has two cells, the one that gives and the one that gets, be this machine's for a block."""


def is_needed(config: Config) -> bool:
    """Whether `settle` has something to do for who serves the hub. Quick. Where cells have owners
    of their own they have to be lent (features/cells/lending.py)."""
    return not (config.cluster.divided or is_settled(config))


def is_settled(config: Config) -> bool:
    """Whether the hub is cut as hub.yaml says, with nothing left over. Where cells have owners of
    their own a file that says fewer was not brought up to date when they were doubled."""
    now = cells.division(config)
    is_older = config.cluster.divided and config.cells < now.named
    is_cut = now.cells == now.named and (now.named == config.cells or is_older)
    is_left = not config.cluster.divided and cells.given_up(config)
    return is_cut and not (now.astray or now.left or is_left)


def settle_if_quick(config: Config) -> None:
    """Does it when that takes no time to speak of, and nothing runs that would be in its way."""
    if not is_needed(config):
        return
    packs = (config.in_cell(0).mail_repo / "objects" / "pack").glob("*.pack")
    octets = sum(one.stat().st_size for one in packs)
    if octets <= _QUICK and not any(one.runs for one in liveness.signs(config.state)):
        settle(config)


def settle(config: Config, lend: Lend | None = None) -> None:
    """Brings the hub to the number of cells that hub.yaml says, each conference to the cell that
    its name says unless it was moved, and finishes what was killed. Durable on return; blocking.
    Raises UsageError where other machines have cells of their own that they do not `lend`."""
    _insist(config, lend)
    with still(config):
        now = _named(config)
        _mark(config, now)
        ways: dict[tuple[int, int], list[str]] = defaultdict(list)
        for key, cell in now.astray.items():
            name = key.partition("/")[2]
            ways[cell, cells.place(CONFERENCES, name, now.named)].append(name)
        for (old, new), names in sorted(ways.items()):
            with (lend or _at_once)(old, new):
                _move(config, names, old, new)
        _own(config, [path.stem for path in config.conferences.glob("*.git")] if lend else [])
        _give_up(config)


def begin(config: Config) -> None:
    """Only the first step of `settle`, whoever has the cells that are there: those that hub.yaml
    has more of are in force, empty, and other machines know of them. Blocking; safe to call again.
    Raises NotKeptError, DeposedError."""
    with still(config):
        _named(config)
    _tell(config)


def mark(config: Config) -> None:
    """The second: cells know what was erased. Blocking; safe to call again. Raises NotKeptError
    while one of them is nobody's."""
    with still(config):
        _mark(config, cells.division(config))


def finish(config: Config) -> None:
    """Puts in force what was announced by somebody who was killed. Looks at one file while there is
    nothing. Blocking. Raises NotKeptError."""
    if cells.is_announced(config):
        with still(config, blocking=False) as is_free:
            if is_free:
                _finish(config)
                _tell(config)


def is_cut(config: Config) -> bool:
    """Whether the hub is, or was, cut into cells."""
    return (config.private / cells.FILE).exists()


def join(config: Config) -> None:
    """Makes the hub one that was never cut. Durable on return; blocking; safe to call again."""
    settle(dataclasses.replace(config, cells=1))
    (config.private / cells.FILE).unlink(missing_ok=True)
    safeio.fsync_dir(config.private)


def move(config: Config, kind: str, name: str, cell: int, lend: Lend | None = None) -> bool:
    """Moves a conference to a cell, where it stays; False when it is there. Raises UsageError,
    HubError. Durable on return; blocking."""
    if kind != CONFERENCES:
        raise UsageError(f"{kind}/{name}: only conferences and lists move, `{CONFERENCES}/ID`")
    if not (repo := config.conference_repo(name)).is_dir():
        raise HubError(f"There is no conference or list {name} in this hub")
    name = repo.stem  # also by a name that it had before
    _insist(config, lend)
    with still(config):
        now = _tidied(config)
        if not 0 <= cell < now.named:
            raise UsageError(f"There is no cell {cell}: this hub has {now.named}, from 0")
        old = now.cell_of(kind, name)
        if old == cell:
            cells.write(config, now.with_places([f"{kind}/{name}"], cell, pin=True))
            _own(config, [name])  # who was killed may have left that
            return False
        with (lend or _at_once)(old, cell):
            _move(config, [name], old, cell, pin=True)
        return True


def keep_place(config: Config, kind: str, old: str, new: str) -> None:
    """Has a place that gets another id stay in its cell. Durable on return; safe to call again as
    long as nothing is called so yet. Hold `still`."""
    if not is_cut(config):
        return
    now = cells.division(config)
    if now.cell_of(kind, new) != (cell := now.cell_of(kind, old)):
        cells.write(config, now.with_places([f"{kind}/{new}"], cell, pin=True))


@contextmanager
def still(config: Config, *, blocking: bool = True) -> Iterator[bool]:
    """Nothing goes from one cell to another meanwhile: for who cuts the hub, and for who has to
    find all of something, wherever it lies. Waits for its turn, or without `blocking` yields False
    when something goes; take it before any mail.git."""
    with safeio.locked(config.private / _LOCK, blocking=blocking) as is_free:
        yield is_free


def _has_all(config: Config) -> bool:
    """Whether all cells are this machine's, so that a lock here holds every writer."""
    if not config.cluster.divided:
        return True
    return all(lease.is_held(config, cell) for cell in range(cells.division(config).cells))


def _at_once(_old: int, _new: int) -> AbstractContextManager[None]:
    return nullcontext()


def _insist(config: Config, lend: Lend | None) -> None:
    """Raises UsageError where others have cells."""
    if lend is None and not _has_all(config):
        raise UsageError(
            "Nothing can go from cell to cell while other machines have some of them. Hand all over"
            " to one first: `solicomm cells move 1 n1` and so on"
        )


def _named(config: Config) -> Division:
    """Divides names by the number that hub.yaml says, if that is not so; how the hub is cut then.
    Hold `still`."""
    now = _tidied(config)
    is_older = config.cluster.divided and config.cells < now.named
    return now if config.cells == now.named or is_older else _named_anew(config, now)


def _named_anew(config: Config, now: Division) -> Division:
    """Divides names by the number that hub.yaml says; what is there stays where it is for now."""
    count = max(now.cells, config.cells)
    for one in map(config.in_cell, range(count)):
        if not one.mail_repo.is_dir():
            one.mail_repo.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create(one.mail_repo, description=f"Verbatim mail of cell {one.cell}; private")
    if config.cluster.divided:
        from solicomm_build.git.replica import machine  # few hubs have any

        machine.begin(config, range(now.cells, count))
    point("cells.after-begun")
    new = dataclasses.replace(now, cells=count, named=config.cells, moved={}, pinned=())
    for name in hubmail.conferences(config):
        key = f"{CONFERENCES}/{name}"
        old = now.cell_of(CONFERENCES, name)
        new = new.with_places([key], old, pin=key in now.pinned and old < config.cells)
    _put_in_force(config, new)
    point("cells.after-named")
    return new


def _mark(config: Config, now: Division) -> None:
    """Has new cells know what was erased, which cell 0 knows: none of it is taken again."""
    erased = _erased(open_repo(config.in_cell(0).mail_repo))
    for cell in range(1, now.cells) if erased else ():
        repo = open_repo(config.in_cell(cell).mail_repo)
        if lacking := erased - _erased(repo):
            said = compose("Erased", Source=BROUGHT)
            marks = [Change(one, b"") for one in sorted(lacking)]
            write_once(repo, marks, message=said, when=clock.now())


def _erased(repo: Repo) -> set[str]:
    if repo.ref() is None:
        return set()
    with Reader(repo) as reader:
        return {f"erased/{one.path}" for one in reader.tree(MAIN, "erased", recursive=True)}


def _move(config: Config, names: Iterable[str], old: int, new: int, *, pin: bool = False) -> None:
    """Some conferences from one cell to another."""
    own = sorted(names)
    moving = Moving(config, _as_called(config, own), old, new)
    try:
        for _ in range(_ROUNDS):
            if not moving.copy():
                break
        point("cells.after-copy")
        with moving.source.lock():
            for name in own:
                _pass_by(config, name)
            moving.copy()
            now = cells.division(config)
            keys = [f"{CONFERENCES}/{name}" for name in own]
            epochs = {**now.epochs, old: _next(now, old), new: _next(now, new)}
            left = {**now.left, **{name: (old,) for name in own}}
            moved = now.with_places(keys, new, pin=pin)
            _put_in_force(config, dataclasses.replace(moved, epochs=epochs, left=left))
            point("cells.after-note")
    finally:
        moving.close()
    _own(config, own)
    _tidied(config)
    _tell(config)


def _pass_by(config: Config, name: str) -> None:
    """Waits for who writes a post there whose mail is in the cell already; nobody does in what was
    removed."""
    with (
        suppress(NoRepositoryError, FileNotFoundError),
        open_repo(config.conference_repo(name)).lock(),
    ):
        pass


def _own(config: Config, names: Iterable[str]) -> None:
    """Has steps of conferences that have come to a cell of this machine bear its token, which
    guests wait for (git/replica/guests.py)."""
    for name in names:
        path = config.conference_repo(name)
        is_ours = config.cluster.divided and lease.is_held(config, cells.at(config, name).cell)
        if is_ours and path.is_dir():
            with open_repo(path).lock():
                refs.settle(path)


def _put_in_force(config: Config, new: Division) -> None:
    if not config.cluster.is_shared:
        cells.write(config, new)
        return
    cells.announce(config, new)
    point("cells.after-announced")
    _finish(config)


def _finish(config: Config) -> None:
    """Puts in force what was announced, once other machines have it. Hold `still`."""
    if not cells.is_announced(config):
        return
    if not config.cluster.is_shared:  # a copy of a hub that others had, made in that moment
        cells.withdraw(config)
        return
    _tell(config)
    point("cells.after-kept")
    cells.enforce(config)


def _tell(config: Config) -> None:
    """Has other machines know how the hub is cut, and which repositories it has."""
    if config.cluster.is_shared:
        from solicomm_build.git.replica import machine  # few hubs have any

        machine.pair(config)[1].of(0).keep()


def _as_called(config: Config, names: Iterable[str]) -> list[str]:
    """By what names something of conferences lies in mail.git: of one whose renaming was killed, by
    the name before, too."""
    own = set(names)
    rows = (one for one in formernames.rows(config.private) if one.kind == CONFERENCES)
    return sorted(own | {one.old for one in rows if not one.done and one.new in own})


def _tidied(config: Config) -> Division:
    """Takes out of cells what has left them; how the hub is cut then."""
    _finish(config)
    now = cells.division(config)
    by_cell: dict[int, list[str]] = defaultdict(list)
    for name, left in now.left.items():
        for cell in left:
            if now.cell_of(CONFERENCES, name) != cell:
                by_cell[cell].append(name)
    for cell, names in by_cell.items():
        moving = Moving(config, _as_called(config, names), cell, cell)
        try:
            moving.take_out()
        finally:
            moving.close()
        point("cells.after-out")
    if now.left:
        now = dataclasses.replace(now, left={})
        cells.write(config, now)
    return now


def _give_up(config: Config) -> None:
    """Ends the cells that have nothing any more; what waits in their spools goes to cell 0, and
    their repositories go: all they had went along with its history."""
    now = cells.division(config)
    if now.cells > now.named:
        epochs = {cell: one for cell, one in now.epochs.items() if cell < now.named}
        cells.write(config, dataclasses.replace(now, cells=now.named, epochs=epochs))
        point("cells.after-given-up")
    for cell in cells.given_up(config):
        _empty_spool(config, cell)
        shutil.rmtree(config.in_cell(cell).mail_repo.parent)


def _empty_spool(config: Config, cell: int) -> None:
    home, given_up = config.in_cell(0), config.in_cell(cell)
    _empty_objects(home, given_up)
    for first, spool in (
        (Spool(home.spool_out), given_up.spool_out),
        (Spool(home.spool_in), given_up.spool_in),
    ):
        if spool.is_dir():
            withdraw.settle(Spool(spool))  # what a killed erasure left of a file
        waits = sorted(spool.iterdir()) if spool.is_dir() else []
        for suffix in (".state", ".mail"):  # who has had it, before who may
            for path in waits:
                if path.suffix == suffix and not path.name.startswith("."):
                    os.replace(path, first.folder / path.name)
        safeio.fsync_dir(first.folder)
        shutil.rmtree(spool, ignore_errors=True)
        first.ring()


def _empty_objects(home: Config, given_up: Config) -> None:
    """The same of what waits in a store of objects."""
    here, there = incoming.in_objects(home), incoming.in_objects(given_up)
    if here is None or there is None:
        return
    for path in there.pending():
        try:
            here.put(there.read(path))
        except StoreError as error:
            there.quarantine(path, error.public)
        else:
            there.done(path)


def _next(now: Division, cell: int) -> int:
    return now.epochs.get(cell, 0) + 1
