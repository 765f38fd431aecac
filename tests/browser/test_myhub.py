"""My hub in a real browser: on a phone and at a desk, light and dark, in Arabic, with and without
scripts; what a member and a moderator press, counted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from solicomm_build.foundation import clock
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, judges, smallhub
from tests.unit.web.myhub import Hub, living
from tests.unit.web.test_waiting import held, made

MOD, ANA, OMAR = "mod@union.example", "ana@union.example", "omar@union.example"
TITLES = {"en": "Water for all", "ar": "الماء للجميع"}
WATER = Conference("water", TITLES, posting="moderated", languages=("en", "ar"))
FIRE = Conference("fire", {"en": "Fire"}, posting="open")
NOW = clock.now()
PATHS = (
    "",
    "lists/",
    "lists/water/",
    "lists/join/",
    "new/",
    "answers/",
    "topics/",
    "votes/",
    "votes/new/",
    "votes/new/water/",
    "meetings/",
    "meetings/new/",
    "meetings/new/water/",
    "posts/",
    "documents/",
    "settings/",
    "card/",
    "data/",
    "browsers/",
    "passkeys/",
    "reading/",
    "moderate/",
    "moderate/water/",
    "decided/",
    "onlist/water/",
    "returned/water/",
)
LOOKS = {
    "phone": (360, "light", 2),
    "desk, in the dark": (1280, "dark", 2),
    "phone, in Arabic": (360, "dark", 3),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root: Path = tmp_path_factory.mktemp("myhub") / "hub"
    config = smallhub.make(root, WATER, FIRE)
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang=lang)
        for number, address, lang in ((1, ANA, "en"), (2, MOD, "en"), (3, OMAR, "ar"))
    ]
    on = [
        rosterevents.subscribe("water", number, at=NOW, consent=Consent("mail"))
        for number in (1, 2, 3)
    ]
    staff = [
        rosterevents.role("water", number, "moderator", at=NOW, by="test") for number in (2, 3)
    ]
    smallhub.add_events(config, [*people, *on, *staff])
    hubs.add(config, "water", [hubs.post("m1", subject="Pipes")])
    hubs.build(config)
    with living(config) as hub:
        held(hub, 1, "Let me in: " + "https://union.example/a/very/long/address/" * 4)
        yield hub


def signed_in(hub: Hub, page: Page, number: int) -> str:
    """Signs a member in; the address of the hub."""
    sessions = Sessions(hub.config)
    link = sessions.link(number, "", clock.now())
    sessions.close()
    url = f"http://{hub.address[0]}:{hub.address[1]}"
    page.goto(f"{url}/login/{link}")
    browsing.follow(page, "main form button")
    page.wait_for_url(f"{url}/members/")
    return url


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_use_it(browser: Browser, hub: Hub, look: str) -> None:
    wide, scheme, number = LOOKS[look]
    context = browser.new_context(
        bypass_csp=True, viewport={"width": wide, "height": 800}, color_scheme=scheme
    )
    page = context.new_page()
    url = signed_in(hub, page, number)
    for path in PATHS:
        page.goto(f"{url}/members/{path}")
        assert judges.violations(page) == [], path
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} is wider than the window"
        if number == 3:
            assert page.locator("html").get_attribute("dir") == "rtl"
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_switch_and_a_decision_are_one_press_each(
    browser: Browser, hub: Hub, javascript: bool
) -> None:
    context = browser.new_context(java_script_enabled=javascript)
    page = context.new_page()
    signed_in(hub, page, 2)
    wanted = "weekly" if javascript else "daily"
    page.locator("#lists select").first.select_option(wanted)
    browsing.follow(page, "#lists button")
    page.get_by_role("status").wait_for()
    assert hub.options("water", 2) == {"digest": wanted}
    mid = held(hub, 7 if javascript else 8)
    page.reload()
    browsing.follow(page, page.get_by_role("link", name="Look at it"))
    waits = page.locator("section", has_text=f"Strike {7 if javascript else 8}")
    browsing.follow(page, waits.get_by_role("button", name="Accept", exact=True))
    page.get_by_role("status").wait_for()
    found = made(hub, mid)
    assert found is not None
    assert found.decision == "accept"
    context.close()
