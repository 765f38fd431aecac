"""Which stage of a large confederation waits first, and for how long: a simulation of queues.

    python -m tests.scale.simulation

It prints the table of docs/scale.md, whose test compares. Queues are fluid (no single mail, a step
is one second); posts arrive evenly for the peak and fall on lists by Zipf's law; a list belongs to
a cell, a cell to a machine, cell 0 to the first, which makes the pages of all. In each second a
machine spends its processors in this order: mail in, commits, pages, copies. Nothing is drawn by
chance, so two runs are equal. Not modelled: disks, the network, memory and faults.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    copy: float = 0.69
    full: float = 3.1
    alone: float = 1.0


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
    from the end of the peak until none did; `rebuild` is hours of a full build by all of
    them, of which `Costs.alone` is done by one process."""

    machines: int
    mails: float
    lists: float
    copies: float
    mail_seconds: int
    page_seconds: int
    copy_seconds: int
    rebuild: float


@dataclass(slots=True)
class _Cell:
    share: float
    lists: float
    mails: float = 0.0
    pages: float = 0.0
    posts: float = 0.0
    copies: float = 0.0


def run(machines: int, world: World = World(), costs: Costs = Costs()) -> Stand:
    """One peak, until nothing waits."""
    cells = _cells(world)
    commit = costs.commit + (costs.replicated if machines > 1 else 0.0)
    commit += costs.deeper * world.kept / world.cells
    most, last, second = [0.0, 0.0, 0.0], [0, 0, 0], 0
    while second < world.peak or _waits(cells):
        left = [world.cores * 1000.0] * min(machines, world.cells)
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
            cell.pages = min(cell.lists, cell.pages + done)
            cell.copies += done * world.readers
        for cell in cells:
            each = costs.listing + costs.page * cell.posts / cell.pages if cell.pages else 1.0
            done = min(cell.pages, left[0] / each)
            left[0] -= done * each
            cell.posts -= cell.posts * (done / cell.pages) if cell.pages else 0.0
            cell.pages -= done
        for home in range(len(left)):
            here = [cell for number, cell in enumerate(cells) if number % len(left) == home]
            _send(here, left[home] / costs.copy)
        second += 1
        for kind, waits in enumerate(_waiting(cells)):
            most[kind] = max(most[kind], waits)
            if waits >= 1:
                last[kind] = second
    after = [max(0, end - world.peak) for end in last]
    each = costs.alone + costs.full / (machines * world.cores)
    rebuild = world.kept * each / 1000 / 3600
    return Stand(machines, *most, *after, rebuild)


def _cells(world: World) -> list[_Cell]:
    """Cells with their share of all posts: lists by Zipf's law (1.1), one after the other."""
    weights = [1 / (rank + 1) ** 1.1 for rank in range(world.lists)]
    whole = list(accumulate(weights))[-1]
    cells = [_Cell(0.0, 0.0) for _ in range(world.cells)]
    for rank, weight in enumerate(weights):
        cells[rank % world.cells].share += weight / whole
        cells[rank % world.cells].lists += 1
    return cells


def _send(cells: list[_Cell], can: float) -> None:
    waits = sum(cell.copies for cell in cells)
    share = min(1.0, can / waits) if waits else 0.0
    for cell in cells:
        cell.copies -= cell.copies * share


def _waiting(cells: list[_Cell]) -> tuple[float, float, float]:
    return (
        sum(cell.mails for cell in cells),
        sum(cell.pages for cell in cells),
        sum(cell.copies for cell in cells),
    )


def _waits(cells: list[_Cell]) -> bool:
    return any(waits >= 1 for waits in _waiting(cells))


MACHINES = (1, 2, 4, 8, 16, 64)


def table() -> str:
    """The rows for docs/scale.md."""
    rows = [
        "| machines | mail waiting, most | until committed | lists waiting for pages, most | "
        "until shown | copies waiting, most | until sent | all pages anew |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for one in map(run, MACHINES):
        rows.append(
            f"| {one.machines} | {one.mails:,.0f} | {one.mail_seconds:,} s | {one.lists:,.0f} | "
            f"{one.page_seconds:,} s | {one.copies:,.0f} | {one.copy_seconds:,} s | "
            f"{one.rebuild:.2f} h |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    print(table())
