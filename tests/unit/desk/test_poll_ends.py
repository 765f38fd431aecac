"""The end of a poll waits for mail that came before it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls.held.running import Running, Seen
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.testing.deskhub import DeskHub
from tests.unit import timekeeper
from tests.unit.desk.test_polls import MOD, TEXT, files, opened, water

__all__ = ["water"]
ANA = "ana@union.example"


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


@pytest.mark.parametrize("is_read_then", [True, False])
def test_a_vote_that_comes_while_the_clock_is_far_ahead_counts(
    water: DeskHub, monkeypatch: pytest.MonkeyPatch, is_read_then: bool
) -> None:
    machine = timekeeper.made(monkeypatch)
    asked = opened(water)
    start, closes = water.now, files(water).poll.closes
    local = (asked[MOD].reply_to[0].addr_spec).partition("@")[0]
    water.now = timekeeper.FAR
    machine.up += 60
    water.send(local, "1", sender=MOD)
    if is_read_then:
        water.work()
    water.now = start + timedelta(minutes=2)
    machine.up += 60
    water.work()
    (vote,) = pollbook.book(water.config, "water", files(water).poll.id).all_ballots()
    assert start <= vote.at <= water.now
    machine.up += (closes - start).total_seconds()
    water.now = closes + timedelta(minutes=10)
    water.work()
    water.work()
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 1


def test_a_vote_that_was_opened_while_the_clock_was_ahead_counts_what_comes_after(
    water: DeskHub,
) -> None:
    """The votes come before its beginning, and after its end, by their clocks."""
    water.now += timedelta(days=3)
    asked = opened(water)
    water.now -= timedelta(days=3)
    (told,) = water.reply(asked[MOD], "1", sender=MOD)
    assert "does not count" not in told.text
    water.now += timedelta(hours=1)
    water.ask("water-poll", "close", sender=MOD)
    water.work()
    found = files(water)
    assert found.closing is not None
    assert found.tally is not None
    assert len(found.tally.votes) == 1
    assert not found.tally.ignored


@pytest.mark.parametrize("show", ["", "show: live\n"])
def test_a_vote_that_lies_ahead_of_its_end_counts(water: DeskHub, show: str) -> None:
    asked = opened(water, TEXT + show)
    water.now += timedelta(days=3)
    water.reply(asked[MOD], "1", sender=MOD)
    water.now -= timedelta(days=2)
    water.ask("water-poll", "close", sender=MOD)
    water.work()
    found = files(water).tally
    assert found is not None
    assert len(found.votes) == 1


def test_the_turnout_is_told_also_after_the_clock_was_ahead(water: DeskHub) -> None:
    asked = opened(water)
    water.now += timedelta(days=3)
    water.reply(asked[MOD], "1", sender=MOD)
    water.work()
    noted = files(water).turnout
    assert noted is not None
    assert noted[1] == 1
    water.now -= timedelta(days=2)
    water.reply(asked[ANA], "1", sender=ANA)
    water.now += timedelta(hours=1)
    water.work()
    noted = files(water).turnout
    assert noted is not None
    assert noted[1] == 2


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
