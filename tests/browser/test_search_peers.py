"""One search over several hubs: the reader's browser asks each, and ranks all together.

our /search/ ─→ our index and the peers' ─→ one ranking, links to where the texts are
"""

from __future__ import annotations

import contextlib
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as indexing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import browsing, hubs, webserver
from solicomm_build.testing.hubs import mid

DONE = "[data-search-state=done]"


@dataclass(frozen=True)
class Two:
    """Our hub, its address, that of the peer, and the folder that the peer publishes."""

    hub: Config
    ours: str
    theirs: str
    shelf: Path


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


@contextlib.contextmanager
def opened(browser: Browser) -> Iterator[Page]:
    """A page of a fresh profile, in which no script may fail."""
    context = browser.new_context()
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def built(hub: Config) -> Config:
    assert hubs.build(hub).failures == []
    found = loading.load(hub, Sources(hub), loading.tips(hub), None)
    indexing.update(hub, found, settle=True)
    return hub


@pytest.fixture(scope="module")
def two(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    folder = tmp_path_factory.mktemp("peers")
    theirs = hubyaml.load(shutil.copytree(founded_sample, folder / "theirs"))
    hubs.add(
        theirs,
        "organising",
        [
            hubs.post(
                "p1", subject="Ornithopter ornithopter", author="Peer", body="An ornithopter.\n"
            ),
            hubs.post("p2", subject="Only elsewhere", author="Peer", body="A gyrocopter.\n"),
        ],
    )
    with webserver.running(built(theirs)) as (host, port):
        peer = f"http://{host}:{port}"
        ours = hubyaml.load(shutil.copytree(founded_sample, folder / "ours"))
        hubs.add(
            ours,
            "organising",
            [
                hubs.post("o1", subject="Weather", author="Ana", body="Rain on the ornithopter.\n"),
                hubs.post("o2", subject="Ornithopter", author="Ana", body="They fly.\n"),
            ],
        )
        hub = built(replace(ours, search_peers=(peer,)))
        with webserver.running(hub) as (own_host, own_port):
            yield Two(hub, f"http://{own_host}:{own_port}", peer, theirs.public)


def search(page: Page, url: str, query: str) -> None:
    page.goto(f"{url}/search/?q={query}+in:organising")
    page.locator(DONE).wait_for(state="attached")


def links(page: Page) -> list[str]:
    found = page.locator("ol.results > li a").evaluate_all("all => all.map((a) => a.href)")
    return [str(link) for link in found]


def said(page: Page) -> str:
    return page.locator("[data-search-state]").inner_text()


def test_one_ranking_over_two_hubs(two: Two, browser: Browser) -> None:
    with opened(browser) as page:
        search(page, two.ours, "ornithopter")
        tops = [
            f"{two.theirs}/conferences/organising/t/{mid('p1')}/#{mid('p1')}",
            f"{two.ours}/conferences/organising/t/{mid('o2')}/#{mid('o2')}",
            f"{two.ours}/conferences/organising/t/{mid('o1')}/#{mid('o1')}",
        ]
        assert links(page) == tops
        assert said(page) == "Results: 3"
        metas = page.locator("ol.results .meta").all_inner_texts()
        host = two.theirs.removeprefix("http://")
        assert [host in meta for meta in metas] == [True, False, False]
        page.locator("ol.results > li a").first.click()
        page.wait_for_url(f"{two.theirs}/**")
        assert page.locator("h1").inner_text() == "Ornithopter ornithopter"


def test_what_only_a_peer_has_is_found(two: Two, browser: Browser) -> None:
    with opened(browser) as page:
        search(page, two.ours, "gyrocopter")
        assert links(page) == [f"{two.theirs}/conferences/organising/t/{mid('p2')}/#{mid('p2')}"]


def test_other_pages_may_not_read_the_peer(two: Two, browser: Browser) -> None:
    with opened(browser) as page:
        ask = f"fetch('{two.theirs}/search/index/manifest.js').then((a) => a.ok, () => false)"
        page.goto(two.ours + "/search/")
        assert page.evaluate(ask) is True
        assert page.evaluate(ask.replace("/search/index/manifest.js", "/latest.json")) is False
        page.goto(two.ours + "/")
        assert page.evaluate(ask) is False


def test_a_dead_peer_is_left_out_and_said(two: Two, browser: Browser) -> None:
    with opened(browser) as page:
        page.route(f"{two.theirs}/**", lambda route: route.abort())
        search(page, two.ours, "ornithopter")
        assert len(links(page)) == 2
        host = two.theirs.removeprefix("http://")
        assert f"{host} does not answer and was left out." in said(page)


def test_a_peer_that_never_answers_holds_nobody_up(two: Two, browser: Browser) -> None:
    """It takes the connection, and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        peer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        hub = replace(two.hub, search_peers=(peer,))
        page_of = hub.public / "search" / "index.html"
        kept = {file: file.read_bytes() for file in page_of.parent.glob("index.html*")}
        for file in kept:
            file.unlink()
        page_of.write_bytes(kept[page_of].replace(two.theirs.encode(), peer.encode()))
        try:
            with (
                webserver.running(hub) as (host, port),
                opened(browser) as page,
            ):
                search(page, f"http://{host}:{port}", "ornithopter")
                assert len(links(page)) == 2
                assert "does not answer and was left out." in said(page)
        finally:
            for file, data in kept.items():
                file.write_bytes(data)


@pytest.mark.parametrize(
    "manifest",
    [
        "",
        "{}",
        "null",
        '{"version":1}',
        '{"version":1,"fields":[],"segments":[]}',
        '{"version":1,"fields":["title","author","body"],"documents":-5,"lengths":[1,1,1],"chunk":4,'
        '"languages":{},"places":{},"segments":[]}',
    ],
)
def test_a_broken_peer_breaks_nothing_here(two: Two, browser: Browser, manifest: str) -> None:
    with opened(browser) as page:
        page.route(
            f"{two.theirs}/**/manifest.js",
            lambda route: route.fulfill(
                status=200,
                headers={"access-control-allow-origin": "*"},
                body=f'solicommSearch("manifest.js",{manifest});\n',
            ),
        )
        search(page, two.ours, "ornithopter")
        assert len(links(page)) == 2
        assert "does not answer and was left out." in said(page)


def test_what_a_peer_says_is_only_text_and_only_links_to_it(two: Two, browser: Browser) -> None:
    with opened(browser) as page:
        row = (
            '{"t":["<img src=x onerror=alert(1)>"],"a":[{}],'
            '"d":["soon"],"u":["javascript:alert(1)"],'
            '"p":["//evil.example"],"l":[7],"s":[null]}'
        )
        page.route(
            f"{two.theirs}/search/index/d/*.js",
            lambda route: route.fulfill(
                status=200,
                headers={"access-control-allow-origin": "*"},
                body=f'solicommSearch("d/0.js",{row});\n',
            ),
        )
        search(page, two.ours, "ornithopter")
        assert links(page)[0].startswith(f"{two.theirs}/")
        assert page.locator("ol.results img").count() == 0


def test_from_a_folder_peers_are_read_and_never_run(
    two: Two, browser: Browser, tmp_path: Path
) -> None:
    copied = shutil.copytree(two.hub.public, tmp_path / "stick")
    with opened(browser) as page:
        page.goto(f"{copied.as_uri()}/search/index.html?q=ornithopter+in:organising")
        page.locator(DONE).wait_for(state="attached")
        assert len(links(page)) == 3
        loaded = page.eval_on_selector_all("script", "all => all.map((script) => script.src)")
        assert all(url.startswith("file:") for url in loaded)
