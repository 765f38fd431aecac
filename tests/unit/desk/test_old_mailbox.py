"""What lies in the mailbox of an address that is nobody's here any more opens nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from solicomm_build.features.lists import inviting
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.features.removing import persons as removing
from solicomm_build.features.renaming import persons as renaming
from solicomm_build.foundation import clock
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_ban_stays import by_mail
from tests.unit.desk.test_moderation_mail import held, work

ANA, NEW = "ana@union.example", "ana@new.example"


def _another_address(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        renaming.rename(hub.config, ANA, NEW)


def _moved(hub: DeskHub) -> None:
    """By both addresses' yes, as `address NEW` asks for."""
    member = hub.roster.members[1]
    hub.note(
        rosterevents.member(
            1,
            NEW,
            at=hub.now,
            consent=rosterevents.Consent("mail", "both addresses confirmed"),
            name=member.name,
            lang=member.lang,
        )
    )


def _gone(hub: DeskHub) -> None:
    with clock.fixed(hub.now):
        removing.remove(hub.config, ANA)


@pytest.mark.parametrize("ended", [_another_address, _gone])
def test_a_goodbye_leads_nobody_back_to_a_closed_list(hub: DeskHub, ended: object) -> None:
    hub.member(1, ANA, "board", "water")
    (goodbye,) = hub.ask("board-leave")
    assert callable(ended)
    ended(hub)
    (told,) = hub.reply(goodbye)
    assert told.subject == "Nothing left to confirm"
    assert not hub.roster.subscriptions["board"]
    assert hub.roster.next_number == 2


def test_a_goodbye_brings_back_who_moved_meanwhile(hub: DeskHub) -> None:
    hub.member(1, ANA, "board", digest="weekly")
    (goodbye,) = hub.ask("board-leave")
    _moved(hub)
    hub.reply(goodbye)
    assert hub.roster.subscriptions["board"] == {1: {"digest": "weekly"}}
    assert hub.roster.next_number == 2, "no second person at the address of before"


@pytest.mark.parametrize("ended", [_another_address, _gone])
def test_an_invitation_opens_no_closed_list(hub: DeskHub, ended: object) -> None:
    hub.member(1, ANA, "water")
    with clock.fixed(hub.now):
        inviting.invite(hub.config, "board", [Mailbox("Ana", ANA)])
    asked = parse(hub.sent()[-1].raw)
    assert callable(ended)
    ended(hub)
    hub.reply(asked)
    assert not hub.roster.subscriptions["board"]


def test_an_invitation_is_of_who_got_it_and_of_no_mailbox(hub: DeskHub) -> None:
    """As where an office gives the mailbox of who has gone to somebody else."""
    hub.member(1, ANA, "water")
    with clock.fixed(hub.now):
        inviting.invite(hub.config, "board", [Mailbox("Ana", ANA)])
    asked = parse(hub.sent()[-1].raw)
    by_mail(hub)
    (told,) = hub.reply(asked)
    assert told.to[0].addr_spec == NEW
    assert [*hub.roster.subscriptions["board"]] == [1]
    assert hub.roster.next_number == 2


def test_a_moderators_letters_go_to_the_new_address_and_decide_there_alone(hub: DeskHub) -> None:
    hub.member(1, ANA, "board", role="moderator")
    (asked,) = hub.ask("board-join", sender="eve@evil.example")
    request = hub.reply(asked, sender="eve@evil.example")[-1]
    assert request.to[0].addr_spec == ANA
    _another_address(hub)
    (again,) = [parse(one.raw) for one in hub.work()]
    assert again.to[0].addr_spec == NEW
    (told,) = hub.reply(request, "accept")
    assert told.to[0].addr_spec == ANA
    assert "Only moderators can do that." in told.text
    assert not hub.roster.is_listed("board", "eve@evil.example")
    hub.reply(again, "accept", sender=NEW)
    assert hub.roster.is_listed("board", "eve@evil.example")


@pytest.mark.parametrize("moved", [_another_address, _moved])
def test_a_request_to_join_is_of_who_asked_and_of_no_address(hub: DeskHub, moved: object) -> None:
    hub.member(1, ANA, "water")
    hub.member(2, "mod@union.example", "board", role="moderator")
    request = hub.reply(hub.ask("board-join")[0])[-1]
    assert request.to[0].addr_spec == "mod@union.example"
    assert callable(moved)
    moved(hub)
    letters = hub.reply(request, "accept", sender="mod@union.example")
    assert {one.to[0].addr_spec for one in letters} == {NEW, "mod@union.example"}
    assert set(hub.roster.subscriptions["board"]) == {1, 2}
    assert hub.roster.member(ANA) is None, "whoever reads that mailbox read a closed list"
    assert hub.roster.next_number == 3


def test_no_card_is_shown_in_the_name_of_who_had_the_address(hub: DeskHub) -> None:
    hub.member(1, ANA, "water", name="Ana Paz")
    (form,) = hub.ask("solicomm", "card")
    (question,) = hub.reply(form, "Name: Amina")
    _another_address(hub)
    for letter in (form, question):
        hub.reply(letter, "Name: Nobody")
    assert hub.roster.ledger(CardHolders).of(1) is None


def test_what_became_of_a_message_is_told_at_the_new_address(hub: DeskHub) -> None:
    eve, new, mod = "eve@x.example", "eve@new.example", "mod@union.example"
    hub.member(1, mod, "water", role="moderator")
    hub.member(2, eve, "board")
    held(hub, 1)
    hub.work()
    hub.now += timedelta(seconds=1)
    with clock.fixed(hub.now):
        renaming.rename(hub.config, eve, new)
    text = f"decide reject {post_id('1@x.example')}\nstop\n\nIt names Bo.\n"
    mails = hub.ask("water-request", text, sender=mod)
    work(hub)
    mails += [parse(one.raw) for one in hub.work()]
    (told,) = [one for one in mails if "It names Bo" in one.text and one.to[0].addr_spec != mod]
    assert told.to[0].addr_spec == new
