"""Moderating in place, in a real browser: on the topic's own page with scripts, on a page of its
own without; two actions hide a post, one takes that back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.foundation import clock
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, judges, smallhub
from solicomm_build.testing.hubs import mid, post
from tests.unit.web.myhub import Hub, living

MOD, ANA = "mod@union.example", "ana@union.example"
POSTS = [
    post("a", subject="Night shifts", body="What do you do about them?\n", author="Ana"),
    post("b", "a", subject="Re: Night shifts", minutes=1, author="Bo", body="We struck.\n"),
    post("c", "a", subject="Re: Night shifts", minutes=2, author="Cy", body="Buy pills!\n"),
]
TOPIC, THIRD = f"/conferences/water/t/{mid('a')}/", mid("c")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    config = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}, posting="open"))
    now, consent = clock.now(), Consent("mail")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, MOD, at=now, consent=consent, lang="en"),
            rosterevents.member(2, ANA, at=now, consent=consent, lang="en"),
            rosterevents.subscribe("water", 1, at=now, consent=consent),
            rosterevents.subscribe("water", 2, at=now, consent=consent),
            rosterevents.role("water", 1, "moderator", at=now, by="operator"),
        ],
    )
    hubs.add(config, "water", POSTS)
    hubs.build(config)
    with living(config) as found:
        yield found


def _url(hub: Hub) -> str:
    return f"http://{hub.address[0]}:{hub.address[1]}"


def _sign_in(page: Page, hub: Hub, address: str) -> None:
    member, sessions = hub.roster().member(address), Sessions(hub.config)
    assert member is not None
    link = sessions.link(member.number, "", clock.now())
    sessions.close()
    page.goto(f"{_url(hub)}/login/{link}")
    browsing.follow(page, "form:has([name=stay]) button")


def test_two_actions_hide_a_post_and_one_shows_it_again(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, _url(hub), phone=True) as page:
        _sign_in(page, hub, MOD)
        page.goto(_url(hub) + TOPIC)
        tools = f"[id='{THIRD}'] > .mod"
        page.wait_for_selector(tools)
        page.click(f"{tools} > summary")  # first
        browsing.follow(page, f"{tools} button[value=hide]")  # second
        expect(page).to_have_url(f"{_url(hub)}{TOPIC}?done=1")
        page.wait_for_selector("[role=status] >> text=Undo")
        third = page.locator(f"[id='{THIRD}']")
        expect(third, "gone before the page is made anew").to_be_hidden()
        hubs.build(hub.config)
        page.reload()
        page.wait_for_selector("[role=status] >> text=Undo")
        assert "Buy pills" not in page.inner_text("[data-posts]")
        browsing.follow(page, "[role=status] >> text=Undo")
        hubs.build(hub.config)
        page.goto(_url(hub) + TOPIC)
        page.wait_for_selector(tools)
        assert "Buy pills" in page.inner_text("[data-posts]")


def test_without_scripts_a_page_of_its_own_does_the_same(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, _url(hub), phone=True, javascript=False) as page:
        _sign_in(page, hub, MOD)
        page.goto(f"{_url(hub)}/members/topic/water/{mid('a')}/")
        tools = f"[data-tools='{THIRD}']"
        page.click(f"{tools} > summary")
        page.fill(f"{tools} [name=why]", "advertising")
        browsing.follow(page, f"{tools} button[value=hide]")
        assert page.inner_text("[role=status] >> nth=0") == "Done."
        browsing.follow(page, "text=Undo")
        assert page.query_selector(tools) is not None


def test_members_who_moderate_nothing_get_no_tools(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, _url(hub)) as page:
        _sign_in(page, hub, ANA)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(_url(hub) + TOPIC)
        page.wait_for_selector("header [href$='logout/']")
        page.wait_for_load_state("networkidle")
        assert not [one for one in asked if "/members/topic/" in one]
        assert page.query_selector(".mod") is None


@pytest.mark.parametrize(("wide", "dark", "lang"), [(360, True, "ar"), (1280, False, "en-GB")])
def test_the_tools_are_for_everybody(
    browser: Browser, hub: Hub, wide: int, dark: bool, lang: str
) -> None:
    context = browser.new_context(
        bypass_csp=True,
        viewport={"width": wide, "height": 800},
        color_scheme="dark" if dark else "light",
        locale=lang,
    )
    page = context.new_page()
    _sign_in(page, hub, MOD)
    for path in (f"/members/topic/water/{mid('a')}/?lang={lang[:2]}", TOPIC):
        page.goto(_url(hub) + path)
        page.wait_for_selector(".mod")
        page.click(".post .mod summary" if path == TOPIC else f"[data-tools='{THIRD}'] > summary")
        page.wait_for_selector(".mod[open] button[value=hide]")
        page.evaluate("document.querySelectorAll('.mod, .mod details').forEach(d => d.open = true)")
        assert judges.violations(page) == [], path
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} is wider than the window"
    assert page.get_attribute(".mod form", "action") == f"/members/topic/water/{mid('a')}/"
    context.close()
