"""What readers see and can do, in a real browser over the real web server.

Every page here also promises (testing/browsing.py): no error in the console, no violation of the
content security policy, nothing loaded from elsewhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import browsing, hubs, webserver
from solicomm_build.testing.hubs import mid

TOPIC = f"/conferences/organising/t/{mid('a')}/"
LONG = "A " + "very-" * 60 + "long word and http://union.example/" + "x" * 200 + "\n\n"
WIDE = "```\n" + "column | " * 60 + "\n```\n"


@dataclass(frozen=True)
class Site:
    """A built hub and where it is served."""

    hub: Config
    url: str


@pytest.fixture(scope="module")
def site(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("browser") / "hub")
    hub = hubyaml.load(root)
    hubs.add(
        hub,
        "organising",
        [
            hubs.post("a", subject="Water at the yard", body=LONG + WIDE),
            *(
                hubs.post(
                    f"b{n}",
                    "a",
                    subject="Re: Water at the yard",
                    minutes=n,
                    author=f"Bea {n}",
                    body=f"> said before\n\nAnswer {n}.\n",
                )
                for n in range(1, 6)
            ),
            hubs.post("c", subject="<b>Bread</b> & roses", minutes=90, author="Cy <i>"),
        ],
    )
    assert hubs.build(hub).failures == []
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def contrast(page: Page) -> float:
    """The contrast of text on the page's ground (WCAG 2.2, 1.4.3)."""
    ink, ground = page.evaluate(
        """() => { const one = (where, what) => getComputedStyle(where)[what]
          .match(/[0-9.]+/g).slice(0, 3).map(Number);
          return [one(document.body, "color"),
                  one(document.documentElement, "backgroundColor")]; }"""
    )

    def luminance(colour: list[float]) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (value / 255 for value in colour)
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dim = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_the_front_page_tells_what_is_talked_about(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url)
        links = page.locator(".latest li a")
        assert links.all_inner_texts() == ["<b>Bread</b> & roses", "Water at the yard"]
        links.nth(1).click()
        page.wait_for_url(f"**{TOPIC}*")
        assert page.locator("h1").inner_text() == "Water at the yard"
    with browsing.page(browser, site.url) as arabic:
        arabic.goto(f"{site.url}/ar/")
        assert arabic.locator(".latest li a").first.is_visible()


def test_without_javascript_nothing_is_missing(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(site.url)
        assert page.locator(".latest li a").first.is_visible()
        browsing.follow(page, "a[href='conferences/organising/']")
        browsing.follow(page, page.locator("main a", has_text="Water at the yard").first)
        assert page.locator(".post").count() == 6
        assert page.locator(".post .body").first.is_visible()
        link = page.locator("a[href^='mailto:']").first.get_attribute("href") or ""
        assert link.startswith(f"mailto:organising+t-{mid('a')}@")


def test_the_keyboard_skips_to_the_content_and_walks(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + TOPIC)
        page.keyboard.press("Tab")
        skip = page.locator(":focus")
        assert skip.get_attribute("href") == "#main"
        assert skip.is_visible()
        box = skip.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["y"] >= 0
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == "main", "j is the browser's here"
        page.goto(f"{site.url}{TOPIC}#{mid('b1')}")
        assert page.evaluate("document.activeElement.id") == mid("b1")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == mid("b2")
        page.keyboard.press("k")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.id") == mid("a")


def test_everything_with_a_link_has_a_visible_focus(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + TOPIC)
        for _ in range(8):
            page.keyboard.press("Tab")
            shown = page.evaluate(
                """() => { const s = getComputedStyle(document.activeElement);
                  return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) > 0
                    || s.boxShadow !== "none"; }"""
            )
            assert shown, page.evaluate("document.activeElement.outerHTML")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_light_and_dark_can_be_read(site: Site, browser: Browser, dark: bool) -> None:
    with browsing.page(browser, site.url, dark=dark) as page:
        for path in ("/", TOPIC, "/unions/metal/", "/libraries/agreements/"):
            page.goto(site.url + path)
            assert contrast(page) >= 7, path
            ground = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            assert (sum(map(float, ground[4:-1].split(","))) < 384) is dark, (path, ground)


PATHS = (
    "/",
    "/ar/",
    "/conferences/organising/",
    "/conferences/organising/page/1/",
    TOPIC,
    "/conferences/organising/2026/03/",
    "/libraries/agreements/",
    "/unions/metal/",
    "/about/",
    "/404.html",
)


def test_a_phone_never_scrolls_sideways(site: Site, browser: Browser) -> None:
    """Long words and wide tables included (WCAG 2.2, 1.4.10)."""
    with browsing.page(browser, site.url, phone=True) as page:
        for path in PATHS:
            page.goto(site.url + path)
            assert browsing.overflow(page) == 0, path


def test_the_places_on_a_phone_fade_where_there_are_more(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, phone=True) as page:
        style = "element => getComputedStyle(element).maskImage"
        for path, side in (("/", "to right"), ("/ar/", "to left")):
            page.goto(site.url + path)
            faded = page.locator(".top nav ul").first.evaluate(style)
            assert side in faded, (path, faded)


def test_pages_say_their_language_and_direction(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        for path, lang, direction in (
            ("/", "en", "ltr"),
            ("/ar/", "ar", "rtl"),
            ("/ru/", "ru", "ltr"),
        ):
            page.goto(site.url + path)
            html = page.locator("html")
            assert (html.get_attribute("lang"), html.get_attribute("dir")) == (lang, direction)


def test_every_page_has_one_heading_and_landmarks(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        for path in PATHS:
            page.goto(site.url + path)
            assert page.locator("h1").count() == 1, path
            assert page.locator("main").count() == 1, path
            unnamed = page.evaluate(
                "[...document.querySelectorAll('nav')].filter(n => !n.ariaLabel"
                " && !n.getAttribute('aria-labelledby')).length"
            )
            assert unnamed == 0, path


def test_names_and_subjects_are_only_text(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(f"{site.url}/conferences/organising/t/{mid('c')}/")
        assert page.locator("h1").inner_text() == "<b>Bread</b> & roses"
        assert page.locator("h2 i").count() == 0


def test_an_old_address_leads_to_the_topic(site: Site, browser: Browser) -> None:
    """A root that comes late moves the topic; who opens the old address is taken there."""
    hubs.add(site.hub, "solidaridad", [hubs.post("k", "j", minutes=9)])
    hubs.build(site.hub)
    hubs.add(site.hub, "solidaridad", [hubs.post("j", "i", minutes=2)])
    hubs.build(site.hub)
    for javascript in (True, False):
        with browsing.page(browser, site.url, javascript=javascript) as page:
            page.goto(f"{site.url}/conferences/solidaridad/t/{mid('j')}/")
            page.wait_for_url(f"**/conferences/solidaridad/t/{mid('i')}/")
            page.locator(".post").nth(1).wait_for()
