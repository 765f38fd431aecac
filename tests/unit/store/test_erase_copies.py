"""Copies of an erased message in mailboxes, spools and the quarantine, however it is called."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

ANA, SECRET = "ana@union.example", "Only the branch office may know this sentence"
SPELLINGS = {
    "Apple's servers": b"Message-id: <1@union.example>",
    "capitals": b"MESSAGE-ID: <1@union.example>",
    "a blank before the colon": b"Message-ID : <1@union.example>",
    "no brackets": b"Message-ID: 1@union.example",
    "a comment": b"Message-ID: (of Ana) <1@union.example>",
    "folded": b"Message-ID:\r\n <1@union.example>",
    "none": b"X-Nothing: 1",
}


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    memberstore.add_mailbox(made, "bo", forward="", keep=True)
    return made


def _mail(spelling: str) -> bytes:
    return mail(SECRET).replace(b"Message-ID: <1@union.example>", SPELLINGS[spelling])


def _taken(hub: Config, *items: Item) -> None:
    Spool(hub.spool_in).put(items)
    ingest(hub, once=True, log=maillog.to_nobody())


def _erased(hub: Config, what: str) -> list[str]:
    """What is left, with the words of it and the address."""
    order, receipt = erase.erase(hub, what, reason="asked", by="op", log=maillog.to_nobody())
    assert receipt.messages
    return [str(one) for one in leftovers.search(hub, receipt, order.needles)]


def _waiting(hub: Config) -> list[Item]:
    spool = Spool(hub.spool_in)
    places = [*spool.pending(), *hub.spool_quarantine.glob("*.mail")]
    return [one for path in places for one in spool.read(path)]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_copy_goes_however_the_message_writes_its_id(hub: Config, spelling: str) -> None:
    """Copies of mail from some providers stayed in mailboxes, spools and the quarantine."""
    raw = _mail(spelling)
    _taken(hub, item(raw, "bar@hub.example", "bo@hub.example"))
    spool = Spool(hub.spool_in)
    spool.put([item(raw, "bar@hub.example")])
    spool.quarantine(item(raw, "gone@hub.example"), "a fault")
    assert len(smallhub.files(hub.mailboxes / "bo.git", "new")) == 1
    assert _erased(hub, ANA) == []
    assert smallhub.files(hub.mailboxes / "bo.git", "new") == {}
    assert _waiting(hub) == []


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_what_was_only_set_aside_goes_with_its_author(hub: Config, spelling: str) -> None:
    Spool(hub.spool_in).quarantine(item(_mail(spelling), "gone@hub.example"), "a fault")
    assert _erased(hub, ANA) == []
    assert _waiting(hub) == []


def test_of_two_messages_with_one_id_the_erased_one_goes(hub: Config) -> None:
    """The second has another id in the conference, and its copy in a mailbox has not."""
    first = mail("Water is a right", sender="Cy <cy@union.example>")
    second = mail(SECRET)
    for raw, sender in ((first, "cy@union.example"), (second, ANA)):
        _taken(hub, item(raw, "bar@hub.example", "bo@hub.example", mail_from=sender))
    told = open_repo(hub.conference_repo("bar")).git("log", "-p", "main").decode()
    apart = re.findall(r"[a-z2-7]{32}@mid-conflict\.invalid", told)
    assert apart
    assert _erased(hub, ANA) == []
    assert list(smallhub.files(hub.mailboxes / "bo.git", "new").values()) == [first]


def test_what_a_killed_ingest_left_of_a_forward_goes(hub: Config) -> None:
    """It lay there for a month, beside the spools."""
    raw = mail(SECRET)
    _taken(hub, item(raw, "bar@hub.example"))
    left = Spool(hub.spool_out.parent / "forwarded")
    left.put([item(raw, "ben@home.example")])
    assert _erased(hub, ANA) == []
    assert left.pending() == []
