"""One tap: the button of a letter, and one press on the page, as people do it with a phone.

    letter → GET its link → POST → the desk at work → what was done, on the page

Steps are actions of a person, counted here: a press on the letter's button, a choice, a press.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing import browsing, hubs, judges, webserver
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import decided, held
from tests.unit.web.test_votepage import ANA, MOD, ballots, opened

POLL = (
    "Which day?\nquestion (ar): أي يوم؟\n1. Monday\n1 (ar): الإثنين\n2. Tuesday\n2 (ar): الثلاثاء\n"
    "closes: 2026-11-30 18:00\n"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.config = replace(made.config, languages=("en", "ar"))
    made.member(1, MOD, "water", name="Mo", lang="en", role="moderator")
    made.member(2, ANA, "water", name="Ana Paz", lang="ar")
    return made


@contextmanager
def served(hub: DeskHub) -> Iterator[str]:
    hubs.build(hub.config)
    with hub.at_work(), webserver.running(hub.config) as (host, port):
        yield f"http://{host}:{port}"


class Steps:
    """What a person does, counted."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.count = page, url, 0

    def press_the_button_of(self, letter: Message) -> None:
        self.count += 1
        found = re.search(r"^ {4}https?://hub\.example(/(?:vote|moderate)/\S+)$", letter.text, re.M)
        assert found is not None, letter.text
        self.page.goto(self.url + found[1])

    def press(self, name: str) -> None:
        self.count += 1
        browsing.follow(self.page, self.page.get_by_role("button", name=name, exact=True))


def shot(page: Page, name: str) -> None:
    """Keeps a picture where somebody wants to look."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def letter_to(hub: DeskHub, address: str) -> Message:
    found = [parse(item.raw) for item in hub.work()]
    return next(one for one in found if one.to[0].addr_spec == address)


@pytest.mark.parametrize("phone", [True, False])
@pytest.mark.parametrize("dark", [True, False])
def test_a_vote_is_two_actions_and_a_choice_without_scripts(
    browser: Browser, hub: DeskHub, *, phone: bool, dark: bool
) -> None:
    asked = opened(hub, POLL)
    with (
        served(hub) as url,
        browsing.page(browser, url, javascript=False, phone=phone, dark=dark) as page,
    ):
        person = Steps(page, url)
        person.press_the_button_of(asked[MOD])
        page.get_by_label("2. Tuesday").check()
        assert browsing.overflow(page) <= 0
        shot(page, f"vote-{'phone' if phone else 'desk'}{'-dark' if dark else ''}")
        person.press("Vote")
        assert "Your vote was counted" in page.inner_text("main")
        shot(page, f"voted-{'phone' if phone else 'desk'}{'-dark' if dark else ''}")
        assert person.count == 2
    assert [one.choice for one in ballots(hub, 1)] == [("2",)]


def test_an_arabic_voter_votes_from_right_to_left(browser: Browser, hub: DeskHub) -> None:
    asked = opened(hub, POLL)
    with served(hub) as url, browsing.page(browser, url, javascript=False, phone=True) as page:
        Steps(page, url).press_the_button_of(asked[ANA])
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert page.locator("legend").inner_text() == "أي يوم؟"
        assert browsing.overflow(page) <= 0
        shot(page, "vote-ar")


@pytest.mark.parametrize("kind", ["approval", "ranked"])
def test_several_and_an_order_by_keyboard_alone(browser: Browser, hub: DeskHub, kind: str) -> None:
    asked = opened(hub, f"{POLL}type: {kind}\n")
    with served(hub) as url, browsing.page(browser, url, javascript=False) as page:
        Steps(page, url).press_the_button_of(asked[MOD])
        shot(page, f"vote-{kind}")
        field = page.get_by_label(re.compile("Tuesday"))
        field.focus()
        page.keyboard.press("Space" if kind == "approval" else "1")
        vote = page.get_by_role("button", name="Vote", exact=True)
        browsing.follow(page, vote, key="Enter")
        assert "Your vote was counted" in page.inner_text("main")
    assert [one.choice for one in ballots(hub, 1)] == [("2",)]


@pytest.mark.parametrize("phone", [True, False])
def test_a_held_message_is_decided_on_by_two_actions(
    browser: Browser, hub: DeskHub, *, phone: bool
) -> None:
    held(hub, 1, body="Dear all,\n\nshall we meet on Friday?\n\nhttps://union.example/" + "x" * 90)
    letter = letter_to(hub, MOD)
    with served(hub) as url, browsing.page(browser, url, javascript=False, phone=phone) as page:
        person = Steps(page, url)
        person.press_the_button_of(letter)
        assert "shall we meet on Friday?" in page.inner_text("article")
        assert browsing.overflow(page) <= 0
        shot(page, f"decide-{'phone' if phone else 'desk'}")
        person.press("Accept")
        assert "Mo decided" in page.inner_text("main")
        shot(page, f"decided-{'phone' if phone else 'desk'}")
        assert person.count == 2
    assert decided(hub)["1"].decision == "accept"


def test_axe_finds_nothing(browser: Browser, hub: DeskHub) -> None:
    asked = opened(hub, POLL)
    held(hub, 1, body="Hello all.")
    letter = letter_to(hub, MOD)
    with served(hub) as url:
        for dark in (False, True):
            scheme = "dark" if dark else "light"
            context = browser.new_context(bypass_csp=True, color_scheme=scheme)
            page = context.new_page()
            for mail in (asked[MOD], asked[ANA], letter):
                Steps(page, url).press_the_button_of(mail)
                assert judges.violations(page) == []
            context.close()
