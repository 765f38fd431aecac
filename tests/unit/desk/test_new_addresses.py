"""`address NEW`: who writes it hears what becomes of it, whatever the address is."""

from __future__ import annotations

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.sites.siteedits import Editors
from solicomm_build.gate import ssh
from solicomm_build.people import access, memberstore
from solicomm_build.testing.deskhub import DeskHub

ANA = "ana@union.example"
HOW = "Please write the new address after the word"


def test_a_new_address_may_begin_as_a_list_is_called(hub: DeskHub) -> None:
    hub.member(4, "ana@union.example", "board")
    letters = hub.ask("solicomm", "address water@new.example")
    assert any("water@new.example" in one.text for one in letters)
    assert len(letters) == 2


@pytest.mark.parametrize("proven", [True, False])
@pytest.mark.parametrize(
    "new",
    [ANA, "Ana@Union.Example", "water@hub.example", "water-join@hub.example", "a@[192.0.2.1]"],
)
def test_what_can_be_no_new_address_is_told(hub: DeskHub, new: str, proven: bool) -> None:
    """Many write from the new address, which then names itself."""
    hub.member(4, ANA, "water")
    (told,) = hub.ask("water-request", f"address {new}", proven=proven)
    assert HOW in told.text
    assert not hub.roster.tokens.facts


def test_another_new_address_on_the_same_day_is_asked_about(hub: DeskHub) -> None:
    hub.member(4, ANA, "water")
    for new in ("ana@nwe.example", "ana@new.example"):
        letters = hub.ask("water-request", f"address {new}")
        assert any(new in one.text and one.reply_to for one in letters)


def test_what_somebody_may_edit_goes_to_the_new_address(hub: DeskHub) -> None:
    founding.new_union(hub.config, "docks", title="Docks", lang="en")
    hub.member(4, ANA, "water")
    _, secret = access.issue(hub.config, ANA, ["unions/docks"])
    access.issue(hub.config, "bo", ["unions/docks"])
    old = next(one for one in hub.ask("water-request", "address ana@new.example") if one.reply_to)
    (new,) = hub.reply(old)
    assert Editors(hub.config).of_address(ANA, "docks") is not None
    hub.reply(new, sender="ana@new.example")
    assert hub.roster.member("ana@new.example") is not None
    editors = Editors(hub.config)
    assert editors.of_address(ANA, "docks") is None, "the old mailbox may be somebody else's"
    grant = access.Access(hub.config).of_token(secret)
    assert grant is not None
    assert editors.of_address("ana@new.example", "docks") == grant
    assert [one.person for one in access.of_address(hub.config, "bo@hub.example")] == ["bo"]


def test_mail_that_is_sent_on_to_the_old_address_goes_to_the_new_one(hub: DeskHub) -> None:
    hub.member(4, ANA, "water")
    memberstore.add_mailbox(hub.config, "paz", forward=ANA, keep=True)
    old = next(one for one in hub.ask("water-request", "address ana@new.example") if one.reply_to)
    (new,) = hub.reply(old)
    hub.reply(new, sender="ana@new.example")
    (rule,) = memberstore.mailboxes(hub.config)
    assert (rule.forward, rule.keep) == ("ana@new.example", True)


def test_what_a_key_of_ssh_opens_goes_along_too(hub: DeskHub) -> None:
    """Whoever read the old mailbox got a link to edit the site; the line for sshd names it."""
    founding.new_union(hub.config, "docks", title="Docks", lang="en")
    hub.member(4, ANA, "water")
    access.issue(hub.config, ANA, ["unions/docks"], key="SHA256:x")
    old = next(one for one in hub.ask("water-request", "address ana@new.example") if one.reply_to)
    (new,) = hub.reply(old)
    hub.reply(new, sender="ana@new.example")
    editors = Editors(hub.config)
    assert editors.of_address(ANA, "docks") is None
    grant = editors.of_address("ana@new.example", "docks")
    assert grant is not None
    assert ssh._grant(hub.config, ANA, "unions/docks", writes=True) == grant
