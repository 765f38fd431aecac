"""Mail that waits for moderators has its room: nobody fills the disk with what nobody asked for."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holdingroom
from solicomm_build.ingest import run as stage
from solicomm_build.post import decision
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

LARGE = "long words " * 4000


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(holdingroom, "OF_SENDER", 100_000)
    monkeypatch.setattr(holdingroom, "OF_ALL", 230_000)
    return smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))


def letter(number: int, sender: str, text: str = LARGE) -> Item:
    return item(mail(text, msgid=f"<{number}@union.example>", sender=sender))


def take(hub: Config, *letters: Item) -> dict[str, int]:
    events = maillog.to_nobody()
    for one in letters:
        Spool(hub.spool_in).put([one])
    stage.ingest(hub, once=True, log=events)
    return {name: count for name, count in events.counters().items() if name != "decided"}


def test_who_has_filled_his_room_gets_his_mail_back_with_the_reason(hub: Config) -> None:
    stranger = "stranger@far.example"
    assert take(hub, *(letter(number, stranger) for number in range(4))) == {"hold": 2, "reject": 2}
    repo = open_repo(hub.mail_repo)
    with contextlib.closing(MailStore(repo)) as store:
        assert {one.facts["rule"] for one in store.held()} == {"unproven"}
        made = store.decision("bar", post_id("3@union.example"))
    assert made is not None
    assert decision.decode(made).decision == decision.REJECT
    every = ("cat-file", "--batch-all-objects", "--batch-check=%(objecttype) %(objectsize)")
    sizes = [int(row.split()[1]) for row in repo.git(*every).splitlines() if row[:4] == b"blob"]
    assert sum(size > 20_000 for size in sizes) == 2  # of the others their headers alone are kept


def test_sub_addresses_share_a_room_and_others_have_their_own(hub: Config) -> None:
    assert take(
        hub,
        *(letter(number, f"stranger+{number}@far.example") for number in range(3)),
        letter(7, "somebody@other.example"),
    ) == {"hold": 3, "reject": 1}


def test_all_strangers_together_have_their_room_too(hub: Config) -> None:
    senders = [f"s{number}@far{number}.example" for number in range(8)]
    told = take(hub, *(letter(number, one) for number, one in enumerate(senders)))
    assert told == {"hold": 5, "reject": 3}


def test_small_mail_always_has_room(hub: Config) -> None:
    letters = [letter(number, "stranger@far.example", "Hello") for number in range(30)]
    assert take(hub, *letters) == {"hold": 30}
