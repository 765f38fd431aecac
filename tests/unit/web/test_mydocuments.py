"""Documents in My hub: the own ones, and those that wait for a curator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits.deposits import (
    ASKED,
    EXPIRED,
    KNOWN,
    PUBLISHED,
    REJECTED,
    WAITING,
    WITHDRAWN,
    Deposits,
    Facts,
)
from solicomm_build.features.library.library import FILE
from solicomm_build.foundation import clock
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.people import token as tokens
from solicomm_build.people.membership import TokenFacts
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import smallhub
from solicomm_build.testing.member import Browser
from tests.unit.web.myhub import Hub, living, press

ANA, BEA, CUR, OTHER = (f"{name}@union.example" for name in ("ana", "bea", "cur", "other"))
OWN, REVIEW = "/members/documents/", "/members/review/"
HEAT, DUST = "2026-7qk3xa2m", "2026-aaaaaaaa"
NOW = clock.now().replace(microsecond=0)


def hand_in(
    hub: Hub, key: str, title: str, author: str, state: str = WAITING, text: str = ""
) -> None:
    at = (NOW - timedelta(minutes=len(list(Deposits(hub.config).facts())))).isoformat()
    facts = Facts("papers", author, "en", at, state, text=text)
    entry = entries.Entry(f"lib:{key}", "report", {"en": title}, languages=("en",))
    Deposits(hub.config).put(facts, entry, [])


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    config = smallhub.make(tmp_path / "hub")
    for name in ("papers", "plans"):
        new_library(config, name, title=name.title(), lang="en")
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((ANA, BEA, CUR, OTHER), 1)
    ]
    roles = [
        rosterevents.role("papers", 3, "moderator", at=NOW, by="test"),
        rosterevents.role("plans", 4, "moderator", at=NOW, by="test"),
    ]
    smallhub.add_events(config, [*people, *roles])
    with living(config) as hub:
        yield hub


def given(hub: Hub, seen: str) -> TokenFacts:
    """What the token in an address allows now."""
    facts = hub.roster().tokens.valid(
        tokens.digest(seen.partition("?")[0].rpartition("/")[2]), clock.now()
    )
    assert facts is not None
    return facts


def test_a_member_sees_what_she_handed_in_and_nobody_elses(hub: Hub) -> None:
    hand_in(hub, HEAT, "Heat at work", ANA.upper())
    hand_in(hub, DUST, "Dust at work", BEA)
    ana, other = hub.signed_in(ANA), hub.signed_in(OTHER)
    assert "You handed in 1 document" in ana.get("/members/").text
    shown = ana.get(OWN).text
    assert "Heat at work" in shown
    assert "It waits until somebody looks at it." in shown
    assert "Papers" in shown
    assert "Dust" not in shown
    assert 'id="documents"' not in other.get("/members/").text
    assert "You handed in nothing" in other.get(OWN).text


@pytest.mark.parametrize(
    ("state", "text", "said", "link"),
    [
        (ASKED, "", "We asked you by mail", ""),
        (PUBLISHED, "", "It is published.", f"/libraries/papers/{HEAT}/"),
        (KNOWN, f"lib:{DUST}", "has this document already", f"/libraries/papers/{DUST}/"),
        (REJECTED, "Not <i>ours", "Not &lt;i&gt;ours", ""),
        (EXPIRED, "", "Nobody decided about it", ""),
        (WITHDRAWN, "", "You took it back.", ""),
    ],
)
def test_each_document_has_its_state_and_where_it_is(
    hub: Hub, state: str, text: str, said: str, link: str
) -> None:
    hand_in(hub, HEAT, "Heat", ANA, state, text)
    ana = hub.signed_in(ANA)
    shown = ana.get(OWN).text
    assert said in shown
    assert ("/libraries/papers/" in shown) is bool(link)
    assert link in shown
    assert ("Look at the card" in shown) is (state == ASKED)
    opened = press(ana, OWN, do="open", deposit=HEAT)
    assert (opened.status == 303) is (state == ASKED), "what is decided has no card to change"


def test_the_button_leads_to_the_own_card_and_to_nobody_elses(hub: Hub) -> None:
    hand_in(hub, HEAT, "Heat", ANA)
    ana, bea = hub.signed_in(ANA), hub.signed_in(BEA)
    for stranger in (bea, hub.signed_in(CUR)):
        assert press(stranger, OWN, do="open", deposit=HEAT).status == 400
    for name in ("", "..", f"../deposits/{HEAT}", DUST):
        assert press(ana, OWN, do="open", deposit=name).status == 400
    ana.get(OWN)
    assert ana.send(OWN, {"do": "open", "deposit": HEAT}).status == 403, "a form without the mark"
    own = [one for one in hub.roster().tokens.facts.values() if one.action == "deposit"]
    assert own == [], "looking and guessing give nothing"
    where = press(ana, OWN, do="open", deposit=HEAT)["location"]
    assert where.startswith("/card/")
    facts = given(hub, where)
    assert (facts.action, facts.address) == ("deposit", ANA)
    assert timedelta(days=13) < facts.expires - clock.now() <= timedelta(days=14)
    assert "Take the document back" in ana.get(where).text
    again = press(ana, OWN, do="open", deposit=HEAT)["location"]
    assert ana.get(where).status == 404, "pressing again ends the one before"
    assert ana.get(again).status == 200


def test_who_looks_after_a_library_decides_from_my_hub(hub: Hub) -> None:
    hand_in(hub, HEAT, "Heat", ANA)
    hand_in(hub, DUST, "Dust", BEA, ASKED)
    cur = hub.signed_in(CUR)
    assert "1 document waits for your word" in cur.get("/members/").text
    shown = cur.get(REVIEW).text
    assert "Heat" in shown
    assert ANA in shown
    assert "Dust" not in shown, "its sender has not answered yet"
    where = press(cur, REVIEW, do="open", deposit=HEAT)["location"]
    facts = given(hub, where)
    assert (facts.action, facts.address, facts.data["number"]) == ("review", CUR, 3)
    path = where.partition("?")[0]
    assert "Publish it" in cur.get(path).text
    assert cur.send(path, {"do": "accept"}).status == 303
    (row,) = CardStore(hub.config, "papers").rows()
    assert CardStore(hub.config, "papers").read(row.key).provenance.reviewed_by == "member:3"
    assert 'id="review"' not in cur.get("/members/").text
    assert f"/libraries/papers/{HEAT}/" in hub.signed_in(ANA).get(OWN).text


def test_nobody_else_learns_what_waits(hub: Hub) -> None:
    hand_in(hub, HEAT, "Heat", ANA)
    for who in (ANA, OTHER):
        browser = hub.signed_in(who)
        assert 'id="review"' not in browser.get("/members/").text
        assert browser.get(REVIEW) == browser.get("/members/nothing/")
        there = press(browser, REVIEW, do="open", deposit=HEAT)
        assert there.status == 400
        assert there == press(browser, REVIEW, do="open", deposit=DUST), "whether it is there"
    for place in (OWN, REVIEW):
        stranger = Browser(hub.address).get(place)
        assert stranger.status == 303
        assert stranger["location"].startswith("/login/")


def test_curators_that_the_library_names_decide_alone(hub: Hub) -> None:
    hand_in(hub, HEAT, "Heat", ANA)
    name_curators(hub, "4")
    assert 'id="review"' not in hub.signed_in(CUR).get("/members/").text
    where = press(hub.signed_in(OTHER), REVIEW, do="open", deposit=HEAT)["location"]
    assert re.fullmatch(r"/review/[a-z2-7]{26}\?done=1", where)


def name_curators(hub: Hub, *named: str) -> None:
    """Has the library name its curators."""
    repo = hub.config.library_repo("papers")
    blob = smallhub.files(repo)[FILE] + f"curators: [{', '.join(map(repr, named))}]\n".encode()
    write_once(open_repo(repo), [Change(FILE, blob)], message="x\n", when=NOW)
