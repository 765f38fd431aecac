"""A second yes on pages: what an operator asks for by a command, another one allows in a browser.

solicomm remove … --as OLGA ─→ letter to Ben ─→ /confirm/<token>, or My hub ─→ the desk does it
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, expect

from solicomm_build.cli.main import main
from solicomm_build.features.operating import granting, proposals
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.operators import mails
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import browsing, hubs, judges, smallhub
from solicomm_build.testing.mailservers import until
from tests.unit.web.myhub import Hub, living

OLGA, BEN, ANA = "olga@union.example", "ben@union.example", "ana@union.example"
WINDOWS = {
    "phone": (360, "light", "en"),
    "desk, in the dark": (1280, "dark", "en"),
    "phone, Arabic": (390, "light", "ar"),
}


@dataclass
class _Hub:
    config: Config
    url: str
    live: Hub

    def page(self, browser: Browser, who: str, window: str) -> Page:
        width, scheme, lang = WINDOWS[window]
        context = browser.new_context(
            bypass_csp=True,
            viewport={"width": width, "height": 800},
            color_scheme="dark" if scheme == "dark" else "light",
            locale=lang,
        )
        cookies = dict(self.live.signed_in(who).cookies) | {"solicomm-language": lang}
        context.add_cookies(
            [{"name": name, "value": one, "url": self.url} for name, one in cookies.items()]
        )
        return context.new_page()

    def ask(self, *words: str) -> str:
        """A proposal of Olga's; the address of the page in Ben's letter."""
        told = [*words, "--as", OLGA, "--hub", str(self.config.root)]
        assert CliRunner().invoke(main, told).exit_code == 75
        spool, found = Spool(self.config.spool_out), ""
        for path in spool.pending():
            for item in spool.read(path):
                text = parse(item.raw).text
                if item.envelope.rcpt_tos == (BEN,) and "/confirm/" in text:
                    found = re.findall(r"/confirm/[a-z2-7]{26}", text)[-1]
            spool.done(path)
        assert found
        return self.url + found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[_Hub]:
    made = smallhub.make(tmp_path / "hub", operator=OLGA)
    config = replace(made, languages=("en", "ar"))
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Union hub\ndomain: hub.example\nurl: https://hub.example\n"
        f"operator: {OLGA}\nlanguages: [en, ar]\n"
    )
    now, consent = clock.now(), Consent("owner")
    people = ((1, OLGA, "Olga Prado"), (2, BEN, "Ben Ito"), (3, ANA, "Ana Paz"))
    for number, address, name in people:
        event = rosterevents.member(number, address, at=now, consent=consent, name=name)
        joined = rosterevents.subscribe("bar", number, at=now, consent=consent)
        smallhub.add_events(config, [event, joined])
    granting.add(config, BEN)
    hubs.build(config)
    with living(config) as live:
        host, port = live.address
        yield _Hub(config, f"http://{host}:{port}", live)


def test_who_did_not_ask_says_yes_in_my_hub_and_it_is_done(browser: Browser, hub: _Hub) -> None:
    hub.ask("remove", "person", ANA, "--yes")
    page = hub.page(browser, OLGA, "phone")
    page.goto(f"{hub.url}/members/operators/")
    expect(page.get_by_role("button", name="Yes, do it")).to_have_count(0)
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    page = hub.page(browser, BEN, "phone")
    page.goto(f"{hub.url}/members/")
    page.get_by_role("link", name="Look at it").click()
    expect(page.get_by_text(f"Take {ANA} off every list")).to_be_visible()
    expect(page.get_by_text("Lists: bar")).to_be_visible()
    page.get_by_role("button", name="Yes, do it").click()
    until(lambda: proposals.every(hub.config) == [], "nothing waits")
    page.goto(f"{hub.url}/members/operators/")
    expect(page.get_by_text("Nothing waits.")).to_be_visible()


def test_an_operator_chooses_which_mails_come(browser: Browser, hub: _Hub) -> None:
    page = hub.page(browser, BEN, "phone")
    page.goto(f"{hub.url}/members/operators/")
    expect(page.get_by_label("All mails")).to_be_checked()
    page.get_by_label("Only what is urgent").check()
    assert judges.violations(page) == []
    page.get_by_role("button", name="Save").click()
    until(lambda: mails.read(hub.config) == {"2": mails.URGENT}, "it is chosen")
    page = hub.page(browser, OLGA, "phone")
    page.goto(f"{hub.url}/members/operators/")
    expect(page.get_by_text("Ben Ito (ben@union.example): Only what is urgent")).to_be_visible()
    expect(page.get_by_text("You get all, since no other operator does.")).to_be_visible()
    expect(page.get_by_role("radio")).to_have_count(0)


def test_by_the_letters_page_a_no_ends_it(browser: Browser, hub: _Hub) -> None:
    link = hub.ask("remove", "list", "bar", "--yes")
    page = browser.new_context(bypass_csp=True).new_page()
    page.goto(link)
    assert judges.violations(page) == []
    page.get_by_role("button", name="No, do not do it").click()
    expect(page.get_by_text("You said no.")).to_be_visible()
    assert hub.config.conference_repo("bar").exists()
    answer = page.goto(link)
    assert answer is not None
    assert answer.status == 404


def test_a_member_has_no_such_page(browser: Browser, hub: _Hub) -> None:
    hub.ask("remove", "list", "bar", "--yes")
    page = hub.page(browser, ANA, "phone")
    page.goto(f"{hub.url}/members/")
    assert "/members/operators/" not in page.content()
    answer = page.goto(f"{hub.url}/members/operators/")
    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("window", WINDOWS)
def test_everybody_can_use_the_pages(
    browser: Browser, hub: _Hub, window: str, tmp_path: Path
) -> None:
    speaks = rosterevents.member(
        2, BEN, at=clock.now(), consent=Consent("owner"), name="Ben Ito", lang=WINDOWS[window][2]
    )
    smallhub.add_events(hub.config, [speaks])
    link = hub.ask("remove", "list", "bar", "--yes")
    page, kept = hub.page(browser, BEN, window), []
    for number, place in enumerate((f"{hub.url}/members/operators/", link)):
        answer = page.goto(place)
        assert answer is not None
        assert answer.status == 200
        kept.append(tmp_path / f"{number}.html")
        kept[-1].write_bytes(answer.body())
        assert judges.violations(page) == [], place
        assert browsing.overflow(page) <= 0, place
    if window.startswith("phone"):  # the hub does not know the window: one of each language
        assert judges.html_errors(kept) == ""
