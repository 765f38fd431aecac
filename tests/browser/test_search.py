"""Searching in a real browser: over HTTP, from a folder, without scripts, with files missing.

the box on a page ─→ /search/?q=… ─→ script ─→ manifest ─→ shards ─→ rows ─→ ol.results
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as indexing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.testing import browsing, hubs, webserver
from solicomm_build.testing.hubs import mid

TOPIC = f"/conferences/organising/t/{mid('s1')}/"
DONE = "[data-search-state=done]"
_NEWER = r'<nav class="narrow".*?</nav>|<details class="part save".*?</details>(?=\n<details)'


@dataclass(frozen=True)
class Site:
    """A built hub and where it is served."""

    hub: Config
    url: str

    @property
    def index(self) -> Path:
        return self.hub.public / "search" / "index"


@pytest.fixture(scope="module")
def site(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hub = hubyaml.load(shutil.copytree(built_sample, tmp_path_factory.mktemp("search") / "hub"))
    hubs.add(
        hub,
        "organising",
        [
            hubs.post(
                "s1",
                subject="Zeppelin drivers organise",
                author="Ana Souza",
                body="The zeppelins were on strike, and nobody flew.\n",
            ),
            *(
                hubs.post(
                    f"s{n}",
                    "s1",
                    subject="Re: Zeppelin drivers organise",
                    minutes=n,
                    author="Ben",
                    body=f"Answer {n}, of airships.\n",
                )
                for n in range(2, 16)
            ),
        ],
    )
    hubs.add(
        hub,
        "solidaridad",
        [
            hubs.post(
                "s20",
                subject="<i>Zeppelin</i> & huelga",
                minutes=99,
                author="Zoé <i>",
                body="Los trabajadores del zeppelin en huelga.\n",
            ),
        ],
    )
    assert hubs.build(hub).failures == []
    found = loading.load(hub, Sources(hub), loading.tips(hub), None)
    indexing.update(hub, found, settle=True)
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def search(page: Page, site: Site, query: str, path: str = "/search/") -> None:
    page.goto(f"{site.url}{path}?q={query}")
    page.locator(DONE).wait_for(state="attached")


def plainly(page: Page, site: Site) -> None:
    """The pages come from a server that knows nothing of searching."""
    built = (site.hub.public / "search" / "index.html").read_text("utf-8")

    def answer(route: Route) -> None:
        if "nojs=1" in route.request.url:
            route.continue_()
        else:
            route.fulfill(status=200, content_type="text/html", body=built)

    page.route(re.compile(r"/search/\?"), answer)


def said(page: Page) -> str:
    return page.locator("[data-search-state]").inner_text()


def test_the_box_on_a_page_leads_to_results(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.goto(site.url + "/conferences/organising/")
        page.get_by_role("searchbox").fill("zeppelin strike")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=zeppelin+strike")
        page.locator(DONE).wait_for()
        first = page.locator("ol.results > li").first
        assert first.locator("a").inner_text() == "Zeppelin drivers organise"
        assert first.locator(".meta").inner_text().startswith("Organising")
        assert "Ana Souza" in first.locator(".meta").inner_text()
        assert first.locator("mark").all_inner_texts() == ["Zeppelin", "zeppelins", "strike"]
        first.locator("a").click()
        page.wait_for_url(f"**{TOPIC}#{mid('s1')}")


def test_nothing_of_the_search_is_loaded_before_it_is_used(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(site.url + TOPIC)
        page.get_by_role("searchbox").focus()
        page.wait_for_load_state("networkidle")
        assert not [url for url in asked if "search" in url or "stem" in url]


def test_titles_and_names_are_only_text(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        search(page, site, "title:zeppelin+in:solidaridad")
        assert page.locator("ol.results > li a").inner_text() == "<i>Zeppelin</i> & huelga"
        assert page.locator("ol.results i").count() == 0
        assert "Zoé <i>" in page.locator("ol.results .meta").inner_text()


def test_a_search_in_one_place(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        search(page, site, "zeppelin&in=solidaridad")
        assert page.locator("ol.results > li").count() == 1
        assert page.get_by_label("Where").input_value() == "conferences/solidaridad"
        page.get_by_label("Where").select_option("")
        page.locator("ol.results > li").nth(1).wait_for()
        expect(page).not_to_have_url(re.compile("in="))


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_more_results_are_shown_on_demand(site: Site, browser: Browser, served: bool) -> None:
    with browsing.page(browser, site.url) as page:
        if not served:
            plainly(page, site)
        search(page, site, "zeppelin")
        assert page.locator("ol.hits > li").count() == 10
        assert int(said(page).removeprefix("Results: ")) >= 16
        known = page.locator("ol.results a").evaluate_all("all => all.map((a) => a.href)")
        page.get_by_role("button", name="Show more results").click()
        page.locator("ol.hits > li").nth(15).wait_for()
        page.wait_for_function("document.activeElement.closest('ol.results')")
        assert page.evaluate("document.activeElement.href") not in known
        assert not page.get_by_role("button", name="Show more results").is_visible()


def test_the_posts_of_a_topic_stand_together(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        search(page, site, "airships zeppelin")
        topic = page.locator("ol.results > li").filter(has_text="Zeppelin drivers organise")
        assert topic.count() == 1
        links = topic.locator("a").evaluate_all("all => all.map((a) => a.href)")
        assert len(links) == len(set(links)) == topic.locator("ol.hits > li").count() > 1
        pages = {re.sub(r"page/\d+/$", "", link.partition("#")[0]) for link in links}
        assert len(pages) == 1
        second = topic.locator("ol.hits > li a").first
        assert second.inner_text().startswith("Ben · ")
        second.click()
        page.wait_for_url(re.compile("/t/.*#"))
        assert "of airships" in page.locator(":target").inner_text()


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_results_come_as_one_types(site: Site, browser: Browser, served: bool) -> None:
    with browsing.page(browser, site.url) as page:
        if not served:
            plainly(page, site)
        page.goto(site.url + "/search/")
        page.get_by_role("searchbox").focus()
        page.keyboard.type("zeppel")
        page.locator("ol.results mark", has_text="Zeppelin").first.wait_for()
        page.wait_for_url("**/search/?q=zeppel")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Search"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Narrow the results"
        page.keyboard.press("Tab")
        assert page.locator(":focus").evaluate("e => Boolean(e.closest('ol.results'))")


def test_going_back_shows_what_was_found_before(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        search(page, site, "huelga")
        page.get_by_role("searchbox").fill("airships")
        page.keyboard.press("Enter")
        page.locator("ol.results mark", has_text="airships").first.wait_for()
        page.go_back()
        page.locator("ol.results mark", has_text="huelga").first.wait_for()
        assert page.get_by_role("searchbox").input_value() == "huelga"


def test_what_must_be_known_is_said(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        for query, words in (
            ("", "Type one or more words."),
            ("the", "Words as frequent as these"),
            ("-zeppelin", "Say also which words"),
            ("xylophone", "Nothing was found."),
            ("zeppelin+xylophone", "No text has all of these words."),
            ("zepelin", "Did you mean zeppelin?"),
        ):
            search(page, site, query)
            assert words in said(page), query
        page.get_by_role("link", name="zeppelin", exact=True).click()
        page.locator("ol.results > li").first.wait_for()
        status = page.locator("[data-search-state]")
        assert status.get_attribute("role") == "status"


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_results_are_narrowed_in_place(site: Site, browser: Browser, served: bool) -> None:
    with browsing.page(browser, site.url) as page:
        if not served:
            plainly(page, site)
        search(page, site, "zeppelin")
        page.evaluate("window.stays = true")
        page.locator(".narrow summary").click()
        page.locator(".narrow").get_by_role("link", name="Zoé").click()
        expect(page.locator("ol.results > li")).to_have_count(1)
        expect(page.locator("ol.results")).to_contain_text("huelga")
        expect(page).to_have_url(re.compile("who="))
        page.locator(".narrow a").first.click()
        expect(page.locator("ol.results")).to_contain_text("Ana Souza")
        expect(page).not_to_have_url(re.compile("who="))
        page.go_back()
        expect(page.locator("ol.results > li")).to_have_count(1)
        assert page.evaluate("window.stays")


@pytest.mark.parametrize("served", [True, False], ids=["hub", "files"])
def test_an_older_template_of_the_operator_s_still_works(
    site: Site, browser: Browser, served: bool
) -> None:
    """Without what narrows, and without what saves."""
    built = (site.hub.public / "search" / "index.html").read_text("utf-8")
    older = re.sub(_NEWER, "", built, flags=re.DOTALL)

    def from_files(route: Route) -> None:
        route.fulfill(status=200, content_type="text/html", body=older)

    with browsing.page(browser, site.url) as page:
        page.route(re.compile(r"/search/\?"), _without if served else from_files)
        search(page, site, "zeppelin")
        page.get_by_role("button", name="Show more results").click()
        page.locator("ol.hits > li").nth(12).wait_for()


def _without(route: Route) -> None:
    """The hub's answer in an older template."""
    answer = route.fetch()
    text = answer.text()
    shown = text if "data-part" in text else re.sub(_NEWER, "", text, flags=re.DOTALL)
    route.fulfill(response=answer, body=shown)


