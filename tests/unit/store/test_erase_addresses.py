"""A person is erased with all addresses: those of before, and each however it is written."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.deposits.deposits import Deposits, Facts
from solicomm_build.features.privacy import erase, forgotten, leftovers
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import access, rosterevents
from solicomm_build.people.memberstore import changing
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.erasing import Cutter
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

OLD, NEW = "ana@union.example", "paz@home.example"
CONSENT = Consent("mail", "confirmed 4f")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with two members."""
    bar = Conference("bar", {"en": "Bar"}, kind="list", posting="open")
    made = smallhub.make(tmp_path / "hub", bar)
    smallhub.add_events(
        made,
        [
            rosterevents.member(1, OLD, at=BEGUN, consent=CONSENT, name="Ana Paz"),
            rosterevents.member(2, "bo@union.example", at=BEGUN, consent=CONSENT, name="Bo"),
            rosterevents.subscribe("bar", 1, at=BEGUN, consent=CONSENT),
        ],
    )
    return made


def _moved(hub: Config, number: int, address: str) -> None:
    """A member has another address from now on."""
    event = rosterevents.member(number, address, at=BEGUN, consent=CONSENT, name="Ana Paz")
    smallhub.add_events(hub, [event])


def _post(hub: Config, number: int, sender: str, text: str = "Words of mine") -> PostId:
    raw = mail(text, msgid=f"<{number}@union.example>", sender=f"Ana <{sender}>")
    Spool(hub.spool_in).put([item(raw, "bar@hub.example", mail_from="x@union.example")])
    ingest(hub, once=True, log=maillog.to_nobody())
    return post_id(f"{number}@union.example")


def _history(hub: Config) -> str:
    return open_repo(hub.roster_repo).git("log", "-p", "--all").decode()


def _roster(hub: Config) -> Roster:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        return store.roster()
    finally:
        store.close()


def _erase(hub: Config, what: str) -> set[str]:
    order, receipt = erase.erase(hub, what, reason="asked", by="op", log=maillog.to_nobody())
    assert [str(one) for one in leftovers.search(hub, receipt, order.needles)] == []
    return set(receipt.messages)


def test_what_came_from_earlier_addresses_goes_too(hub: Config) -> None:
    first = _post(hub, 1, OLD)
    facts = Facts("papers", OLD, "en", BEGUN.isoformat(), "waiting")
    Deposits(hub).put(facts, Entry("lib:2026-aaaaaaaa", "report", {"en": "P"}), [])
    _, token = access.issue(hub, OLD, ["conferences/bar"])
    _moved(hub, 1, NEW)
    second = _post(hub, 2, NEW)
    assert _erase(hub, NEW) == {first, second}
    assert not (hub.private / "deposits" / "2026-aaaaaaaa").exists()
    assert access.Access(hub).of_token(token) is None
    assert OLD not in open_repo(hub.access_repo).git("log", "-p", "--all").decode()
    assert OLD not in _history(hub)
    assert OLD not in "".join(path.read_text() for path in hub.private.glob("erasures/*"))


def test_an_earlier_address_names_the_one_of_today(hub: Config) -> None:
    """Only what came from the old one went, and the member's consent, and the person stayed."""
    _post(hub, 1, OLD)
    _moved(hub, 1, NEW)
    before = _history(hub)
    with pytest.raises(HubError, match=f"solicomm erase {NEW}"):
        erase.erase(hub, "Ana@Union.example", reason="asked", by="op")
    assert _history(hub) == before


def test_an_address_that_is_somebody_elses_by_now_leaves_who_had_it(hub: Config) -> None:
    _moved(hub, 1, NEW)
    _moved(hub, 2, OLD)
    mine = _post(hub, 1, OLD)
    _post(hub, 2, NEW)
    assert _erase(hub, OLD) == {mine}
    folded = _roster(hub)
    ana = folded.member(NEW)
    assert ana is not None
    assert (ana.number, ana.name) == (1, "Ana Paz")
    assert folded.refused == []
    assert _history(hub).count("confirmed 4f") == 3, "her consents stay"
    assert OLD not in _history(hub)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("ida@xn--bcher-kva.example", "Ida@bücher.example"),
        ("ida@bücher.example", "ida@xn--bcher-kva.example"),
    ],
)
def test_another_spelling_of_an_address_is_the_same_address(
    hub: Config, kept: str, typed: str
) -> None:
    smallhub.add_events(hub, [rosterevents.member(3, kept, at=BEGUN, consent=CONSENT)])
    facts = Facts("papers", kept, "en", BEGUN.isoformat(), "waiting")
    Deposits(hub).put(facts, Entry("lib:2026-bbbbbbbb", "report", {"en": "P"}), [])
    mine = {_post(hub, 1, "ida@bücher.example"), _post(hub, 2, "IDA@xn--bcher-kva.example", "Two")}
    assert _erase(hub, typed) == mine
    assert kept not in _history(hub)
    assert not (hub.private / "deposits" / "2026-bbbbbbbb").exists()


def test_what_is_written_of_a_person_meanwhile_goes_too(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two brought the person back into the roster: who wrote while it was searched, and a stage
    that had read it before, and wrote after it was written anew."""
    own, held, is_cut = forgotten.from_roster, threading.Event(), threading.Event()

    def write() -> None:
        moved = rosterevents.member(1, OLD, at=BEGUN, consent=CONSENT, name="Ana Paz")
        smallhub.add_events(hub, [moved, rosterevents.subscribe("x", 1, at=BEGUN, consent=CONSENT)])

    def stage() -> None:
        with changing(hub):
            held.set()
            is_cut.wait(10)
            write()

    def busy(repo: Repo, number: int, addresses: list[str], cut: Cutter, *rest: Any) -> None:
        def meanwhile(*facts: Any) -> None:
            if not is_cut.is_set():
                write()
            cut(*facts)
            is_cut.set()

        at_work = threading.Thread(target=stage)
        at_work.start()
        held.wait(10)
        own(repo, number, addresses, meanwhile, *rest)
        at_work.join()

    monkeypatch.setattr(forgotten, "from_roster", busy)
    _erase(hub, OLD)
    assert OLD not in _history(hub)
    assert "Ana Paz" not in _history(hub)
    assert _roster(hub).members[1].state == "removed"
