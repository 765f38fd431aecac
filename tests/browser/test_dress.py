"""Pages that the server makes, in the hub's dress, in a real browser: usable by everybody, on a
phone and at a desk, light and dark, in Arabic, with and without scripts."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import browsing, judges, webserver

PAGES = (
    "/login/",
    "/logout/",
    "/join/organising",
    "/confirm/aaaaaaaaaaaaaaaaaaaaaaaaaa",
    "/edit/metal/",
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


@pytest.fixture(scope="module")
def url(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("dress") / "hub")
    with webserver.running(hubyaml.load(root)) as (host, port):
        yield f"http://{host}:{port}"


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
        page.click(".langs >> text=Français")
        assert page.get_attribute("html", "lang") == "fr"
        assert page.url.endswith("/join/organising?lang=fr")
        page.click("header .brand")
        assert page.url == f"{url}/fr/"
        page.click("text=Se connecter / Mon espace")
        assert page.url.endswith("/login/?to=/members/")
        assert page.get_attribute("html", "lang") == "fr", "it is remembered"
