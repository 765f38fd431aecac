"""How long one mail may hold the desk."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solicomm_build.desk import handling
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case
from solicomm_build.desk.reading import case_of
from solicomm_build.features.library import libraryaddress
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import LOOK, SECONDS, Watch
from solicomm_build.people.address import Purpose
from solicomm_build.testing.deskhub import DeskHub

PURPOSES = [None, *(one for one in Purpose if one is not Purpose.POST)]


def case(hub: DeskHub, *, proven: bool) -> Case:
    hub.send("water-request", "mydata", proven=proven)
    spool = Spool(hub.config.spool_desk)
    (path,) = spool.pending()
    (item,) = spool.read(path)
    spool.done(path)
    office = Office(hub.config)
    try:
        found = case_of(office, item, "cause", office.dns)
    finally:
        office.close()
    assert found is not None
    assert bool(found.proven) is proven
    return found


def test_nobodys_mail_may_hold_the_desk_for_more_than_a_look(hub: DeskHub) -> None:
    one = case(hub, proven=True)
    assert {handling.patience(replace(one, purpose=purpose)) for purpose in PURPOSES} == {
        SECONDS,
        LOOK,
    }


@pytest.mark.parametrize("purpose", [None, Purpose.REQUEST, Purpose.TOPIC, libraryaddress.DEPOSIT])
def test_a_strangers_mail_has_the_time_of_any_item(hub: DeskHub, purpose: Purpose | None) -> None:
    one = replace(case(hub, proven=False), purpose=purpose)
    assert handling.patience(one) == SECONDS
    assert handling.patience(replace(one, purpose=Purpose.CONFIRM, tag="x")) == LOOK


def test_who_asks_for_all_data_gets_the_time_that_reading_all_mail_takes(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    bought: list[int] = []
    monkeypatch.setattr(Watch, "buys", lambda _, octets: bought.append(octets))
    hub.ask("water-request", "mydata", sender="eve@nowhere.example", proven=False)
    assert bought == []
    hub.ask("water-request", "mydata")
    (octets,) = bought
    assert octets >= 0
