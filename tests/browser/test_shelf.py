"""A shelf on a stick: every link leads somewhere in the folder, and the search works by file://.

library ─carry→ folder ─file://→ browser
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from solicomm_build.features.library.rendering.carried import LIST, Carried, Selection, carry
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import browsing

LIBRARY = "agreements"


def put(hub: Config, folder: Path, wanted: Selection) -> Carried:
    return carry(hub, LIBRARY, folder, wanted, data.theme())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


@pytest.fixture
def stick(sample_hub: Config, tmp_path: Path) -> Path:
    done = put(sample_hub, tmp_path / "stick", Selection())
    assert done.cards > 20
    assert done.missing == ()
    return tmp_path / "stick"


class _Targets(HTMLParser):
    """`resources` are loaded with the page, `links` are followed by a person."""

    def __init__(self) -> None:
        super().__init__()
        self.resources: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        loaded = tag in ("script", "img", "source", "iframe") or "stylesheet" in (
            said.get("rel") or ""
        )
        target = said.get("src") or said.get("href") or said.get("action")
        if target and "canonical" not in (said.get("rel") or ""):
            (self.resources if loaded else self.links).append(target)


def test_every_link_stays_in_the_folder(stick: Path) -> None:
    pages = sorted(stick.rglob("*.html"))
    assert len(pages) > 100
    broken = []
    for page in pages:
        found = _Targets()
        found.feed(page.read_text("utf-8"))
        for target in [*found.resources, *found.links]:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                if target in found.resources:
                    broken.append((page, target))
                continue
            path = (page.parent / unquote(parts.path)) if parts.path else page
            inside = path.resolve().is_relative_to(stick.resolve())
            if parts.path.startswith("/") or not inside or not path.is_file():
                broken.append((page.relative_to(stick), target))
    assert broken == []


def test_no_page_offers_what_needs_a_server(stick: Path) -> None:
    for page in stick.rglob("*.html"):
        text = page.read_text("utf-8")
        for door in ("/login/", "login/", "Sign in", "/members/", "/join/"):
            assert door not in text, (page.relative_to(stick), door)


def test_what_the_web_server_makes_is_looked_up_at_the_hub(stick: Path, sample_hub: Config) -> None:
    for front in (stick / "index.html", stick / "es" / "index.html"):
        found = _Targets()
        found.feed(front.read_text("utf-8"))
        assert f"{sample_hub.url}/feed.xml" in found.links


def test_searching_from_the_stick(stick: Path, browser: Browser) -> None:
    page = browser.new_page()
    outside: list[str] = []
    page.on("request", lambda r: None if r.url.startswith("file:") else outside.append(r.url))
    page.goto((stick / "libraries/agreements/index.html").as_uri())
    page.get_by_role("searchbox").first.fill("heat")
    page.keyboard.press("Enter")
    page.locator("[data-search-state=done]").wait_for(state="attached", timeout=30_000)
    first = page.locator("ol.results a").first
    target = first.evaluate("link => link.href")
    assert "/libraries/agreements/" in target
    assert target.split("#")[0].endswith("/index.html")
    first.click()
    page.wait_for_url(target, timeout=30_000)
    assert "heat" in page.content().lower()
    assert outside == []
    page.close()


def test_again_costs_nothing_and_a_selection_takes_away(sample_hub: Config, stick: Path) -> None:
    assert put(sample_hub, stick, Selection()).written == 0
    before = len(list(stick.glob("libraries/agreements/2*/index.html")))
    less = put(sample_hub, stick, Selection(subject="ilo-taxonomy:strikes"))
    left = [path.parent.name for path in stick.glob("libraries/agreements/2*/index.html")]
    assert 0 < less.cards == len(left) < before
    assert less.removed > 0


def test_a_folder_with_other_things_is_left_alone(sample_hub: Config, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear all")
    with pytest.raises(UsageError, match="other things"):
        put(sample_hub, tmp_path / "mine", Selection())
    assert not (tmp_path / "mine" / LIST).exists()
    with pytest.raises(UsageError, match="no card"):
        put(hubyaml.load(sample_hub.root), tmp_path / "new", Selection(lang="sw-x"))


def test_the_front_page_fits_a_library_alone_in_the_language_asked_for(
    sample_hub: Config, tmp_path: Path
) -> None:
    put(sample_hub, tmp_path / "es", Selection(lang="es"))
    front = (tmp_path / "es/index.html").read_text("utf-8")
    assert '<html lang="es"' in front
    assert "Convenios y manuales" in front
    assert "para leer y buscar sin red" in front
    for page in [
        front,
        *(
            (tmp_path / "es" / at).read_text("utf-8")
            for at in ("search/index.html", "en/index.html", "libraries/agreements/index.html")
        ),
    ]:
        assert "/login/" not in page
        assert not any(f"#{gone}" in page for gone in ("conferences", "lists", "unions"))
    assert "yet" not in (tmp_path / "es/en/index.html").read_text("utf-8")
    assert put(sample_hub, tmp_path / "es", Selection(lang="es")).written == 0