def test_a_search_is_saved_as_it_was_narrowed(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, phone=True) as page:
        search(page, site, "zeppelin")
        page.locator(".narrow summary").click()
        page.locator(".narrow").get_by_role("link", name="Zoé").click()
        expect(page.locator("ol.results > li")).to_have_count(1)
        page.locator(".save summary").click()
        expect(page.locator(".save a")).to_be_visible()
        assert browsing.overflow(page) == 0
        feed = page.locator(".save a").get_attribute("href") or ""
        assert "who=zo" in feed
        page.get_by_label("Your e-mail address").fill("ana@union.example")
        page.get_by_role("button", name="Mail me what is new").click()
        expect(page).to_have_url(re.compile("/search/save"))
        expect(page.locator("main")).to_contain_text("In a few minutes you get a mail")
    spool = Spool(site.hub.spool_desk)
    (item,) = spool.read(spool.pending()[0])
    spool.close()
    assert parse(item.raw).subject.startswith("watch by:zo")
    assert parse(item.raw).subject.endswith(" zeppelin")


@pytest.mark.parametrize("query", ["x" * 6000, "-", "%F0%9F%98%80", "%ED%A0%BD", "*", "%00", "+++"])
def test_no_query_leaves_a_blank_page(site: Site, browser: Browser, query: str) -> None:
    with browsing.page(browser, site.url) as page:
        search(page, site, query)
        assert said(page)


