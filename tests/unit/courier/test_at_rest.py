"""A courier that may rest ends when it has nothing to wait for, and not before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.courier import place, run
from solicomm_build.courier.beside import Beside
from solicomm_build.courier.run import deliver
from solicomm_build.foundation import bell, clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.liveness import Pulse
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing.listhub import ListHub, message

_LONGEST = 120.0


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ListHub]:
    monkeypatch.setattr(run, "_LOOK", 0.01)
    made = ListHub(tmp_path)
    yield made
    made.close()


def _rests(hub: ListHub) -> None:
    """A courier until it ends by itself."""
    work = deliver(hub.config, log=maillog.to_nobody(), is_resting=True)
    asyncio.run(asyncio.wait_for(work, _LONGEST))


def _sent(hub: ListHub) -> int:
    return hub.config.sink.read_bytes().count(b"Subject:") if hub.config.sink.exists() else 0


def test_it_does_what_there_is_and_ends(hub: ListHub) -> None:
    hub.members(["ana@union.example"])
    hub.post(message(1))
    _rests(hub)
    assert _sent(hub) == 1
    _rests(hub)  # to look: nothing more is to be done
    assert _sent(hub) == 1


@pytest.mark.parametrize("what", ["a dead line", "companions"])
def test_it_stays_while_something_waits(
    hub: ListHub, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For its time, or for another try."""
    looks: list[bool] = []
    has_nothing = run.Courier._has_nothing

    def noted(courier: run.Courier) -> bool:
        if what == "a dead line":
            courier._resting = clock.now() if len(looks) < 3 else None
        looks.append(has_nothing(courier))
        return looks[-1]

    monkeypatch.setattr(run.Courier, "_has_nothing", noted)
    if what == "companions":
        monkeypatch.setattr(Beside, "waits", lambda beside: len(looks) < 3)
    _rests(hub)
    assert looks == [False, False, False, True]


def test_it_stays_where_the_next_one_would_look_into_many_lists(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[bool] = []
    has_nothing = run.Courier._has_nothing

    def noted(courier: run.Courier) -> bool:
        monkeypatch.setattr(run, "_MANY", 200 if len(looks) >= 3 else 0)
        looks.append(has_nothing(courier))
        return looks[-1]

    monkeypatch.setattr(run.Courier, "_has_nothing", noted)
    _rests(hub)
    assert looks == [False, False, False, True]


@pytest.mark.parametrize("rings", [True, False])
def test_who_was_rung_for_stays_a_while(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch, *, rings: bool
) -> None:
    """And who was begun to look ends when he has looked."""
    pauses = []
    pause = run.Courier._pause

    async def noted(courier: run.Courier, stop: asyncio.Event) -> bool:
        pauses.append(stop.is_set())
        return await pause(courier, stop)

    monkeypatch.setattr(run.Courier, "_pause", noted)
    supervisors = Spool(hub.config.spool_out).bell
    supervisors.keep()
    try:
        if rings:
            supervisors.ring()
        _rests(hub)
        assert supervisors.is_heard(), "whoever waits in its place hears on"
    finally:
        bell._kept.clear()
        supervisors.close()
    assert len(pauses) == (run.LOOKS if rings else 0)


def test_the_place_of_one_that_rests_is_not_moved(hub: ListHub) -> None:
    """It has no process and no lock then, and yet the list is its own."""
    pulse = Pulse(hub.config.state, "deliver")
    try:
        with pytest.raises(HubError, match="Stop the hub first"):
            place.skip_to_tip(hub.config, "water")
    finally:
        pulse.end()
