"""Pages that the server makes, in the hub's dress, in a real browser: usable by everybody, on a
phone and at a desk, light and dark, in Arabic, with and without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import browsing, judges, member, smallhub, webserver


@dataclass(frozen=True)
class Hub:
    config: Config
    url: str


PAGES = (
    "/login/",
    "/logout/",
    "/join/organising",
    "/confirm/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/edit/metal/",
    "/offline/?keep=/conferences/organising/",
)
LOOKS = {
    "phone": {"phone": True, "dark": False, "lang": "en-GB"},
    "desk, in the dark": {"phone": False, "dark": True, "lang": "en-GB"},
    "phone, in Arabic": {"phone": True, "dark": True, "lang": "ar"},
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


ANA = "ana@union.example"


@pytest.fixture(scope="module")
def hub(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("dress") / "hub")
    config, now, mail = hubyaml.load(root), clock.now(), Consent("mail")
    known = [
        rosterevents.member(9001, ANA, at=now, consent=mail, lang="en"),
        rosterevents.subscribe("organising", 9001, at=now, consent=mail),
    ]
    smallhub.add_events(config, known)
    with webserver.running(config) as (host, port):
        yield Hub(config, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def url(hub: Hub) -> str:
    return hub.url


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_use_what_the_server_makes(browser: Browser, url: str, look: str) -> None:
    how = LOOKS[look]
    context = browser.new_context(
        bypass_csp=True,
        viewport={"width": 360 if how["phone"] else 1280, "height": 800},
        color_scheme="dark" if how["dark"] else "light",
        locale=str(how["lang"]),
    )
    page = context.new_page()
    for path in PAGES:
        page.goto(url + path)
        assert judges.violations(page) == [], path
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{path} is wider than the window"
    context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_way_from_a_page_of_the_server_and_its_language(
    browser: Browser, url: str, javascript: bool
) -> None:
    with browsing.page(browser, url, javascript=javascript, phone=True) as page:
        page.goto(f"{url}/join/organising")
        page.click(".langs summary")
        browsing.follow(page, ".langs >> text=Français")
        assert page.get_attribute("html", "lang") == "fr"
        assert page.url.endswith("/join/organising?lang=fr")
        browsing.follow(page, "header .brand")
        assert page.url == f"{url}/fr/"
        browsing.follow(page, "text=Se connecter / Mon espace")
        assert page.url.endswith("/login/?to=/members/")
        assert page.get_attribute("html", "lang") == "fr", "it is remembered"


def test_every_page_says_who_is_signed_in_and_asks_for_nobody_else(
    browser: Browser, hub: Hub
) -> None:
    with browsing.page(browser, hub.url) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{hub.url}/conferences/organising/")
        assert page.inner_text("[data-me]") == "Sign in / My hub"
        page.goto(f"{hub.url}/unions/metal/")
        assert page.inner_text("footer [data-me]") == "Sign in / My hub"
        assert not [one for one in asked if "/members/" in one or "/mine." in one]
        page.goto(f"{hub.url}/login/")
        page.fill("[name=address]", ANA)
        browsing.follow(page, "form:has([name=address]) button")
        (mail,) = member.mails(hub.config)
        page.goto(hub.url + member.link_in(mail))
        browsing.follow(page, ".served button")
        for path in ("/", "/conferences/organising/", "/search/", "/about/"):
            page.goto(hub.url + path)
            page.wait_for_selector("header [href$='logout/']")
            assert page.inner_text("[data-me]") == "My hub"
        page.goto(f"{hub.url}/unions/metal/")
        page.wait_for_selector("footer [href$='logout/']")
        assert page.inner_text("footer [data-me]") == "My hub"
        page.goto(f"{hub.url}/fr/")
        page.wait_for_selector("header >> text=Se déconnecter")
        browsing.follow(page, "header >> text=Se déconnecter")
        browsing.follow(page, ".served button")
        page.goto(f"{hub.url}/")
        assert page.inner_text("[data-me]") == "Sign in / My hub"
        assert page.query_selector("header [href$='logout/']") is None
