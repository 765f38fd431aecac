"""What a browser remembers for its reader: what is unread, stars, and the language of the words.

front page, numbered pages, weeks ─→ "3 new" ─→ topic#new ─→ the first post that was not read
topic in English ─→ "العربية" ─→ the same file, its words in Arabic and turned round
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, smallhub, webserver
from solicomm_build.testing.hubs import mid, post

CONFERENCE = "/conferences/water/"
TOPIC = f"{CONFERENCE}t/{mid('a')}/"
_SINCE = (
    "for (const k of Object.keys(localStorage)) if (k.startsWith('soli:')) {"
    " const r = JSON.parse(localStorage[k]); r.since = 1; localStorage[k] = JSON.stringify(r); }"
)


@dataclass(frozen=True)
class Site:
    """A built hub and where it is served."""

    hub: Config
    url: str

    def more(self, name: str, minutes: float) -> None:
        """One more answer in the topic."""
        answer = post(name, "a", subject="Re: Water", minutes=minutes, author=f"Bea {name}")
        hubs.add(self.hub, "water", [answer])
        assert hubs.build(self.hub).failures == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = smallhub.make(
        tmp_path_factory.mktemp("reading") / "hub",
        Conference("water", {"en": "Water workers"}, posting="open"),
    )
    hub = replace(made, languages=("en", "ar", "ru"))
    hubs.add(
        hub,
        "water",
        [
            post("a", subject="Water at the yard", author="أمينة"),
            *(
                post(f"b{n}", "a", subject="Re: Water at the yard", minutes=n, author=f"Bea {n}")
                for n in range(1, 4)
            ),
            post("c", subject="Bread", minutes=50),
            *(post(f"d{n}", "d0", subject="Long", minutes=60 + n) for n in range(1, 102)),
        ],
    )
    assert hubs.build(hub).failures == []
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def row(page: Page, tid: str) -> Page:
    return page.locator(f"li[data-t='{tid}']")  # type: ignore[return-value]


def test_what_came_since_is_counted_and_opened_where_it_begins(
    site: Site, browser: Browser
) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + CONFERENCE)
        expect(page.locator("[data-marks]")).to_be_visible()
        assert page.locator(".new").count() == 0, "nothing is new to who comes first"
        page.goto(site.url + TOPIC)
        expect(page.locator(".marks")).to_be_visible()
        site.more("e1", 200)
        site.more("e2", 201)
        page.goto(site.url + CONFERENCE)
        new = row(page, mid("a")).locator(".new")
        expect(new).to_have_text("2 new")
        ink, ground = new.evaluate(
            "one => [getComputedStyle(one).color, getComputedStyle(one).backgroundColor]"
        )
        assert ink == "rgb(255, 255, 255)", "a link in a grey line is grey, but not this one"
        assert ground != ink
        new.click()
        page.wait_for_url(f"**#{mid('e1')}")
        assert page.evaluate("document.activeElement.id") == mid("e1")
        assert page.locator(".unread").count() == 2
        page.goto(site.url + CONFERENCE)
        expect(page.locator("[data-marks]")).to_be_visible()
        assert row(page, mid("a")).locator(".new").count() == 0


def test_numbered_pages_ask_the_index_and_weeks_know_it(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + TOPIC)
        expect(page.locator(".marks")).to_be_visible()
        seen = page.evaluate("JSON.parse(localStorage['soli:water']).t")
        assert seen == {mid("a"): page.locator(".post").count()}
        page.evaluate(
            f"() => {{ const r = JSON.parse(localStorage['soli:water']); r.t['{mid('a')}'] = 1;"
            " r.since = Math.floor(Date.UTC(2026, 2, 1) / 1000);"
            " localStorage['soli:water'] = JSON.stringify(r); }"
        )
        asked: list[str] = []
        page.on("request", lambda one: asked.append(one.url))
        page.goto(site.url + CONFERENCE + "page/1/")
        page.wait_for_load_state("networkidle")
        assert any("/index/20" in url for url in asked)
        assert len([url for url in asked if "/index/" in url]) <= 4


def test_a_long_topic_is_opened_at_the_page_of_the_first_unread(
    site: Site, browser: Browser
) -> None:
    with browsing.page(browser, site.url) as page:
        long = site.hub.public / "conferences" / "water" / "t" / mid("d0")
        assert (long / "page" / "2" / "index.html").exists()
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        expect(page.locator(".marks")).to_be_visible()
        page.goto(site.url + CONFERENCE)
        new = row(page, mid("d0")).locator(".new")
        expect(new).to_have_text(re.compile(r"^\d\d new$"))
        new.click()
        page.wait_for_url(re.compile(r"/page/2/#[a-z2-7]{32}$"))
        first = page.locator(".post").first
        assert page.url.endswith(f"#{first.get_attribute('id')}")
        expect(first).to_have_class(re.compile("unread"))


def test_a_post_is_found_from_any_page_of_its_topic(site: Site, browser: Browser) -> None:
    topic = f"{site.url}{CONFERENCE}t/{mid('d0')}/"
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(f"{topic}#{mid('d30')}")
        page.locator(f"[id='{mid('d30')}']").evaluate("way => way.closest('details').open = true")
        page.locator(f"[id='{mid('d30')}']").click()
        expect(page.locator(f"article[id='{mid('d30')}']")).to_be_visible()
        page.goto(topic)
        page.get_by_role("link", name="Newest post").click()
        expect(page.locator(f"article[id='{mid('d101')}']")).to_be_visible()
    with browsing.page(browser, site.url) as page:
        for name in ("d30", "d99"):  # the first has a way on the page, the server knows the other
            page.goto(f"{topic}#{mid(name)}")
            expect(page).to_have_url(re.compile(rf"/page/\d+/#{mid(name)}$"))
            expect(page.locator(f"article[id='{mid(name)}']")).to_be_focused()


def test_later_posts_come_into_the_page(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        first = page.locator(".post").count()
        page.get_by_role("link", name="Later").click()
        expect(page.locator(".post").nth(first)).to_be_focused()
        assert page.url.endswith(f"{mid('d0')}/")
        came = page.locator(".post").nth(first)
        link = came.locator(".answer a").get_attribute("href")
        own = f"{site.url}{CONFERENCE}t/{mid('d0')}/page/2/"
        assert link == f"{own}?to={came.get_attribute('id')}"
        seen = page.evaluate(f"JSON.parse(localStorage['soli:water']).t['{mid('d0')}']")
        assert seen == page.locator(".post").count() > first


def test_pressed_twice_later_posts_come_once(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        first = page.locator(".post").count()
        page.get_by_role("link", name="Later").dblclick()
        expect(page.locator(".post").nth(first)).to_be_focused()
        page.wait_for_load_state("networkidle")
        assert page.url.endswith(f"{mid('d0')}/")
        shown = page.eval_on_selector_all(".post", "posts => posts.map((post) => post.id)")
        assert len(shown) == len(set(shown)) > first
        assert page.locator("[aria-busy]").count() == 0


def test_later_posts_come_in_the_language_that_was_chosen(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        page.evaluate("localStorage['soli-lang'] = 'ru'")
        page.reload()
        expect(page.locator("html")).to_have_attribute("lang", "ru")
        words = page.locator(".answer a").first.inner_text()
        assert not words.startswith("Reply")
        first = page.locator(".post").count()
        page.locator(".pager [rel=next]").click()
        expect(page.locator(".post").nth(first)).to_be_focused()
        assert page.locator(".post").nth(first).locator(".answer a").inner_text() == words
        assert page.locator("time", has_text="March").count() == 0


def test_later_posts_can_be_opened_beside(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        first = page.locator(".post").count()
        with page.context.expect_page() as beside:
            page.get_by_role("link", name="Later").click(modifiers=["ControlOrMeta"])
        expect(beside.value).to_have_url(re.compile(r"/page/2/$"))
        page.wait_for_load_state("networkidle")
        assert page.locator(".post").count() == first


def test_times_are_the_readers_and_the_address_is_there_to_share(
    site: Site, browser: Browser
) -> None:
    context = browser.new_context(timezone_id="Africa/Nairobi")
    page = context.new_page()
    page.goto(site.url + TOPIC)
    time = page.locator(".post time").first
    expect(time).to_have_text(re.compile(r"\d\d:\d\d GMT\+3$"))
    expect(time).to_have_attribute("title", re.compile(r"\d\d:\d\d UTC$"))
    share = page.locator(".share")
    assert share.locator("code").is_hidden()
    page.evaluate("delete Navigator.prototype.share")
    share.locator("summary").click()
    expect(share.locator("code")).to_have_text(re.compile(rf"^https?://\S+{TOPIC}$"))
    context.close()


def test_stars_and_silence_are_kept_and_taken_along_as_a_file(
    site: Site, browser: Browser, tmp_path: Path
) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + TOPIC)
        star = page.get_by_role("button", name="Star")
        star.click()
        expect(star).to_have_attribute("aria-pressed", "true")
        page.goto(f"{site.url}{CONFERENCE}t/{mid('c')}/")
        mute = page.get_by_role("button", name="Mute")
        mute.click()
        expect(mute).to_have_attribute("aria-pressed", "true")
        page.goto(site.url + CONFERENCE)
        expect(row(page, mid("a"))).to_have_class("star")
        expect(row(page, mid("c"))).to_have_class("mute")
        with page.expect_download() as download:
            page.get_by_role("button", name="Save what I have read").click()
        file = tmp_path / "read.json"
        download.value.save_as(file)
    saved = json.loads(file.read_text())["soli:water"]
    assert saved["v"] == 1
    assert saved["star"] == [mid("a")]
    with browsing.page(browser, site.url) as other:
        other.goto(site.url + CONFERENCE)
        expect(other.locator("[data-marks]")).to_be_visible()
        with other.expect_file_chooser() as chooser:
            other.get_by_role("button", name="Load it from a file").click()
        chooser.value.set_files(file)
        expect(row(other, mid("a"))).to_have_class("star")
        bad = tmp_path / "bad.json"
        bad.write_text('{"soli:water": {"v": 1, "t": {"x": "y"}, "star": 7, "since": "now"}}')
        with other.expect_file_chooser() as chooser:
            other.get_by_role("button", name="Load it from a file").click()
        chooser.value.set_files(bad)
        expect(row(other, mid("a"))).to_have_class("star")


def test_the_words_of_a_topic_can_be_arabic(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + TOPIC)
        expect(page.locator(".top .langs + .me")).to_be_visible()  # where other pages have it
        page.locator(".langs summary").click()
        page.get_by_role("button", name="العربية").click()
        html = page.locator("html")
        expect(html).to_have_attribute("dir", "rtl")
        expect(html).to_have_attribute("lang", "ar")
        assert page.locator(".answer a").nth(1).inner_text().startswith("الرد على Bea 1")
        assert "مشاركات" in page.locator(".head .meta").first.inner_text()
        assert "مارس" in page.locator(".post time").first.inner_text()
        assert page.locator("h1 bdi").get_attribute("lang") == "en", "what people wrote stays"
        assert page.locator(".body").first.get_attribute("lang") == "en"
        assert browsing.overflow(page) == 0
        page.goto(f"{site.url}{CONFERENCE}page/1/")
        expect(html).to_have_attribute("dir", "rtl")
        page.goto(site.url + TOPIC)
        page.locator(".langs summary").click()
        page.get_by_role("button", name="English").click()
        expect(html).to_have_attribute("dir", "ltr")
        assert page.evaluate("localStorage['soli-lang']") is None


def test_who_reads_in_russian_needs_it_chosen_once(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + CONFERENCE)
        page.locator(".langs summary").click()
        browsing.follow(page, ".langs a[hreflang=ru]")
        page.wait_for_url("**/ru/**")
        browsing.follow(page, page.locator("main a", has_text="Water at the yard").first)
        expect(page.locator("html")).to_have_attribute("lang", "ru")
        assert "сообщени" in page.locator(".head .meta").first.inner_text()


def test_without_scripts_and_storage_it_reads_as_before(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(site.url + CONFERENCE)
        assert not page.locator("[data-marks]").is_visible()
        browsing.follow(page, page.locator("a", has_text="New this week"))
        assert page.locator("h1").inner_text() == "New this week"


def test_from_a_folder_nothing_is_offered_that_would_be_forgotten(
    site: Site, browser: Browser
) -> None:
    place = site.hub.public / "conferences" / "water" / "index.html"
    with browsing.page(browser, "file:") as page:
        page.goto(place.as_uri())
        page.wait_for_load_state()
        assert not page.locator("[data-marks]").is_visible()
        browsing.follow(page, page.locator("main a", has_text="Water at the yard").first)
        assert page.locator(".post").count() >= 4


def test_a_topic_that_is_printed_twice_has_each_post_once(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.add_init_script("window.print = () => { document.body.dataset.printed = ''; };")
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/")
        for _ in range(2):
            page.get_by_role("button", name="Print the whole topic").click()
            page.locator("body[data-printed]").wait_for()
            shown = page.eval_on_selector_all(".post", "posts => posts.map((post) => post.id)")
            assert len(shown) == len(set(shown)) == 101
            page.evaluate("delete document.body.dataset.printed")


def test_a_topic_of_several_pages_is_printed_whole(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.add_init_script("window.print = () => { document.body.dataset.printed = ''; };")
        page.goto(f"{site.url}{CONFERENCE}t/{mid('d0')}/page/2/")
        page.get_by_role("button", name="Print the whole topic").click()
        page.locator("body[data-printed]").wait_for()  # no policy forbids this
        shown = page.eval_on_selector_all(".post", "posts => posts.map((post) => post.id)")
        assert len(shown) == 101
        assert shown[:2] == [mid("d1"), mid("d2")]
        assert shown[-1] == mid("d101")
        page.emulate_media(media="print")
        for chrome in (".top nav", ".answer a", ".pager", ".end"):
            assert not page.locator(chrome).first.is_visible(), chrome
