"""Which cells a message is for: one part for each, with the recipients there.

A conference's mail goes to its cell, everything else to cell 0. What goes to the wrong one, because
the conference moves just now, is passed on by the ingest that finds it (ingest/handover.py).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.people.recipients import Directory

Parts = list[tuple[int, Item]]
Route = Callable[[Item], Parts]


def to_one(item: Item) -> Parts:
    """All to cell 0."""
    return [(0, item)]


def route_of(config: Config, directory: Directory) -> Route:
    """The route in a hub, as it is cut when a message comes."""

    def route(item: Item) -> Parts:
        cut = cells.division(config)
        if cut.cells == 1:
            return to_one(item)
        found: dict[int, list[str]] = {}
        for address in item.envelope.rcpt_tos:
            one = directory.resolve(address)
            is_post = one is not None and one.kind == "conference"
            cell = cut.cell_of(cells.CONFERENCES, one.id) if one is not None and is_post else 0
            found.setdefault(cell, []).append(address)
        return [(cell, _to(item, addresses)) for cell, addresses in found.items()]

    return route


def _to(item: Item, addresses: list[str]) -> Item:
    envelope = dataclasses.replace(item.envelope, rcpt_tos=tuple(addresses))
    return dataclasses.replace(item, envelope=envelope)
