"""A published card corrected, withdrawn and put back in a real browser, and proposals of everybody
else: at a desk and on a phone, in Arabic, without a mouse, without a fault of accessibility."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from solicomm_build.testing import browsing, judges
from tests.unit.web.test_correcting import Desk, ana, card, hub

__all__ = ["ana", "card", "hub"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture(params=[("en", "light", 1280), ("ar", "dark", 360)], ids=["desk", "phone"])
def opened(
    request: pytest.FixtureRequest, browser: Browser, hub: Desk
) -> Iterator[tuple[Page, str]]:
    """A window, and the language of its pages."""
    lang, scheme, width = request.param
    with browser.new_context(
        viewport={"width": width, "height": 740}, color_scheme=scheme, bypass_csp=True
    ) as context:
        yield context.new_page(), lang


def faults(page: Page) -> list[str]:
    wide = ["wider than its window"] if browsing.overflow(page) > 0 else []
    return [*judges.violations(page), *wide]


def place(hub: Desk) -> str:
    return f"http://{hub.address[0]}:{hub.address[1]}{hub.path}"


def test_who_decides_corrects_withdraws_and_takes_back_without_a_mouse(
    hub: Desk, ana: str, opened: tuple[Page, str]
) -> None:
    page, lang = opened
    name, _, value = ana.partition("; ")[0].partition("=")
    site = place(hub).removesuffix(hub.path)
    page.context.add_cookies([{"name": name, "value": value, "url": f"{site}/"}])
    page.goto(f"{place(hub)}?lang={lang}")
    wrong = faults(page)
    page.locator("[name=date]").fill("soon")
    browsing.follow(page, page.locator("[name=date]"), key="Enter")
    expect(page.locator("[name=date]")).to_have_attribute("aria-invalid", "true")
    wrong += faults(page)
    page.locator("[name=date]").fill("2024")
    browsing.follow(page, page.locator("[name=date]"), key="Enter")
    expect(page.get_by_role("status")).not_to_be_empty()
    assert hub.card().date.issued == "2024"
    wrong += faults(page)
    page.goto(f"{place(hub)}?lang={lang}")
    fold = page.locator("details:has(button[value=withdraw]) > summary")
    fold.press("Enter")
    page.fill("[name=words]", "Twice")
    browsing.follow(page, "button[value=withdraw]", key="Enter")
    wrong += faults(page)
    assert hub.card().status == "withdrawn"
    page.goto(f"{place(hub).replace('/correct/', '/history/')}?lang={lang}")
    wrong += faults(page)
    browsing.follow(page, "main form button", key="Enter")
    assert hub.card().status != "withdrawn"
    assert wrong + faults(page) == []


def test_everybody_else_proposes(hub: Desk, opened: tuple[Page, str]) -> None:
    page, lang = opened
    page.goto(f"{place(hub)}?lang={lang}")
    wrong = faults(page)
    page.fill("[name=title]", "Heat at all work")
    page.fill("[name=email]", "no address")
    page.eval_on_selector("main form", "form => form.noValidate = true")
    browsing.follow(page, "main form button[type=submit]")
    expect(page.locator("[aria-invalid], .wrong").first).to_be_visible()
    wrong += faults(page)
    page.fill("[name=name]", "Zoe")
    page.fill("[name=email]", "zoe@union.example")
    browsing.follow(page, "main form button[type=submit]")
    expect(page.locator("main")).to_contain_text("zoe@union.example")
    assert wrong + faults(page) == []
    assert hub.card().title["en"] == "Heat at work", "nobody confirmed it, and nobody decided"
