"""A sealed package is read on the stick itself, by file:// and without a server.

sealed/<name>/index.html + the words ─→ topics ─→ posts, files, what is found
"""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing import browsing, hubs
from solicomm_build.testing.firefox import firefox

MANY = 60
ASK, WRONG, SHOWN = "[data-part=ask]", "[data-part=wrong]", "[data-part=shown]"


LARGE = bytes(range(256)) * 2048 + b"the end"  # more than one piece
PAGE = b"<script>document.title = 'it ran'</script>"
SPOKEN = {
    "en": ("The negotiations about wages failed.", "negotiation wage"),
    "fr": ("Les négociations ont échoué hier.", "negociation"),
    "es": ("Las reuniones de los delegados son mañana.", "reunión delegado"),
    "pt": ("As greves dos estivadores continuam.", "greve"),
    "ar": ("المفاوضات حول الأجور توقّفت أمس.", "مفاوضات"),
    "ru": ("Переговоры о зарплатах сорвались.", "зарплата"),
}
"""What somebody wrote in each language, and other forms of its words."""


class Sealed(NamedTuple):
    stick: Path
    page: Path
    spanish: Path
    words: str
    picture: bytes


def _picture() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (40, 30), "#96301f").save(target, "PNG")
    return target.getvalue()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium(whole=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def sealed(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Sealed:
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("sealed") / "hub")
    config = hubyaml.load(root)
    hubs.add(config, "formation", [hubs.post("open")])
    picture = _picture()
    files = [
        hubs.attached(picture, "hall.png", "image/png"),
        hubs.attached(LARGE, "offer.bin", "application/octet-stream"),
        hubs.attached(b"OggS" + bytes(400), "voice.ogg", "audio/ogg"),
        hubs.attached(PAGE, "evil.html", "text/html"),
    ]
    hubs.commit(config.conference_repo("bargaining"), *(change for _, change in files))
    first = hubs.post(
        "first",
        subject="Our <i>offer</i>",
        body="Eleven per cent.\n",
        attachments=[row for row, _ in files],
    )
    spoken = [
        replace(hubs.post(f"in{lang}", subject=f"In {lang}", body=f"{text}\n"), lang=lang)
        for lang, (text, _) in SPOKEN.items()
    ]
    answers = [
        hubs.post(f"a{n}", "first", body=f"Answer {n}, see #1.\n" * 60, minutes=n + 1)
        for n in range(MANY)
    ]
    hubs.add(config, "bargaining", [first, *answers, *spoken])
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
    pages = (stick / where / "index.html", stick / "es" / where / "index.html")
    return Sealed(stick, *pages, words, picture)


def _opened(page: Page, at: Path, words: str) -> None:
    page.goto(at.as_uri())
    page.locator("[data-part=said]").fill(words)
    page.locator(f"{ASK} button").click()


def test_the_right_words_open_it_and_others_say_so(browser: Browser, sealed: Sealed) -> None:
    with browsing.page(browser, "file:", phone=True) as page:
        page.goto(sealed.page.as_uri())
        expect(page.locator("[data-part=old]")).to_be_hidden()
        page.locator("[data-part=said]").fill("babab babab babab babab babab")
        page.locator(f"{ASK} button").click()
        expect(page.locator(WRONG)).to_contain_text("These words do not open it")
        expect(page.locator(WRONG)).to_contain_text(sealed.page.parent.name)
        expect(page.locator(SHOWN)).to_be_hidden()
        page.locator("[data-part=said]").fill(f"  {sealed.words.upper().replace(' ', '  ')} ")
        page.locator(f"{ASK} button").click()
        expect(page.locator(f"{SHOWN} li")).to_have_count(1 + len(SPOKEN))
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
        expect(page.locator(f"{SHOWN} li")).to_have_count(1 + len(SPOKEN))
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


def test_pictures_are_shown_recordings_play_and_files_are_saved_as_they_were(
    browser: Browser, sealed: Sealed
) -> None:
    with browsing.page(browser, "file:", phone=True) as page:
        page.add_init_script(
            "window.forgotten = []; const forget = URL.revokeObjectURL.bind(URL);"
            "URL.revokeObjectURL = (url) => { window.forgotten.push(url); forget(url); };"
        )
        _opened(page, sealed.page, sealed.words)
        page.get_by_role("link", name="Our <i>offer</i>").click()
        post = page.locator(f"{SHOWN} article").first
        picture = post.get_by_role("img", name="hall.png")
        expect(picture).to_have_attribute("src", re.compile("^blob:"))
        expect(picture).to_have_js_property("naturalWidth", 40)
        saves = (("offer.bin", LARGE), ("hall.png", sealed.picture), ("evil.html", PAGE))
        for name, octets in saves:
            post.get_by_role("button", name=name, exact=True).click()
            way = post.get_by_role("link", name=name)
            expect(way).to_have_attribute("download", name)
            with page.expect_download() as saved:
                way.click()
            assert Path(saved.value.path()).read_bytes() == octets
        assert len(page.context.pages) == 1
        assert page.url.startswith("file:")
        post.get_by_role("button", name="Sound: voice.ogg").click()
        expect(post.locator("audio")).to_have_attribute("src", re.compile("^blob:"))
        assert browsing.overflow(page) == 0
        address = picture.get_attribute("src")
        page.locator("[data-part=lock]").click()
        expect(page.locator(SHOWN)).to_be_hidden()
        assert address in page.evaluate("window.forgotten")


def test_posts_are_found_by_other_forms_of_their_words_in_six_languages(
    browser: Browser, sealed: Sealed
) -> None:
    with browsing.page(browser, "file:", phone=True) as page:
        _opened(page, sealed.page, sealed.words)
        query, results = page.locator("[data-part=query]"), page.locator(f"{SHOWN} ol > li")
        for lang, (text, words) in SPOKEN.items():
            query.fill(words)
            query.press("Enter")
            expect(results.get_by_role("link")).to_have_text([f"In {lang}"])
            expect(results).to_contain_text(text.split()[1])
            expect(results.locator("mark").first).to_be_visible()
        query.fill("offer.bin")
        query.press("Enter")
        expect(results.get_by_role("link")).to_have_text(["Our <i>offer</i>"])
        query.fill("our offers")
        query.press("Enter")
        expect(results).to_have_count(1)
        expect(results).to_contain_text("#1 Ana")
        query.fill(f"Answer {MANY - 1}")
        query.press("Enter")
        expect(results).to_have_count(1)
        results.get_by_role("link").click()
        expect(page.locator(f"{SHOWN} article").last).to_be_focused()
        page.get_by_role("link", name="What was found").click()
        expect(results).to_have_count(1)
        query.fill("nobodywrotethis")
        query.press("Enter")
        expect(page.locator("[data-part=at]")).to_have_text("Nothing here has these words.")
        expect(results).to_have_count(0)
        assert "nobody" not in page.url
        assert browsing.overflow(page) == 0


@pytest.mark.parametrize("fault", ["changed", "missing", "other"])
def test_what_is_wrong_with_a_package_is_said(
    browser: Browser, sealed: Sealed, tmp_path: Path, fault: str
) -> None:
    folder = Path(shutil.copytree(sealed.page.parent, tmp_path / "stick" / sealed.page.parent.name))
    index = folder / "index.html"
    says = {
        "changed": "was changed or is damaged",
        "missing": "is missing",
        "other": "parts of two packages",
    }
    if fault == "other":
        keys = folder / "keys.js"
        keys.write_text(keys.read_text().replace(folder.name, folder.name[::-1]))
    for path in (folder / "p").iterdir():
        if fault == "changed":
            path.write_text(path.read_text().replace('","', '","AAAA'))
        elif fault == "missing":
            path.unlink()
    shutil.copytree(sealed.stick / "theme", tmp_path / "theme")
    with contextlib.suppress(AssertionError), browsing.page(browser, "file:") as page:
        _opened(page, index, sealed.words)
        said = page.locator(WRONG)
        expect(said).to_contain_text(says[fault])
        expect(page.locator(SHOWN)).to_be_hidden()
        told = said.inner_text()
    assert says[fault] in told


def test_firefox_opens_shows_finds_and_saves(sealed: Sealed, tmp_path: Path) -> None:
    shown = f"document.querySelector('{SHOWN}')"
    with firefox(tmp_path / "profile") as browser:
        browser.open(sealed.page.as_uri())
        browser.run(
            f"document.querySelector('[data-part=said]').value = arguments[0];"
            f"document.querySelector('{ASK} button').click()",
            sealed.words,
        )
        assert browser.until(f"return {shown}.querySelectorAll('li').length") == 1 + len(SPOKEN)
        browser.run(
            "document.querySelector('[data-part=query]').value = arguments[0];"
            "document.querySelector('[data-part=search] button').click()",
            SPOKEN["ar"][1],
        )
        found = browser.until(f"return ({shown}.querySelector('mark') || {{}}).textContent")
        assert found == SPOKEN["ar"][0].split()[0]
        browser.run("location.hash = 'topics'")
        browser.until(f"return {shown}.querySelectorAll('ul > li').length > 1")
        browser.run(
            f"[...{shown}.querySelectorAll('a')]"
            ".filter((one) => /offer/.test(one.textContent))[0].click()"
        )
        browser.until(f"return ({shown}.querySelector('.picture img') || {{}}).naturalWidth === 40")
        browser.run(
            f"[...{shown}.querySelectorAll('button')]"
            ".filter((one) => one.textContent === 'offer.bin')[0].click()"
        )
        browser.until(f"return {shown}.querySelector('a[download]') !== null")
        saved = tmp_path / "profile" / "downloads" / "offer.bin"
        ends = time.monotonic() + 60
        while not (saved.exists() and saved.read_bytes() == LARGE):
            assert time.monotonic() < ends, "it was not saved"
            time.sleep(0.05)
