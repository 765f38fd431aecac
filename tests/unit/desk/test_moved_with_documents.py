"""A curator, and who handed a document in, takes another address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from solicomm_build.features.library import library as settings
from solicomm_build.features.library.deposits import curators
from solicomm_build.features.library.deposits.deposits import WAITING, Deposits
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub

from .test_ban_stays import by_command, by_mail
from .test_depositing import GUIDE, deposit, hub, to

__all__ = ["hub"]  # a fixture

ANA, NEW, OP = "ana@union.example", "ana@new.example", "op@hub.example"
Moved = Callable[[DeskHub], None]
moves = pytest.mark.parametrize("moved", [by_mail, by_command])


def _settings(hub: DeskHub) -> bytes:
    return smallhub.files(hub.config.library_repo("papers"))[settings.FILE]


@moves
@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("curators: [Ana@Union.Example] # since May\n", "curators: [1] # since May\n"),
        (
            "curators:\n- 'ana@union.example'\n- bo@x.example\n",
            "curators:\n- '1'\n- bo@x.example\n",
        ),
        ("curators: [diana@union.example, ana@union.example]\n", ""),
        ("curators: [1, ana@union.example]\n", ""),
        ("curators: bo@x.example\n", "curators: bo@x.example\n"),
    ],
)
def test_a_curator_whom_a_library_names_by_address_stays_one(
    hub: DeskHub, moved: Moved, said: str, after: str
) -> None:
    before = _settings(hub)
    repo = open_repo(hub.config.library_repo("papers"))
    change = Change(settings.FILE, before + said.encode())
    write_once(repo, [change], message="Curators", when=hub.now)
    was = settings.decode(before + said.encode()).curators
    moved(hub)
    is_one = "bo@x" not in said.partition("\n")[0]
    assert _settings(hub) == before + after.encode() or not after
    rules = curators.rules(hub.config, "papers")
    assert set(rules.curators) == {"1" if one.lower() == ANA else one for one in was}
    hub.member(2, ANA, "water")  # whoever reads that mailbox now
    decide = [one.number for one in curators.of(hub.config, rules, "papers", hub.roster)]
    assert decide == ([1] if is_one else [0])


@moves
def test_what_somebody_handed_in_is_of_the_new_address(hub: DeskHub, moved: Moved) -> None:
    mails = deposit(hub, "Author: Otieno, Grace", ("guide.pdf", GUIDE))
    own, review = to(mails, ANA), to(mails, OP)
    moved(hub)
    (one,) = Deposits(hub.config).all()
    assert one.facts.author == NEW
    (told,) = hub.reply(own, "withdraw")
    (one,) = Deposits(hub.config).all()
    assert one.facts.state == WAITING, "by a letter in a mailbox that is somebody else's"
    assert told.to[0].addr_spec == ANA
    mails = hub.reply(review, "reject It names people", sender=OP)
    assert "It names people" in to(mails, NEW).text
    assert not [mail for mail in mails if mail.to[0].addr_spec == ANA]
