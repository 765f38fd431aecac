"""The box on a page, in a browser: without a script and with it, on a phone and a desk, by keyboard
alone, in Arabic and in the dark.

    page → POST → the same hub's ingest and builder at work → the post on its page
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.features.writing import waiting
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, judges, member, smallhub, webserver
from tests.unit.web.test_writing import link_in

TOPIC = hubs.post("m0", subject="Wages", body="How much is it?\n")
OTHER = hubs.post("m1", "m0", subject="Re: Wages", body="Twelve an hour.\n", author="Bo")
PAGE = f"/conferences/bar/t/{hubs.tid_of(TOPIC)}/"
ANA = "ana@union.example"


@dataclass
class Hub:
    config: Config
    host: tuple[str, int]
    cookies: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.host[0]}:{self.host[1]}"

    def sign_in(self, page: Page) -> None:
        """By the cookies of one session: an address gets one link in five minutes."""
        page.context.add_cookies(
            [{"name": name, "value": one, "url": self.url} for name, one in self.cookies.items()]
        )


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    titles = {"en": "Bar", "ar": "النقابة"}
    bar = Conference("bar", titles, posting="open", languages=("en", "ar"))
    made = smallhub.make(tmp_path_factory.mktemp("hub"), bar)
    config = replace(made, languages=("en", "ar"))
    begun, consent = smallhub.BEGUN, Consent("owner")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=begun, consent=consent, name="Ana"),
            rosterevents.subscribe("bar", 1, at=begun, consent=consent),
        ],
    )
    hubs.add(config, "bar", [TOPIC, OTHER])
    hubs.build(config)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            if Spool(config.spool_in).pending():
                ingest(config, once=True, log=maillog.to_nobody())
                hubs.build(config)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with webserver.running(config) as host:
            served = Hub(config, host)
            served.cookies |= member.signed_in(config, host, ANA).cookies
            yield served
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


def _looked_at(page: Page, name: str) -> None:
    """A picture for who wants to look: SOLICOMM_PICTURES names the folder."""
    if folder := os.environ.get("SOLICOMM_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("javascript", [False, True])
@pytest.mark.parametrize("phone", [False, True])
def test_who_is_signed_in_answers_in_two_steps(
    browser: Browser, hub: Hub, javascript: bool, phone: bool
) -> None:
    text = f"With script {javascript}, phone {phone}"
    with browsing.page(browser, hub.url, javascript=javascript, phone=phone) as page:
        hub.sign_in(page)
        page.goto(hub.url + PAGE)
        page.locator(".write textarea").click()
        page.locator(".write [name=text]").fill(text)
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**#*")
        assert page.url.startswith(hub.url + PAGE)
        mid = page.url.partition("#")[2]
        assert text in page.locator(f"article[id='{mid}']").inner_text()
        assert browsing.overflow(page) <= 0


@pytest.mark.parametrize("phone", [False, True])
def test_a_stranger_asks_and_says_yes(browser: Browser, hub: Hub, phone: bool) -> None:
    kind = "phone" if phone else "desk"
    with browsing.page(browser, hub.url, javascript=False, phone=phone) as page:
        page.goto(f"{hub.url}/conferences/bar/")
        page.locator(".write textarea").click()
        _looked_at(page, f"ask-{kind}")
        page.locator("[name=subject]").fill(f"A question from a {kind}")
        page.locator(".write [name=text]").fill("Who knows?\n\n> quoted\n\nI do not.")
        page.locator("[name=name]").fill("Cleo")
        page.locator("[name=email]").fill(f"{kind}@web.example")
        browsing.follow(page, page.get_by_role("button", name="Preview"))
        _looked_at(page, f"preview-{kind}")
        assert "quoted" in page.locator("article blockquote").inner_text()
        assert page.locator("[name=email]").input_value() == f"{kind}@web.example"
        browsing.follow(page, page.get_by_role("button", name="Send"))
        assert "Look into your mail" in page.content()
        _looked_at(page, f"asked-{kind}")
        to = f"{kind}@web.example"
        (mail,) = [one for one in member.mails(hub.config) if one.to[0].addr_spec == to]
        page.goto(hub.url + link_in(mail))
        assert "quoted" in page.content()
        assert judges_pass(page)
        _looked_at(page, f"confirm-{kind}")
        page.get_by_role("button", name="Post it").click()
        page.wait_for_url("**#*")
        assert "Who knows?" in page.locator(".posts").inner_text()
        assert not waiting.of(hub.config, f"{kind}@web.example")
        assert browsing.overflow(page) <= 0


def judges_pass(page: Page) -> bool:
    """A page without scripts cannot be judged by axe; its headings and buttons are looked at."""
    return page.locator("h1").count() == 1 and page.get_by_role("button").count() >= 2


def test_an_answer_to_one_post_begins_at_its_link(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        hub.sign_in(page)
        page.goto(hub.url + PAGE)
        browsing.follow(page, page.locator(".answer a", has_text="Bo"))
        assert "Twelve an hour." in page.locator("blockquote").inner_text()
        assert page.locator("a[href^='mailto:']").first.is_visible()
        _looked_at(page, "answer-one")
        page.locator("[name=text]").fill("To Bo alone")
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**#*")
        mid = page.url.partition("#")[2]
        assert "in reply to" in page.locator(f"article[id='{mid}']").inner_text()


def test_a_draft_survives_a_lost_line_and_goes_when_it_has_come(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url) as page:
        hub.sign_in(page)
        page.goto(hub.url + PAGE)
        page.locator(".write textarea").click()
        page.locator(".write [name=text]").fill("Long thought")
        page.locator(".write [name=email]").fill("nobody@web.example")
        kept = page.evaluate("JSON.stringify(localStorage)")
        assert "Long thought" in kept
        assert "nobody" not in kept
        page.goto(f"{hub.url}/conferences/bar/")
        page.goto(hub.url + PAGE)
        assert page.locator(".write [name=text]").input_value() == "Long thought"
        page.locator(".answer a", has_text="Bo").click()
        page.locator("blockquote").wait_for()
        assert page.locator(".write [name=text]").input_value() == "Long thought"
        page.goto(hub.url + PAGE)
        page.get_by_role("button", name="Send").click()
        page.wait_for_url("**#*")
        page.goto(hub.url + PAGE)
        assert page.locator(".write [name=text]").input_value() == ""
        assert "Long thought" not in page.evaluate("JSON.stringify(localStorage)")


def test_a_draft_that_was_not_sent_stays_when_a_post_is_opened(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url) as page:
        page.goto(hub.url + PAGE)
        page.locator(".write textarea").click()
        page.locator(".write [name=text]").fill("Kept for later")
        page.locator(".write [name=name]").fill("Dee")
        page.locator(".write [name=email]").fill("dee@web.example")
        for _ in range(2):
            browsing.follow(page, page.get_by_role("button", name="Preview"))
        page.goto(f"{hub.url}/conferences/bar/")
        page.goto(f"{hub.url}{PAGE}#{OTHER.mid}")
        expect(page.locator(f"article[id='{OTHER.mid}']")).to_be_focused()
        page.reload()
        expect(page.locator(".write [name=text]")).to_have_value("Kept for later")


def test_a_draft_goes_when_it_waits_for_a_yes(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url) as page:
        page.goto(hub.url + PAGE)
        page.locator(".write textarea").click()
        page.locator(".write [name=text]").fill("Draft of a stranger")
        page.locator(".write [name=name]").fill("Dee")
        page.locator(".write [name=email]").fill("dee@web.example")
        page.get_by_role("button", name="Send").click()
        page.locator("[data-sent]").first.wait_for()
        page.goto(hub.url + PAGE)
        assert page.locator(".write [name=text]").input_value() == ""


def test_it_is_written_by_keyboard_alone(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url) as page:
        hub.sign_in(page)
        page.goto(hub.url + PAGE)
        page.locator(".write textarea").focus()
        page.keyboard.type("By keys")
        for _ in range(4):
            page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Send"
        page.keyboard.press("Enter")
        page.wait_for_url("**#*")
        assert "By keys" in page.locator(".posts").inner_text()


@pytest.mark.parametrize("path", [PAGE, "/ar/conferences/bar/", f"{PAGE}?to={OTHER.mid}"])
@pytest.mark.parametrize("dark", [False, True])
def test_the_box_passes_axe(browser: Browser, hub: Hub, path: str, dark: bool) -> None:
    with browsing.page(browser, hub.url, phone=True, dark=dark) as page:
        page.goto(hub.url + path)
        if page.locator(".write textarea").count():
            page.locator(".write textarea").click()
        name = path.strip("/").replace("/", "-")[:20] + ("-to" if "?" in path else "")
        _looked_at(page, f"{name}-{'dark' if dark else 'light'}")
        assert browsing.overflow(page) <= 0
        assert judges.violations(page) == []
