"""Conferences that go from cell to cell while other machines have some of the cells: both cells
come to the machine with cell 0, which has `cells.json`, the conferences move there, and the cells
go back.

    etcd: the two are `moving` → both here, each with a new token, the one that gets last
        → as on one machine (post/cells/dividing.py) → etcd: how they are cut now → back

That the two are moving keeps other machines from taking one, and from writing to its mail, by what
they knew before. The new token of the cell that gives deposes whoever wrote there as a guest; that
of the cell that gets is newer, so the conference's own fence goes on. Who gets a cell back is noted
in etcd; who runs a command that was killed again gives them back, too.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator

from solicomm_build.features.cells import handing
from solicomm_build.foundation.errors import ConflictError, HubError, NotKeptError, UsageError
from solicomm_build.foundation.hub import cells, liveness
from solicomm_build.foundation.hub.cluster import cutting, etcd, lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.cells import dividing

_PATIENCE = 60.0  # seconds for a machine that serves to do what it is asked
_LOOK = 0.2
Say = Callable[[str], None]


def move(config: Config, kind: str, name: str, cell: int, say: Say) -> bool:
    """Moves a conference to a cell as dividing.move does, whoever has the cells. Raises UsageError,
    HubError, EtcdError, NotKeptError. Blocking; safe to call again."""
    with lending(config, say) as lend:
        return dividing.move(config, kind, name, cell, lend)


def double(config: Config, say: Say) -> None:
    """Brings the hub to the cells that hub.yaml says, as dividing.settle does. New ones are there
    first, empty, for whoever takes them; then what is theirs goes to each as by `move`. Raises as
    that does. Blocking; safe to call again, where cell 0 is then."""
    with lending(config, say) as lend:
        dividing.begin(config)
        new = {*range(cells.division(config).cells)}
        _until(lambda: new <= lease.owners(config).keys(), "some cells are nobody's")
        _until(lambda: _is_marked(config), "who has a new cell does not take it over")

        @contextlib.contextmanager
        def along(old: int, new: int) -> Iterator[None]:
            with lend(old, new):
                _send_along(config, old, new)
                yield

        dividing.settle(config, along)


def insist(config: Config) -> None:
    """Raises UsageError where cell 0 is not this machine's, or some machine would not hear of what
    moves, HubError where it is not taken over yet."""
    client = etcd.etcd_of(config)
    if not is_home(config):
        row = client.below(etcd.CELLS).get(etcd.owner_key(0))
        if row is not None and row.value == config.cluster.node:
            raise HubError(f"{row.value} takes cell 0 over just now. Again in a moment")
        there = f"{row.value} has it" if row is not None else "nobody has it just now"
        raise UsageError(
            "Conferences go from cell to cell where cell 0 is, for that is where it is written "
            f"which lies where: {there}. Say it there"
        )
    said = client.below(etcd.NODES).items()
    older = [key.removeprefix(etcd.NODES) for key, row in said if not etcd.knows_cuts(row.value)]
    if older:
        raise UsageError(
            f"{', '.join(sorted(older))}: an older SoliComm runs there, which would not hear that "
            "conferences go to other cells. Bring this version there and restart it, then again"
        )


def is_home(config: Config) -> bool:
    """Whether this machine has cell 0, taken over."""
    return _is_served(config, 0)


def insist_on_owners(config: Config) -> None:
    """Raises HubError where a cell is nobody's."""
    rows = etcd.etcd_of(config).below(etcd.CELLS)
    count = cells.division(config).cells
    if lost := [str(cell) for cell in range(count) if etcd.owner_key(cell) not in rows]:
        raise HubError(
            f"cell {', '.join(lost)}: nobody has it just now. Again when `solicomm cells` says who"
        )


@contextlib.contextmanager
def lending(config: Config, say: Say) -> Iterator[dividing.Lend]:
    """What has two cells come here for a block; at the end all go back that came. Raises
    UsageError, HubError, EtcdError."""
    insist(config)

    @contextlib.contextmanager
    def lend(old: int, new: int) -> Iterator[None]:
        pair = (old, new)
        insist(config)
        with cutting.moving(config, pair):
            _told(config, pair, is_moving=True)
            for cell in pair:
                _borrow(config, cell)
            yield
        _give_back(config, say, pair)

    try:
        yield lend
    finally:
        with dividing.still(config, blocking=False) as is_free:
            if is_free:  # else who moves something now gives back what is noted
                _give_back(config, say, range(cells.division(config).cells))


def _borrow(config: Config, cell: int) -> None:
    """Has a cell be this machine's, with a new token, and served here."""
    client, node = etcd.etcd_of(config), config.cluster.node
    rows = client.below(etcd.CELLS)
    owner = rows.get(etcd.owner_key(cell))
    is_noted = etcd.lender_key(cell) in rows
    if owner is not None and owner.value != node and not is_noted:
        client.put(etcd.lender_key(cell), owner.value)
    handing.hand_over(config, cell, node, lent=True)
    _until(lambda: _is_served(config, cell), f"cell {cell} is not served here")


def _send_along(config: Config, old: int, new: int) -> None:
    """Has a new cell that this machine took itself go with the one that it was cut off, which goes
    back to another: so each machine has twice what it had."""
    half = cells.division(config).named // 2
    client = etcd.etcd_of(config)
    rows = client.below(etcd.CELLS)
    owner, its = rows.get(etcd.lender_key(old)), etcd.lender_key(new)
    is_cut_off = half and new >= half and new % half == old
    if is_cut_off and owner and its not in rows and new not in config.cluster.prefers:
        client.put(its, owner.value)


def _give_back(config: Config, say: Say, which: Iterable[int]) -> None:
    """Gives those of these cells back that are here for a while, once all machines are told how
    they are cut."""
    client = etcd.etcd_of(config)
    rows = client.below(etcd.CELLS)
    lent = {cell: row for cell in which if (row := rows.get(etcd.lender_key(cell))) is not None}
    for cell, row in lent.items():
        _told(config, [cell], is_moving=False)
        if etcd.NODES + row.value in client.below(etcd.NODES):
            handing.hand_over(config, cell, row.value)
        else:
            client.delete(row.key, row.revision)
            say(f"{row.value} is not there: cell {cell} stays with {config.cluster.node}")


def _told(config: Config, which: Iterable[int], *, is_moving: bool) -> None:
    """Waits until this machine's own `serve` has put into etcd how these cells stand."""
    client = etcd.etcd_of(config)

    def is_so() -> bool:
        rows, wanted = client.below(etcd.CELLS), cutting.said(config)
        return all(
            (row.value if (row := rows.get(etcd.cut_key(cell))) is not None else "0")
            == wanted[cell]
            and (wanted[cell] == cutting.MOVING) == is_moving
            for cell in which
        )

    _until(is_so, "etcd is not told how the hub is cut")


def _is_marked(config: Config) -> bool:
    """Whether all cells know what was erased; marks them. Who has just got one takes it over."""
    try:
        dividing.mark(config)
    except (NotKeptError, ConflictError):
        return False
    return True


def _is_served(config: Config, cell: int) -> bool:
    """Whether this machine has a cell, taken over."""
    runs = liveness.runs(config.state, liveness.of_cell("ingest", cell))
    return lease.is_held(config, cell) and runs


def _until(look: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + _PATIENCE
    while not look():
        if time.monotonic() > end:
            raise HubError(f"{what}. Does `solicomm serve` run here, and what does it say? Again")
        time.sleep(_LOOK)
