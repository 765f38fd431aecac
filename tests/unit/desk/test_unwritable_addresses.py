"""Addresses that no letter can be written to keep nobody else from theirs."""

from __future__ import annotations

import pytest

from solicomm_build.desk.answer import reaches
from solicomm_build.features.lists import inviting
from solicomm_build.foundation.errors import AddressError
from solicomm_build.foundation.types import Mailbox
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import held, letters, to

MOD = "mod@union.example"
ODD = ('"a b"@x.example', "ana@[192.0.2.1]")


@pytest.mark.parametrize("author", ODD)
@pytest.mark.parametrize("proven", [True, False])
def test_who_cannot_be_written_to_does_not_end_the_desk(
    hub: DeskHub, author: str, proven: bool
) -> None:
    hub.member(1, MOD, "water", role="moderator")
    held(hub, 1, sender=author, proven=proven)
    held(hub, 2)
    sent = letters(hub)
    assert len(to(sent, MOD)) == 2, "moderators hear of both at once: nobody else can be asked"
    assert len(to(sent, "eve@x.example")) == 1, "that it waits"
    assert letters(hub) == []


@pytest.mark.parametrize("author", ODD)
def test_a_moderator_who_cannot_be_written_to_keeps_no_other_from_the_notice(
    hub: DeskHub, author: str
) -> None:
    hub.member(1, author, "water", role="moderator")
    hub.member(2, MOD, "water", role="moderator")
    held(hub, 1)
    assert len(to(letters(hub), MOD)) == 1


def test_a_command_of_who_cannot_be_answered_is_carried_out(hub: DeskHub) -> None:
    hub.member(1, ODD[0], "water")
    assert hub.ask("water-request", "set mail off", sender=ODD[0]) == []
    assert hub.roster.subscriptions["water"][1] == {"mail": "off"}
    assert hub.ask("board-join", sender=ODD[0]) == []
    assert not hub.roster.tokens.facts, "what nobody gets is not given out"
    assert hub.aside() == []


def test_a_machine_with_an_underscore_in_its_name_is_written_to(hub: DeskHub) -> None:
    hub.member(1, MOD, "water", role="moderator")
    held(hub, 1, sender="eve@x_1.x.example")
    assert len(to(letters(hub), "eve@x_1.x.example")) == 1
    (asked,) = hub.ask("water-join", sender="ana@my_host.example")
    hub.reply(asked, sender="ana@my_host.example")
    assert hub.roster.is_listed("water", "ana@my_host.example")


@pytest.mark.parametrize("address", ODD)
def test_nobody_is_invited_at_such_an_address(hub: DeskHub, address: str) -> None:
    assert not reaches(address)
    with pytest.raises(AddressError):
        inviting.invite(hub.config, "water", [Mailbox("", address)])
