"""A ban is of a person: another address ends none, and takes no trust away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.features.renaming import persons as renaming
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import post_id
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import held, letters, work

ANA, NEW = "ana@union.example", "ana@new.example"


def by_mail(hub: DeskHub) -> None:
    old = next(one for one in hub.ask("solicomm", f"address {NEW}") if one.reply_to)
    (new,) = hub.reply(old)
    hub.reply(new, sender=NEW)


def by_command(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        renaming.rename(hub.config, ANA, NEW)


@pytest.mark.parametrize("moved", [by_mail, by_command])
@pytest.mark.parametrize("place", ["board", "@hub-wide"])
@pytest.mark.parametrize("who", [ANA, "@union.example"])
def test_a_ban_goes_along_with_another_address(
    hub: DeskHub, moved: object, place: str, who: str
) -> None:
    hub.member(1, ANA, "board", "water")
    where = "*" if place == "@hub-wide" else place
    hub.note(rosterevents.standing(where, who, "banned", at=hub.now, by="test"))
    assert callable(moved)
    moved(hub)
    roster = hub.roster
    member = roster.members[1]
    assert member.address == NEW
    assert roster.is_shut_out("board", member)
    assert roster.is_banned("water", NEW) is (where == "*")


@pytest.mark.parametrize("moved", [by_mail, by_command])
def test_trust_goes_along_with_another_address(hub: DeskHub, moved: object) -> None:
    hub.member(1, ANA, "water")
    hub.note(rosterevents.standing("water", ANA, "trusted", at=hub.now, by="test"))
    assert callable(moved)
    moved(hub)
    assert hub.roster.listed_standing("water", NEW) == "trusted"
    assert not hub.roster.listed_standing("water", ANA), "it may be somebody else's by now"
    assert not hub.roster.listed_standing("board", NEW)


def test_a_ban_that_is_taken_back_ends_at_the_address_of_today(hub: DeskHub) -> None:
    eve, new, mod = "eve@x.example", "eve@new.example", "mod@union.example"
    hub.member(1, mod, "water", role="moderator")
    hub.member(2, eve, "board")
    held(hub, 1)
    letters(hub)
    mid = post_id("1@x.example")
    hub.ask("water-request", f"decide ban {mid}", sender=mod)
    work(hub)
    assert hub.roster.is_banned("water", eve)
    with clock.fixed(hub.now):
        renaming.rename(hub.config, eve, new)
    assert hub.roster.is_banned("water", new)
    assert hub.roster.is_banned("water", eve), "nobody comes back by the old one"
    hub.ask("water-request", f"decide undo {mid}", sender=mod)
    work(hub)
    assert not hub.roster.is_banned("water", new)
    assert not hub.roster.is_banned("water", eve)


@pytest.mark.parametrize("decided", ["ban", "trust"])
def test_what_is_decided_after_a_move_is_of_who_wrote_before(hub: DeskHub, decided: str) -> None:
    eve, new, mod = "eve@x.example", "eve@new.example", "mod@union.example"
    hub.member(1, mod, "water", role="moderator")
    hub.member(2, eve, "board")
    held(hub, 1)
    letters(hub)
    hub.now += timedelta(seconds=1)
    with clock.fixed(hub.now):
        renaming.rename(hub.config, eve, new)
    mid = post_id("1@x.example")
    hub.ask("water-request", f"decide {decided} {mid}", sender=mod)
    work(hub)
    wanted = {"ban": "banned", "trust": "trusted"}[decided]
    assert hub.roster.listed_standing("water", new) == wanted
    kept = wanted if decided == "ban" else ""
    assert hub.roster.listed_standing("water", eve) == kept, "it may be somebody else's by now"
    hub.member(3, eve, "board")
    hub.ask("water-request", f"decide undo {mid}", sender=mod)
    work(hub)
    assert not hub.roster.listed_standing("water", new)
    assert not hub.roster.listed_standing("water", eve)
