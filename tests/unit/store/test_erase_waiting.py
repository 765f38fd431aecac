"""What a person wrote and waits still, or was set aside, is erased with the person."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase, leftovers, personal
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Mailbox, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

ANA, SECRET = "ana@union.example", b"Only the branch office may know this sentence"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with a member whose mail waits and lies in quarantine, beside somebody else's."""
    made = smallhub.make(tmp_path / "hub")
    memberstore.subscribe(made, "bar", [Mailbox("Ana", ANA)])
    memberstore.add_mailbox(made, "bo", forward="", keep=True)
    spool = Spool(made.spool_in)
    spool.put([item(_mail(1)), item(_mail(2, sender="Bo <bo@union.example>"))])
    spool.put([item(_mail(3), "bo@hub.example")])
    spool.quarantine(item(_mail(4), "gone@hub.example"), "a fault")
    spool.quarantine(item(_mail(5, sender="Bo <bo@union.example>")), "a fault")
    return made


def _mail(number: int, sender: str = "Ana <Ana@Union.example>") -> bytes:
    return mail(SECRET.decode(), msgid=f"<{number}@union.example>", sender=sender)


def _waiting(hub: Config) -> list[bytes]:
    spool = Spool(hub.spool_in)
    places = [*spool.pending(), *hub.spool_quarantine.glob("*.mail")]
    return sorted(one.raw for path in places for one in spool.read(path))


def test_mail_that_waits_or_was_set_aside_goes(hub: Config) -> None:
    """It was posted by the next ingest, and lay in the quarantine for ever, under the name of who
    was erased; what somebody sent to a person's own address is that person's."""
    _, receipt = erase.erase(hub, ANA, reason="asked", by="op", log=maillog.to_nobody())
    assert set(receipt.messages) == {post_id(f"{one}@union.example") for one in (1, 4)}
    others = [_mail(number, "Bo <bo@union.example>") for number in (2, 5)]
    assert _waiting(hub) == sorted([*others, _mail(3)])
    ingest(hub, once=True, log=maillog.to_nobody())
    told = open_repo(hub.conference_repo("bar")).git("log", "-p", "main")
    assert told.count(SECRET) == 1
    assert b"Ana" not in told
    assert (hub.mailboxes / "bo.git").is_dir()
    assert list(leftovers.search(hub, receipt)) == []


def test_who_has_nothing_but_mail_in_quarantine_can_be_erased(hub: Config) -> None:
    erase.erase(hub, "bo@union.example", reason="asked", by="op", log=maillog.to_nobody())
    assert all(b"Bo <" not in one for one in _waiting(hub))
    with pytest.raises(HubError):
        erase.erase(hub, "cy@union.example", reason="asked", by="op")


def test_what_somebody_wrote_into_a_form_for_joining_goes(hub: Config) -> None:
    """The letter to the union says who wants to join and where he works; one that could not be sent
    lay in the quarantine, and nothing was known by that name."""
    now, out = smallhub.BEGUN, Spool(hub.spool_out)
    for number, who in enumerate(("Cy <cy@works.example>", "Di <di@works.example>"), 7):
        raw = mail(
            f"{who} of the night shift", f"Reply-To: {who}", msgid=f"<join-{number}@hub.example>"
        )
        raw = raw.replace(b"From: Ana <ana@union.example>", b"From: Metal <solicomm@hub.example>")
        letter = Item(
            Envelope("postmaster@hub.example", ("office@m.example",), now, ours=True), raw
        )
        out.put([letter])
        out.quarantine(letter, "550 no such user")
    erase.erase(hub, "CY@works.example", reason="asked", by="op", log=maillog.to_nobody())
    left = [one.raw for path in out.pending() for one in out.read(path)]
    left += _waiting(hub)
    assert not [one for one in left if b"cy@works.example" in one]
    assert len([one for one in left if b"di@works.example" in one]) == 2


def test_its_author_is_told_of_mail_that_was_set_aside(hub: Config) -> None:
    """It is kept for half a year, and `mydata` said that nothing was; but what somebody sent to a
    person's own address is that person's."""
    spool = Spool(hub.spool_in)
    spool.quarantine(item(_mail(6), "bo@hub.example"), "a fault")
    spool.quarantine(item(_mail(7) + b"x" * 70_000), "a fault")
    store = RosterStore.of(hub)
    kept = personal.about(hub, ANA, store.roster()).facts["set_aside"]
    store.close()
    assert sorted(bool(one.get("message")) for one in kept) == [False, True]
    (whole,) = [one for one in kept if "message" in one]
    assert (whole["to"], "<4@union.example>" in whole["message"]) == (["gone@hub.example"], True)
