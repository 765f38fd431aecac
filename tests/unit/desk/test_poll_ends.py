"""The end of a poll waits for mail that came before it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.features.polls.held.running import Running, Seen
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.testing.deskhub import DeskHub
from tests.unit import timekeeper
from tests.unit.desk.test_polls import MOD, files, opened, water

__all__ = ["water"]


def test_the_end_waits_for_a_vote_that_was_handed_over_after_it(water: DeskHub) -> None:
    asked = opened(water)
    poll, spool = files(water).poll, Spool(water.config.spool_desk)
    water.now = poll.closes - timedelta(seconds=2)
    local = (asked[MOD].reply_to[0].addr_spec).partition("@")[0]
    water.send(local, "1", sender=MOD)
    (path,) = spool.pending()
    vote = spool.read(path)
    spool.done(path)
    water.now = poll.closes
    for number in range(64):  # as many files as the desk takes at once
        water.send("water-request", "help", sender=f"n{number}@union.example")
    water.now += timedelta(seconds=1)
    with clock.fixed(water.now):
        spool.put(vote)  # as ingest does that was behind
    water.work()
    water.work()  # another look
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 1
    assert files(water).closing is not None


def test_a_clock_that_is_far_ahead_ends_no_vote(
    water: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = timekeeper.made(monkeypatch)
    opened(water)
    start, water.now = water.now, timekeeper.FAR
    water.work()
    water.work()
    assert files(water).closing is None
    water.now = start + timedelta(hours=1)
    water.work()
    assert files(water).closing is None
    closes = files(water).poll.closes
    machine.up += (closes - start).total_seconds()
    water.now = closes + timedelta(minutes=10)
    water.work()
    water.work()
    assert files(water).closing is not None


def test_what_waits_is_read_once(water: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(water)
    found, read = files(water), list[str]()
    whole = Spool.read

    def noted(spool: Spool, path: Path) -> list[Item]:
        read.append(path.name)
        return whole(spool, path)

    end = water.now = found.poll.closes
    for number in range(3):
        water.send("water-request", "help", sender=f"n{number}@union.example")
    office = SimpleNamespace(config=water.config)
    poll = Running(office, Seen(), "water", found.poll.id, found)  # type: ignore[arg-type]
    monkeypatch.setattr(Spool, "read", noted)
    for seconds in (4, 6):
        assert not poll.is_waiting(end, end + timedelta(seconds=seconds))
    assert len(read) == 3
