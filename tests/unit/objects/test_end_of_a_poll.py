"""The end of a poll waits for what came before it and is on its way to the desk of a hub whose
machines have cells of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from solicomm_build.features.polls.held.running import Running, Seen
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import incoming, passing
from solicomm_build.foundation.objects.passing import Coming, Passing
from solicomm_build.foundation.spool import Item
from solicomm_build.testing import smallhub
from solicomm_build.testing.objectstores import Store
from tests.unit.objects.test_passing import machine

END = datetime(2026, 11, 30, 20, tzinfo=UTC)


def vote(came: datetime) -> Item:
    made = smallhub.item(b"vote", "water-poll@hub.example")
    return replace(made, envelope=replace(made.envelope, received_at=came))


@pytest.mark.parametrize("where", ["in the store", "here", "passed on"])
def test_a_vote_on_its_way_from_another_machine_is_waited_for(
    tmp_path: Path, store: Store, where: str
) -> None:
    home = replace(machine(tmp_path / "n1", store, 0), cells=3)
    other = machine(tmp_path / "n2", store, 2)
    office = SimpleNamespace(config=home)
    poll = Running(office, Seen(), "water", "p1", None)  # type: ignore[arg-type]
    with clock.fixed(END + timedelta(seconds=3)):
        for seconds in (2, -2):
            came = END + timedelta(seconds=seconds)
            if where == "passed on":
                incoming.of(home).put([vote(came)])
            else:
                Passing(other).put(other.spool_desk, [vote(came)], "")
            if where == "here":
                _broken_off(home)
            assert poll.is_waiting(END, clock.now()) is (came < END)
        if where != "passed on":
            assert Coming(home, lambda: None).take() == 2
            assert poll.is_waiting(END, clock.now()), "it is at the desk"


def _broken_off(home: Config) -> None:
    """What came is on this machine, and not in the spool yet."""

    def killed() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Coming(home, killed).take()
    spool = passing.of(home, "desk", 0)
    for name in spool.objects():
        spool.remove(name)
