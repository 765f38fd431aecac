"""A large hub's search in a real browser: the newest first, older posts with one press more.

Segments are small here, so that a few posts fill several tiers. The hub answers; without it the
page's script reads the tiers itself, and so it does on a stick.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as indexing
from solicomm_build.features.search import layout, searchfolder
from solicomm_build.features.search.sealing import searchtiers
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import browsing, hubs, webserver

DONE = "[data-search-state=done]"
MORE = "ol.results ~ p a[data-older]"
_COUNT = 60


@dataclass(frozen=True)
class Site:
    """A built hub and where it is served."""

    hub: Config
    url: str


@pytest.fixture(scope="module")
def site(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hub = hubyaml.load(shutil.copytree(built_sample, tmp_path_factory.mktemp("tiers") / "hub"))
    made = [
        hubs.post(
            f"z{n}",
            subject=f"Zeppelin {n}",
            minutes=n,
            body="The oldest of all, with marmalade.\n" if n == 0 else "It flew on time.\n",
        )
        for n in range(_COUNT)
    ]
    hubs.add(hub, "organising", made)
    assert hubs.build(hub).failures == []
    found = loading.load(hub, Sources(hub), loading.tips(hub), None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "LARGEST", 8)
        patch.setattr(layout, "BASE", 8)
        patch.setattr(layout, "MIDDLE", 4)
        patch.setattr(searchfolder, "CHUNK", 2)
        patch.setattr(searchtiers, "NEWEST", 2)
        indexing.update(hub, found, settle=True)
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def plainly(page: Page, site: Site) -> None:
    """The pages come from a server that knows nothing of searching."""
    built = (site.hub.public / "search" / "index.html").read_text("utf-8")

    def answer(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body=built)

    page.route(re.compile(r"/search/\?"), answer)


def said(page: Page) -> str:
    return page.locator("[data-search-state]").inner_text()


def titles(page: Page) -> set[str]:
    return {*page.locator("ol.results h2").all_inner_texts()}


def pressed(page: Page, selector: str = f"{DONE} [data-older]") -> None:
    """Asks for what is older, and waits until it is there."""
    before = said(page)
    page.locator(selector).click()
    page.wait_for_function(
        "before => { const s = document.querySelector('[data-search-state]');"
        " return s.dataset.searchState === 'done' && s.innerText !== before; }",
        arg=before,
    )


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_older_posts_come_with_one_press(site: Site, browser: Browser, served: bool) -> None:
    with browsing.page(browser, site.url) as page:
        if not served:
            plainly(page, site)
        page.goto(f"{site.url}/search/?q=zeppelin")
        page.locator(DONE).wait_for()
        assert re.search(r"Only the newest \d+ of \d+ texts were searched\.", said(page))
        newest = titles(page)
        assert newest <= {f"Zeppelin {n}" for n in range(_COUNT)}
        pressed(page)
        assert re.search(r"Older texts were searched: \d+ to \d+ of \d+, counted", said(page))
        older = titles(page)
        assert older
        assert not older & newest
        assert "older=1" in page.url
        page.go_back()
        page.wait_for_function(
            "document.querySelector('ol.results').innerText.includes('Zeppelin')"
        )
        page.wait_for_function("!location.search.includes('older')")


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_the_oldest_is_found_and_nothing_is_behind_it(
    site: Site, browser: Browser, served: bool
) -> None:
    """Of a word that is in one text, the first of all: tiers without it are passed over."""
    with browsing.page(browser, site.url) as page:
        if not served:
            plainly(page, site)
        page.goto(f"{site.url}/search/?q=marmalade")
        page.locator(DONE).wait_for()
        assert "Nothing was found" in said(page)
        pressed(page, MORE)  # where the results would be
        for _ in range(3):
            if titles(page):
                break
            pressed(page)
        assert titles(page) == {"Zeppelin 0"}


@pytest.mark.parametrize("older", ["-1", "1.5", "all"])
def test_a_tier_that_is_none_is_the_newest(site: Site, browser: Browser, older: str) -> None:
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        page.goto(f"{site.url}/search/?q=zeppelin&older={older}")
        page.locator(DONE).wait_for()
        assert "Only the newest" in said(page)


def test_without_scripts_it_is_a_link(site: Site, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.url}/search/?q=zeppelin&nojs=1")
    newest = titles(page)
    page.locator(f"{DONE} [data-older]").click()
    page.wait_for_url("**nojs=1&older=1")
    assert titles(page)
    assert not titles(page) & newest
    context.close()


def test_on_a_stick_older_posts_are_there_too(site: Site, browser: Browser, tmp_path: Path) -> None:
    copied = shutil.copytree(site.hub.public, tmp_path / "stick")
    with browsing.page(browser, copied.as_uri()) as page:
        page.goto(f"{copied.as_uri()}/search/index.html?q=zeppelin")
        page.locator(DONE).wait_for()
        newest = titles(page)
        pressed(page)
        assert titles(page)
        assert not titles(page) & newest


def test_a_phone_and_arabic_and_the_dark(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, phone=True, dark=True) as page:
        page.goto(f"{site.url}/ar/search/?q=marmalade")
        page.locator(DONE).wait_for()
        assert browsing.overflow(page) == 0
        assert "أحدث النصوص" in said(page)
        assert page.locator(MORE).is_visible()
        pressed(page, MORE)
        assert browsing.overflow(page) == 0
