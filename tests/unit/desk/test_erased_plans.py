"""What a killed desk was to do is done before a person is erased, so that it brings nobody back."""

from __future__ import annotations

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


def test_mail_that_waits_for_the_desk_goes(hub: DeskHub) -> None:
    _asks(hub, "help")
    _erased(hub)
    assert hub.work() == []
