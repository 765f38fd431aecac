"""The pages that the server makes of a library's documents: accessible, and within the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, Relations
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.foundation import data
from solicomm_build.testing import browsing, hubs, judges, smallhub, webserver

SAMPLE = data.folder("content") / "libraries/agreements/entries"
AT = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The addresses by what they show."""
    config = smallhub.make(tmp_path_factory.mktemp("hub") / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    store = CardStore(config, "papers")

    def add(title: str, path: Path, **facts: tuple[str, ...] | Relations) -> str:
        card = Entry("", "collective-agreement", {"en": title}, languages=("en",), **facts)  # type: ignore[arg-type]
        return store.add(card, [Incoming(path.name, path.read_bytes())], when=AT).entry.key

    yard = add("Yard", SAMPLE / "2025-b5wd2mzk/yard-agreement.pdf", countries=("LV",))
    water = add("Water", SAMPLE / "2024-k2ta7wjx/water-refuse-agreement.md", countries=("KE",))
    replaced = Relations(replaces=(f"lib:{water}",))
    depot = add("Depot", SAMPLE / "2026-c4nh6tpe/depot-roster-agreement.txt", relations=replaced)
    hubs.build(config)
    with webserver.running(config) as (host, port):
        base = f"http://{host}:{port}/libraries/papers"
        yield {
            "front": f"{base}/",
            "find": f"{base}/find/?country=KE&lang=ar",
            "choose": f"{base}/compare/",
            "compare": f"{base}/compare/?e={yard}&e={water}&e={depot}",
            "table": f"{base}/compare/table/",
            "read": f"{base}/{yard}/read/?q=wages",
            "changes": f"{base}/{depot}/changes/",
        }


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
def test_axe_finds_nothing_and_nothing_sticks_out(
    browser: Browser, pages: dict[str, str], width: int, scheme: str
) -> None:
    size = {"width": width, "height": 800}
    context = browser.new_context(bypass_csp=True, color_scheme=scheme, viewport=size)  # type: ignore[arg-type]
    page = context.new_page()
    for name, url in pages.items():
        page.goto(url)
        assert judges.violations(page) == [], name
        assert browsing.overflow(page) <= 0, name
    context.close()


def test_two_boxes_on_a_shelf_lead_to_the_comparison(
    browser: Browser, pages: dict[str, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(pages["front"])
    page.get_by_label("Yard").check()
    page.get_by_label("Water").check()
    page.get_by_role("button", name="Compare agreements").click()
    expect(page.get_by_role("heading", name="Disputes")).to_be_visible()
    expect(page.locator("#wage + .beside article")).to_have_count(2)
    context.close()
