"""A sealed package is read on the stick itself, by file:// and without a server.

sealed/<name>/index.html + the words ─→ topics ─→ posts
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import browsing, hubs

MANY = 60
ASK, WRONG, SHOWN = "[data-part=ask]", "[data-part=wrong]", "[data-part=shown]"


class Sealed(NamedTuple):
    page: Path
    spanish: Path
    words: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


@pytest.fixture(scope="module")
def sealed(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("sealed") / "hub")
    config = hubyaml.load(root)
    hubs.add(config, "formation", [hubs.post("open")])
    first = hubs.post("first", subject="Our <i>offer</i>", body="Eleven per cent.\n")
    answers = [
        hubs.post(f"a{n}", "first", body=f"Answer {n}, see #1.\n" * 60, minutes=n + 1)
        for n in range(MANY)
    ]
    hubs.add(config, "bargaining", [first, *answers, hubs.post("other", subject="Nights")])
    hubs.build(config)
    stick = root.parent / "stick"
    done = writing.write(
        config,
        stick,
        Choice(conferences=("formation",)),
        members=("bargaining",),
        progress=lambda what, number, of: None,
    )
    where, words = done.opens["bargaining"]
    return Sealed(stick / where / "index.html", stick / "es" / where / "index.html", words)


def test_the_right_words_open_it_and_others_say_so(browser: Browser, sealed: Sealed) -> None:
    with browsing.page(browser, "file:", phone=True) as page:
        page.goto(sealed.page.as_uri())
        expect(page.locator("[data-part=old]")).to_be_hidden()
        page.locator("[data-part=said]").fill("babab babab babab babab babab")
        page.locator(f"{ASK} button").click()
        expect(page.locator(WRONG)).to_contain_text("These words do not open it")
        expect(page.locator(SHOWN)).to_be_hidden()
        page.locator("[data-part=said]").fill(f"  {sealed.words.upper().replace(' ', '  ')} ")
        page.locator(f"{ASK} button").click()
        expect(page.locator(f"{SHOWN} li")).to_have_count(2)
        expect(page.locator(WRONG)).to_have_text("")
        assert browsing.overflow(page) == 0
        page.get_by_role("link", name="Our <i>offer</i>").click()
        expect(page.locator(f"{SHOWN} article").first).to_contain_text("Eleven per cent.")
        more = page.locator("[data-part=more]")
        expect(more).to_be_visible()
        while more.is_visible():
            count = page.locator(f"{SHOWN} article").count()
            more.click()
            expect(page.locator(f"{SHOWN} article").nth(count)).to_be_visible()
        expect(page.locator(f"{SHOWN} article")).to_have_count(MANY + 1)
        assert browsing.overflow(page) == 0
        page.get_by_role("link", name="All topics").click()
        expect(page.locator(f"{SHOWN} li")).to_have_count(2)
        stored = "[localStorage.length, sessionStorage.length, document.cookie]"
        assert page.evaluate(stored) == [0, 0, ""]
        page.locator("[data-part=lock]").click()
        expect(page.locator(ASK)).to_be_visible()
        expect(page.locator(SHOWN)).to_be_hidden()
        assert "Our" not in page.locator("[data-sealed]").inner_text()


def test_no_script_runs_but_those_of_the_stick(browser: Browser, sealed: Sealed) -> None:
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(sealed.page.as_uri())
        page.evaluate(
            """() => {
              const one = document.createElement("script");
              one.textContent = "window.ran = 1";
              document.body.append(one);
              const two = document.createElement("p");
              two.setAttribute("onclick", "window.ran = 2");
              document.body.append(two);
              two.click();
            }"""
        )
        assert page.evaluate("window.ran === undefined")
    finally:
        context.close()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_browser_that_cannot_decipher_is_told_which_one_can(
    browser: Browser, sealed: Sealed, javascript: bool
) -> None:
    with browsing.page(browser, "file:", javascript=javascript) as page:
        page.add_init_script("Object.defineProperty(crypto, 'subtle', { value: undefined })")
        page.goto(sealed.spanish.as_uri())
        expect(page.locator("[data-part=old]")).to_contain_text("Firefox")
        expect(page.locator(ASK)).to_be_hidden()
