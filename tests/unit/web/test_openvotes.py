"""Open votes in My hub: for who may vote, each with the way to the own page."""

from __future__ import annotations

import re

from solicomm_build.foundation import clock
from solicomm_build.people.sessions import Sessions
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import Address
from tests.unit.web.test_votepage import PROPOSAL, hub, opened

__all__ = ["hub"]


def signed_in(hub: DeskHub, address: Address, number: int) -> Browser:
    sessions, browser = Sessions(hub.config), Browser(address)
    browser.send(f"/login/{sessions.link(number, '', clock.now())}")
    sessions.close()
    return browser


def test_a_voter_finds_the_vote_and_casts_it_from_there(hub: DeskHub) -> None:
    opened(hub, PROPOSAL)
    hub.member(7, "late@union.example", "water", lang="en")
    hub.member(8, "away@union.example", "board", lang="en")
    with hub.at_work(), webserver.running(hub.config) as address:
        ana, late, away = (signed_in(hub, address, number) for number in (2, 7, 8))
        shown = ana.get("/members/").text
        assert "Shall we join?" in shown
        found = re.search(r'href="(/vote/q-[a-z0-9]+\.[a-z2-7]{26})"', shown)
        assert found is not None
        assert "you have voted" not in shown
        for other in (late, away):
            assert "Shall we join?" not in other.get("/members/").text
        form = ana.get(found[1]).text
        name, value = re.findall(r'<input type="radio" name="([^"]+)" value="([^"]+)"', form)[0]
        assert ana.send(found[1], {name: value}).status in (200, 303)
        assert "you have voted" in ana.get("/members/votes/").text
