"""Networks of many hubs, in which each meets its neighbours alone."""

from __future__ import annotations

from collections.abc import Sequence

from solicomm_build.testing import hubs
from solicomm_build.testing.networks import Network

LETTERS = "abcdefghijklmnopqrst"
SHAPES = ("ring", "tree")


def edges(shape: str, names: Sequence[str]) -> list[tuple[str, str]]:
    """Who meets whom: each its two neighbours, or each of a tree the one above."""
    if shape == "ring":
        return [(name, names[(at + 1) % len(names)]) for at, name in enumerate(names)]
    return [(names[(at - 1) // 2], name) for at, name in enumerate(names) if at]


def across(shape: str, names: Sequence[str]) -> int:
    """How many edges lie between the two hubs that are farthest from each other."""
    near: dict[str, set[str]] = {name: set() for name in names}
    for one, other in edges(shape, names):
        near[one].add(other)
        near[other].add(one)
    farthest = 0
    for name in names:
        seen, steps = {name}, 0
        while len(seen) < len(names):
            seen |= {other for one in seen for other in near[one]}
            steps += 1
        farthest = max(farthest, steps)
    return farthest


def write(net: Network, each: int) -> None:
    """Each hub gets posts of its own, and one that another hub gets, too."""
    for number, name in enumerate(net.hubs):
        own = [hubs.post(f"{name}{one}", "root", minutes=one) for one in range(each)]
        both = hubs.post(f"both{number // 2}", "root")
        net.write(name, *own, both)


def round_(net: Network, shape: str) -> None:
    """Everybody meets all neighbours once; what comes is handed on at the next edge at once, or in
    the next round, as it happens."""
    for one, other in edges(shape, list(net.hubs)):
        net.carry(one, other)
        net.carry(other, one)


def until_agreed(net: Network, shape: str, most: int) -> int:
    """The rounds until all have one tree. Raises AssertionError when it takes more than `most`."""
    for number in range(1, most + 1):
        round_(net, shape)
        trees = {net.tree(name) for name in net.hubs}
        if len(trees) == 1 and trees != {""}:
            return number
    raise AssertionError(f"{len(net.hubs)} hubs in a {shape} do not agree after {most} rounds")
