"""Which stage of a large confederation waits first, and for how long: a simulation of queues.

    python -m tests.scale.simulation

It prints the table of docs/scale.md, whose test compares. Queues are fluid (no single mail, a step
is one second); posts arrive evenly for the peak and fall on lists by Zipf's law; a list belongs to
a cell, a cell to a machine, cell 0 to the first. Each machine makes all pages for itself, and one
process of the first says who gets which post. In each second a machine spends its processors in
this order: mail in, commits, who gets what, pages, copies. Nothing is drawn by chance, so two runs
are equal. Not modelled: what a machine does to follow others, disks, the network, memory and
faults.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of one processor. Each is from docs/benchmarks.md, or said to be elsewhere in
    docs/scale.md."""

    accept: float = 0.6
    commit: float = 0.9
    replicated: float = 1.9
    deeper: float = 0.05e-6
    page: float = 1.0
    listing: float = 21.0
    addressed: float = 2.2
    copy: float = 0.69
    full: float = 3.8
    alone: float = 0.9


@dataclass(frozen=True, slots=True)
class World:
    """What is asked of it."""

    lists: int = 10_000
    members: int = 1_000_000
    subscriptions: int = 3
    kept: int = 10_000_000
    rate: int = 500
    peak: int = 600
    cells: int = 64
    cores: int = 8

    @property
    def readers(self) -> float:
        """Members of a list."""
        return self.members * self.subscriptions / self.lists


@dataclass(frozen=True, slots=True)
class Stand:
    """How machines came through a peak: the most that waited of each kind at once, and the seconds
    from the end of the peak until none did. `lists` are those whose pages waited on the machine
    where most did, `posts` those of which it was not said who gets them; `rebuild` is hours of a
    full build by all of them, of which `Costs.alone` is done by one process."""

    machines: int
    mails: float
    lists: float
    posts: float
    copies: float
    mail_seconds: int
    page_seconds: int
    post_seconds: int
    copy_seconds: int
    rebuild: float


@dataclass(slots=True)
class _Cell:
    share: float
    lists: float
    mails: float = 0.0
    posts: float = 0.0
    copies: float = 0.0


@dataclass(slots=True)
class _Pages:
    """Of one cell, on one machine: lists that wait for their pages, and posts that these lack."""

    lists: float = 0.0
    posts: float = 0.0


@cache
def run(machines: int, world: World = World(), costs: Costs = Costs()) -> Stand:
    """One peak, until nothing waits."""
    cells = _cells(world)
    pages = [[_Pages() for _ in cells] for _ in range(min(machines, world.cells))]
    homes = [cells[number :: len(pages)] for number in range(len(pages))]
    commit = costs.commit + (costs.replicated if machines > 1 else 0.0)
    commit += costs.deeper * world.kept / world.cells
    most, last, second = [0.0, 0.0, 0.0, 0.0], [0, 0, 0, 0], 0
    waiting = _waiting(cells, pages)
    while second < world.peak or any(waits >= 1 for waits in waiting):
        left = [world.cores * 1000.0] * len(pages)
        for number, cell in enumerate(cells):
            home = number % len(left)
            come = world.rate * cell.share if second < world.peak else 0.0
            left[home] = max(0.0, left[home] - come * costs.accept)
            cell.mails += come
        for number, cell in enumerate(cells):
            home = number % len(left)
            done = min(cell.mails, min(1000.0, left[home]) / commit)
            left[home] -= done * commit
            cell.mails -= done
            cell.posts += done
            for machine in pages if done else ():
                machine[number].posts += done
                machine[number].lists = min(cell.lists, machine[number].lists + done)
        left[0] -= _address(cells, min(1000.0, left[0]), world, costs)
        for number, machine in enumerate(pages):
            left[number] = _show(machine, left[number], costs)
        for home, here in enumerate(homes):
            _send(here, left[home] / costs.copy)
        second += 1
        waiting = _waiting(cells, pages)
        for kind, waits in enumerate(waiting):
            most[kind] = max(most[kind], waits)
            if waits >= 1:
                last[kind] = second
    after = [max(0, end - world.peak) for end in last]
    each = costs.alone + costs.full / (machines * world.cores)
    rebuild = world.kept * each / 1000 / 3600
    mails, lists, posts, copies = most
    return Stand(
        machines, mails, lists, posts, copies, after[0], after[1], after[2], after[3], rebuild
    )


def _cells(world: World) -> list[_Cell]:
    """Cells with their share of all posts: lists by Zipf's law (1.1), one after the other."""
    weights = [1 / (rank + 1) ** 1.1 for rank in range(world.lists)]
    whole = list(accumulate(weights))[-1]
    cells = [_Cell(0.0, 0.0) for _ in range(world.cells)]
    for rank, weight in enumerate(weights):
        cells[rank % world.cells].share += weight / whole
        cells[rank % world.cells].lists += 1
    return cells


def _address(cells: list[_Cell], can: float, world: World, costs: Costs) -> float:
    """One process says who gets which post, of all cells alike; the milliseconds that it took."""
    waits = sum(cell.posts for cell in cells)
    share = min(1.0, can / costs.addressed / waits) if waits else 0.0
    for cell in cells:
        cell.copies += cell.posts * share * world.readers
        cell.posts -= cell.posts * share
    return waits * share * costs.addressed


def _show(pages: list[_Pages], can: float, costs: Costs) -> float:
    """A machine makes pages; the milliseconds that are left."""
    for one in pages:
        if not one.lists:
            continue
        each = costs.listing + costs.page * one.posts / one.lists
        done = min(one.lists, can / each)
        can -= done * each
        one.posts -= one.posts * (done / one.lists)
        one.lists -= done
    return can


def _send(cells: list[_Cell], can: float) -> None:
    waits = sum(cell.copies for cell in cells)
    share = min(1.0, can / waits) if waits else 0.0
    for cell in cells:
        cell.copies -= cell.copies * share


def _waiting(cells: list[_Cell], pages: list[list[_Pages]]) -> tuple[float, ...]:
    return (
        sum(cell.mails for cell in cells),
        max(sum(one.lists for one in machine) for machine in pages),
        sum(cell.posts for cell in cells),
        sum(cell.copies for cell in cells),
    )


MACHINES = (1, 2, 4, 8, 16, 64)


def table() -> str:
    """The rows for docs/scale.md."""
    rows = [
        "| machines | mail waiting, most | until committed | lists waiting for pages, most | "
        "until shown | posts nobody is told for, most | until told | copies waiting, most | "
        "until sent | all pages anew |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in map(run, MACHINES):
        rows.append(
            f"| {one.machines} | {one.mails:,.0f} | {one.mail_seconds:,} s | {one.lists:,.0f} | "
            f"{one.page_seconds:,} s | {one.posts:,.0f} | {one.post_seconds:,} s | "
            f"{one.copies:,.0f} | {one.copy_seconds:,} s | {one.rebuild:.2f} h |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
