from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.courier.audience import Audience
from solicomm_build.courier.recipients import Parties
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing.listhub import ListHub

WATER = Conference("water", {"en": "Water"}, kind="list")
ANYBODY = Parties(frozenset(), frozenset())


@pytest.fixture
def hub(tmp_path: Path) -> ListHub:
    found = ListHub(tmp_path)
    found.members(["ana@union.example", "bo@union.example"])
    return found


def _to(audience: Audience) -> list[str]:
    return sorted(one.address[:2] for one in audience.of(WATER).of(ANYBODY))


def test_it_is_as_of_the_last_look(hub: ListHub) -> None:
    store = RosterStore.of(hub.config)
    audience = Audience(store)
    audience.look()
    assert _to(audience) == ["an", "bo"]
    first = audience.of(WATER)
    hub.members(["cleo@union.example"])
    assert audience.of(WATER) is first, "one post has one answer"
    audience.look()
    assert _to(audience) == ["an", "bo", "cl"]
    second = audience.of(WATER)
    audience.look()
    assert audience.of(WATER) is second, "nothing is read again where nothing is new"
    store.close()


def test_between_looks_the_roster_is_that_of_now(hub: ListHub) -> None:
    store = RosterStore.of(hub.config)
    audience = Audience(store)
    audience.look()
    hub.members(["cleo@union.example"])
    audience.rest()
    assert audience.roster().member("cleo@union.example") is not None
    assert _to(audience) == ["an", "bo", "cl"]
    store.close()


def test_who_has_wishes_is_asked_for_each_post(hub: ListHub) -> None:
    hub.members(["di@union.example"], copy="off")
    store = RosterStore.of(hub.config)
    audience = Audience(store)
    audience.look()
    assert _to(audience) == ["an", "bo", "di"]
    own = Parties(frozenset({"di@union.example"}), frozenset())
    assert [one.address[:2] for one in audience.of(WATER).of(own)] == ["an", "bo"]
    assert len(audience.of(WATER)) == 3
    store.close()
