"""What a killed desk was to do is done before a person is erased, so that it brings nobody back."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import quarantine
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed

ANA = "ana@union.example"


def _asks(hub: DeskHub, what: str) -> None:
    hub.member(1, ANA, "water", name="Ana Paz", lang="en")
    hub.member(2, "bo@union.example", "water", name="Bo", lang="en")
    hub.send("water-leave" if what == "leave" else "solicomm", what)


def _erased(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        _, receipt = erase.erase(hub.config, ANA, reason="asked", by="op", log=maillog.to_nobody())
    assert list(leftovers.search(hub.config, receipt, [ANA, "Ana Paz"])) == []
    hub.work()
    assert list(leftovers.search(hub.config, receipt, [ANA, "Ana Paz"])) == []


@pytest.mark.parametrize("point", ["desk.after-staged", "desk.after-plan", "desk.after-roster"])
@pytest.mark.parametrize("what", ["leave", "help"])
def test_a_killed_plan_brings_nobody_back(hub: DeskHub, point: str, what: str) -> None:
    _asks(hub, what)
    assert desk_killed(hub, f"{point}:1")
    _erased(hub)
    assert not list((hub.config.spool_desk / "plans").rglob("*.json"))


def test_one_that_was_set_aside_goes(hub: DeskHub) -> None:
    _asks(hub, "set water digest")
    assert desk_killed(hub, "desk.after-plan:1")
    (path,) = (hub.config.spool_desk / "plans").glob("*.json")
    path.write_bytes(b'{"kept": "for Ana@union.example')
    other = path.with_name("1-0.json")
    other.write_bytes(b'{"kept": "for bo@union.example')
    _erased(hub)
    assert not path.exists()
    assert other.exists()
    aside = quarantine.aside(hub.config.spool_quarantine)
    assert [one.item for one in aside] == ["plans/1-0.json"]


def _half_written(hub: DeskHub, place: str, seconds: float) -> Path:
    """What a kill leaves of a file, so long ago."""
    path = hub.config.root / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"kept": "for ana@union.example')
    os.utime(path, (time.time() - seconds,) * 2)
    return path


_PLACES = (
    "private/people-drafts/1/.a.json.0123456789ab.tmp",
    "private/polls/water/.codes.0123456789ab.tmp",
    "spool/desk/plans/.1-0.json.0123456789ab.tmp",
    "state/.members.0123456789ab.tmp",
)


@pytest.mark.parametrize("place", _PLACES)
def test_what_a_kill_left_half_written_goes(hub: DeskHub, place: str) -> None:
    _asks(hub, "help")
    path = _half_written(hub, place, 120.0)
    _erased(hub)
    assert not path.exists()


@pytest.mark.parametrize("place", _PLACES)
def test_so_it_does_within_hours_unasked(hub: DeskHub, place: str) -> None:
    left, fresh = (_half_written(hub, f"{place}{one}.tmp", one) for one in (7200.0, 60.0))
    hub.work()
    assert not left.exists()
    assert fresh.exists()


def test_mail_that_waits_for_the_desk_goes(hub: DeskHub) -> None:
    _asks(hub, "help")
    _erased(hub)
    assert hub.work() == []
