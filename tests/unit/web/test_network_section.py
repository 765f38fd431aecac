"""The page *Network* of My hub: what an operator decides about other hubs, by pressing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import knocking
from solicomm_build.features.network.sealed.closed import sharedwith_at
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock, fetching
from solicomm_build.foundation.bell import of_builder
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.member import Browser
from solicomm_build.testing.networks import stranger
from tests.unit.web.myhub import Hub, living, press

HOST, MEMBER = "ana@union.example", "cy@union.example"
NOW = clock.now()
PAGE = "/members/network/"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    config = smallhub.make(tmp_path_factory.mktemp("web") / "hub")
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((HOST, MEMBER), 1)
    ]
    roles = [rosterevents.role(HUB, 1, "host", at=NOW, by="operator")]
    smallhub.add_events(config, [*people, *roles])
    with living(config) as made:
        yield made


@pytest.fixture(scope="module")
def host(hub: Hub) -> Browser:
    return hub.signed_in(HOST)


def test_a_member_has_no_such_page_and_no_say(hub: Hub, host: Browser) -> None:
    card, blob = stranger("none")
    member = hub.signed_in(MEMBER)
    assert PAGE not in member.get("/members/").text
    assert PAGE in host.get("/members/").text
    assert member.get(PAGE).status == 404
    sent = {"do": "add", "same": "1", "card": blob.decode()}
    assert press(member, PAGE, **sent).status == press(member, "/members/no/", **sent).status
    assert card.id not in peering.read(hub.config).peers


def test_a_hub_is_added_by_its_card_only_when_the_words_were_compared(
    hub: Hub, host: Browser
) -> None:
    card, blob = stranger("dock")
    shown = press(host, PAGE, do="look", card=blob.decode())
    assert adding.words(card) in shown.text
    assert "dock &lt;b&gt;" in shown.text
    carried = re.search(r'name="card" value="([^"]+)"', shown.text)
    assert carried
    text = unescape(carried[1])
    press(host, PAGE, do="add", card=text)
    assert card.id not in peering.read(hub.config).peers
    press(host, PAGE, do="add", card=text.replace("dock", "duck"), same="1")
    assert card.id not in peering.read(hub.config).peers
    press(host, PAGE, do="add", card=text, same="1")
    assert peering.read(hub.config).peers[card.id].key == card.key
    assert "dock &lt;b&gt;" in host.get(PAGE).text


def test_an_address_is_asked_for_its_card_and_one_answer_hides_what_is_there(
    hub: Hub, host: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, blob = stranger("far")
    monkeypatch.setattr(fetching, "fetch", lambda url, **_: blob)
    shown = press(host, PAGE, do="look", card="https://far.example")
    assert adding.words(card) in shown.text
    answers = set()
    for answer in (b"", b"<html>"):
        monkeypatch.setattr(fetching, "fetch", lambda url, answer=answer, **_: answer)
        answers.add(press(host, PAGE, do="look", card="https://10.0.0.1").text)

    def refused(url: str, **_: object) -> bytes:
        raise fetching.FetchError("connection refused")

    monkeypatch.setattr(fetching, "fetch", refused)
    answers.add(press(host, PAGE, do="look", card="https://10.0.0.1").text)
    answers.add(press(host, PAGE, do="look", card="http://127.0.0.1").text)
    assert len(answers) == 1
    assert "There is no card of a hub" in answers.pop()


def test_a_conference_is_followed_with_one_button_and_the_rest_is_decided_there(
    hub: Hub, host: Browser
) -> None:
    card, blob = stranger("metal")
    adding.add(hub.config, blob, card, "card")
    page = host.get(PAGE).text
    assert 'value="conferences/water"' in page
    assert 'value="conferences/other"' not in page
    press(host, PAGE, do="follow", hub=card.id, repo="conferences/water", mode="full")
    follow = peering.read(hub.config).follows["conferences/water"]
    assert (follow.home, follow.mode) == (card.id, "full")
    press(host, PAGE, do="quota", hub=card.id, quota="7")
    press(host, PAGE, do="vouch", hub=card.id)
    peer = peering.read(hub.config).peers[card.id]
    assert (peer.quota, peer.is_vouched) == (7, True)
    for bad in ("-1", "x", "99999999999", ""):
        press(host, PAGE, do="quota", hub=card.id, quota=bad)
    press(host, PAGE, do="unvouch", hub=card.id)
    peer = peering.read(hub.config).peers[card.id]
    assert (peer.quota, peer.is_vouched) == (7, False)
    press(host, PAGE, do="unfollow", hub=card.id, repo="conferences/water")
    assert "conferences/water" not in peering.read(hub.config).follows


def test_what_is_wrong_stands_first(hub: Hub, host: Browser) -> None:
    for name in ("aa", "zz"):
        card, blob = stranger(name)
        adding.add(hub.config, blob, card, "card")
    standing.write(hub.config, card.id, Standing(fault="no <answer>", waiting={"water": 3}))
    page = host.get(PAGE).text
    assert page.index("zz &lt;b&gt;") < page.index("aa &lt;b&gt;")
    assert "no &lt;answer&gt;" in page
    assert "3 posts for water are over its quota" in page
    assert "Something is wrong" in host.get("/members/").text


def test_what_is_pressed_wakes_the_stages(hub: Hub, host: Browser) -> None:
    card, blob = stranger("wake")
    bells = (knocking.bell_of(hub.config), of_builder(hub.config.state))
    for bell in bells:
        bell.listen()
    try:
        press(host, PAGE, do="add", card=blob.decode(), same="1")
        press(host, PAGE, do="vouch", hub=card.id)
        assert all(bell.wait(0) for bell in bells)
    finally:
        for bell in bells:
            bell.close()


def test_a_conference_for_members_is_offered_when_its_members_agree_and_taken_back(
    hub: Hub, host: Browser
) -> None:
    card, blob = stranger("friend")
    adding.add(hub.config, blob, card, "card")
    closed = Conference("board", {"en": "Board <b>"}, visibility="members", robots="noindex")
    smallhub.add_conference(hub.config, closed)
    smallhub.add_conference(hub.config, Conference("open", {"en": "Open to all"}))
    repo = open_repo(hub.config.conference_repo("board"))

    def has_it() -> bool:
        return card.id in sharedwith_at(repo, repo.ref()).hubs

    page = host.get(PAGE).text
    assert "Board &lt;b&gt;" in page
    assert 'value="conferences/open"' not in page
    shown = press(host, PAGE, do="offer", hub=card.id, repo="conferences/board")
    assert "goes to the operator of friend &lt;b&gt;" in shown.text
    assert not has_it(), "it is asked about first"
    press(host, PAGE, do="offer-now", hub=card.id, repo="conferences/board")
    assert not has_it(), "nobody said that its members agree"
    for name in ("open", "none"):
        sent = {"do": "offer-now", "agreed": "1", "hub": card.id, "repo": f"conferences/{name}"}
        press(host, PAGE, **sent)
        press(hub.signed_in(MEMBER), PAGE, **(sent | {"repo": "conferences/board"}))
    assert not has_it()
    press(host, PAGE, do="offer-now", agreed="1", hub=card.id, repo="conferences/board")
    assert has_it()
    assert 'value="unoffer"' in host.get(PAGE).text
    press(host, PAGE, do="unoffer", hub=card.id, repo="conferences/board")
    assert not has_it()


def test_a_conference_for_members_that_a_hub_offers_is_followed_with_one_button(
    hub: Hub, host: Browser
) -> None:
    card, blob = stranger("giver")
    adding.add(hub.config, blob, card, "card")
    offered = {"conferences/council": 1, "conferences/elsewhere": 0}
    standing.write(hub.config, card.id, Standing(offered=offered))
    page = host.get(PAGE).text
    assert 'value="conferences/council"' in page
    assert 'value="conferences/elsewhere"' not in page, "its home is another hub"
    press(host, PAGE, do="follow", hub=card.id, repo="conferences/council", mode="full")
    follow = peering.read(hub.config).follows["conferences/council"]
    assert (follow.home, follow.mode) == (card.id, "full")
