"""Copies of a list's posts are handed over by the courier of its cell, each once."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.courier.run import deliver
from solicomm_build.courier.sink import recipient_of, split_mbox
from solicomm_build.features.metrics import measures
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.post.cells import dividing
from solicomm_build.post.store import withdraw
from solicomm_build.testing.listhub import WHEN, ListHub, message

WATER, RAIL = ["a@m.example", "b@m.example"], ["c@m.example", "d@m.example"]


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    """Two cells: the list `water` in the first, `rail` in the second; one is on both lists."""
    made = ListHub(tmp_path)
    made.add_conference("rail")
    made.members(WATER)
    made.members(RAIL, to="rail")
    made.subscribe("a@m.example", to="rail")
    made.config = dataclasses.replace(made.config, cells=2)
    dividing.settle(made.config)
    for name, cell in (("water", 0), ("rail", 1)):
        dividing.move(made.config, cells.CONFERENCES, name, cell)
    deliver_in(made.config, 0)
    yield made
    made.close()


def deliver_in(config: Config, cell: int) -> None:
    with clock.fixed(WHEN):
        asyncio.run(deliver(config.in_cell(cell), once=True, log=maillog.to_nobody()))


def post(hub: ListHub, name: str, raw: bytes) -> None:
    """As its cell's ingest keeps it."""
    whole = hub.config
    hub.config = cells.at(whole, name)
    hub.post(raw.replace(b"water@hub.example", f"{name}@hub.example".encode()), to=name)
    hub.config = whole


def copies(hub: ListHub) -> Counter[str]:
    sink = hub.config.sink
    return Counter(map(recipient_of, split_mbox(sink.read_bytes()))) if sink.exists() else Counter()


def test_each_member_gets_one_copy_from_the_courier_of_the_lists_cell(hub: ListHub) -> None:
    post(hub, "water", message(1))
    post(hub, "rail", message(2))
    deliver_in(hub.config, 0)
    assert copies(hub) == Counter(WATER)
    out = Spool(hub.config.in_cell(1).spool_out)
    assert len(out.pending()) == 1
    assert measures.measure(hub.config).spools["out-1"].files == 1
    deliver_in(hub.config, 0)  # it waits, and is not queued again
    assert len(out.pending()) == 1
    deliver_in(hub.config, 1)
    assert copies(hub) == Counter([*WATER, *RAIL, "a@m.example"])
    assert out.pending() == []
    for cell in (0, 1):
        deliver_in(hub.config, cell)
    assert sum(copies(hub).values()) == 5


def test_who_is_on_both_lists_gets_a_message_to_both_once(hub: ListHub) -> None:
    raw = message(1, extra="Cc: rail@hub.example\r\n")
    for name in ("water", "rail"):
        whole = hub.config
        hub.config = cells.at(whole, name)
        hub.post(raw, to=name)
        hub.config = whole
    for cell in (0, 1, 0, 1):
        deliver_in(hub.config, cell)
    assert copies(hub) == Counter([*WATER, *RAIL])


def test_who_left_gets_none_of_what_waits_in_any_cell(hub: ListHub) -> None:
    post(hub, "rail", message(2))
    deliver_in(hub.config, 0)
    assert withdraw.recipient(hub.config, "c@m.example") == 1
    deliver_in(hub.config, 1)
    assert copies(hub) == Counter(["a@m.example", "d@m.example"])


def test_what_waits_in_a_cell_that_is_given_up_goes_out(hub: ListHub) -> None:
    post(hub, "rail", message(2))
    deliver_in(hub.config, 0)
    hub.config = dataclasses.replace(hub.config, cells=1)
    dividing.settle(hub.config)
    deliver_in(hub.config, 0)
    assert copies(hub) == Counter([*RAIL, "a@m.example"])