def test_a_missing_shard_gives_the_rest_and_says_so(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        page.route("**/*.bin", lambda route: route.fulfill(status=200, body="no ranges"))
        page.route("**/d/*.js", lambda route: route.fulfill(status=200, body="solicommSearch("))
        search(page, site, "zeppelin")
        assert "Part of the index could not be loaded" in said(page)
        page.unroute("**/d/*.js")
        page.route("**/manifest.js", lambda route: route.fulfill(status=404))
        page.reload()
        page.locator(DONE).wait_for()
        assert "does not work just now" in said(page)


@pytest.mark.parametrize("joined", ['[{"id": "x"}]', "[null]", '[{"segments": [], "sizes": 3}]'])
def test_where_the_manifest_is_wrong_about_what_is_joined_segments_are_read(
    site: Site, browser: Browser, joined: str
) -> None:
    manifest = (site.index / "manifest.js").read_text("utf-8")
    wrong, count = re.subn(r'"joined":\[.*?\}\]', f'"joined":{joined}', manifest)
    assert count
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        page.route("**/manifest.js", lambda route: route.fulfill(status=200, body=wrong))
        search(page, site, "zeppelin+strike")
        assert page.locator("ol.results > li").count() > 0
        assert said(page).startswith("Results: ")


def test_an_index_of_a_newer_version_is_said(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        newer = 'solicommSearch("manifest.js",{"version":2});\n'
        page.route("**/manifest.js", lambda route: route.fulfill(status=200, body=newer))
        search(page, site, "zeppelin")
        assert said(page) == "The index is newer than this page. Please load the page again."


def test_without_scripts_the_hub_searches(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(site.url)
        page.get_by_role("searchbox").fill("zeppelin")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search/?q=zeppelin&nojs=1")
        assert page.get_by_role("searchbox").input_value() == "zeppelin"
        first = page.locator("ol.results > li a").first
        assert "eppelin" in (page.locator("ol.results").inner_text())
        first.click()
        page.wait_for_url("**/conferences/**")


def test_without_scripts_there_are_other_ways(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(f"{site.url}/search/?q=zeppelin&nojs=1")
        link = page.locator("main a[href^='mailto:']").get_attribute("href") or ""
        assert link.startswith("mailto:solicomm@")
        assert "subject=find" in link
        page.locator("main a[href='../#conferences']").click()
        page.wait_for_url("**/#conferences")


@pytest.mark.parametrize(
    "missing",
    [
        "delete window.DecompressionStream",
        "delete AbortSignal.timeout",
        "delete Element.prototype.replaceChildren",
    ],
)
def test_a_browser_that_cannot_search_is_searched_for(
    site: Site, browser: Browser, missing: str
) -> None:
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        page.add_init_script(missing)
        page.goto(f"{site.url}/search/?q=zeppelin")
        page.wait_for_url("**/search/?q=zeppelin&nojs=1")
        assert page.locator("ol.results > li").count()


def test_a_script_that_does_not_come_leaves_the_search_to_the_hub(
    site: Site, browser: Browser
) -> None:
    with browsing.page(browser, site.url) as page:
        page.route(
            "**/theme/search.*.js",
            lambda route: route.fulfill(status=200, content_type="text/javascript", body=""),
        )
        plainly(page, site)
        page.goto(f"{site.url}/search/?q=zeppelin")
        page.wait_for_url("**/search/?q=zeppelin&nojs=1")
        assert page.locator("ol.results > li").count()


def test_an_old_browser_is_answered_at_once(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url) as page:
        page.add_init_script("delete window.DecompressionStream; delete AbortSignal.timeout")
        page.goto(f"{site.url}/search/?q=zeppelin")
        assert page.locator("ol.results > li").count() > 1
        assert "nojs" not in page.url


def test_it_works_from_a_folder(site: Site, browser: Browser, tmp_path: Path) -> None:
    """Of a copy on a stick, where nothing can be fetched."""
    copied = shutil.copytree(site.hub.public, tmp_path / "stick")
    with browsing.page(browser, copied.as_uri()) as page:
        page.goto(f"{copied.as_uri()}/search/index.html?q=zeppelin+strike")
        page.locator(DONE).wait_for()
        first = page.locator("ol.results > li a").first
        assert first.inner_text() == "Zeppelin drivers organise"
        first.click()
        page.wait_for_url(f"**{TOPIC}index.html#{mid('s1')}")
        assert page.locator("h1").inner_text() == "Zeppelin drivers organise"
        page.get_by_role("searchbox").fill("huelga")
        page.keyboard.press("Enter")
        page.locator(DONE).wait_for()
        assert page.locator("ol.results mark", has_text="huelga").count() > 0


def test_a_phone_and_arabic_and_the_dark(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, phone=True, dark=True) as page:
        search(page, site, "zeppelin", "/ar/search/")
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert browsing.overflow(page) == 0
        assert "النتائج" in said(page)
        small = page.evaluate(
            "[...document.querySelectorAll('.find input, .find button, .find select')]"
            ".filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).length"
        )
        assert small == 0


def test_a_first_search_is_cheap(site: Site, browser: Browser) -> None:
    """Everything counted, the page and headers too."""
    with browsing.page(browser, site.url) as page:
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[float] = []
        session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        search(page, site, "zeppelin+strike")
        page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) < 40_000
    assert len(sizes) <= 12


def test_a_first_search_is_cheap_where_no_hub_answers(site: Site, browser: Browser) -> None:
    """The script reads the index, in three waves after the page: manifest, shards, rows."""
    with browsing.page(browser, site.url) as page:
        plainly(page, site)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        sizes: list[float] = []
        asked: list[str] = []
        session.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
        page.on("request", lambda request: asked.append(request.url))
        search(page, site, "zeppelin+strike")
        page.wait_for_load_state("networkidle")
        assert page.locator("ol.results > li").count() > 0
    index = [url.rpartition("/")[2] for url in asked if "/search/index/" in url]
    assert index[0] == "manifest.js"
    assert {"x.bin", "r.bin"} == {*index[1:]}
    assert len(asked) <= 12
    assert 10_000 < sum(sizes) < 60_000
