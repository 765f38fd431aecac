"""A union's editor in a real browser: on a phone, with and without JavaScript, strict CSP."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access
from solicomm_build.testing import browsing, judges, smallhub, webserver


@dataclass(frozen=True)
class Hub:
    """A hub that is served, and a token for its one site."""

    config: Config
    url: str
    token: str


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    config = smallhub.make(tmp_path / "hub")
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    _, token = access.issue(config, "ana", ["unions/metal"])
    with webserver.running(config) as (host, port):
        yield Hub(config, f"http://{host}:{port}", token)


def log_in(page: Page, hub: Hub) -> None:
    page.goto(f"{hub.url}/edit/metal/")
    page.fill("[name=token]", hub.token)
    browsing.follow(page, "form:has([name=token]) button")
    page.wait_for_selector("text=Add news")


@pytest.mark.parametrize("javascript", [True, False])
def test_news_with_a_picture_from_a_phone(browser: Browser, hub: Hub, javascript: bool) -> None:
    octets = io.BytesIO()
    Image.new("RGB", (90, 60), "red").save(octets, "JPEG")
    picture = {"name": "March.jpg", "mimeType": "image/jpeg", "buffer": octets.getvalue()}
    with browsing.page(browser, hub.url, javascript=javascript, phone=True) as page:
        log_in(page, hub)
        browsing.follow(page, "text=Add news")
        page.fill("[name=title]", "We won")
        page.fill("[name=text]", "After **three** weeks.")
        page.set_input_files("[name=picture]", files=[picture])
        page.fill("[name=picture_alt]", "A march")
        page.click("button[value=picture]")
        page.wait_for_selector("text=The picture is at the end")
        if javascript:
            page.type("[name=text]", " ")
        else:
            page.click("button[value=preview]")
        page.wait_for_selector("#preview strong:has-text('three')")
        page.wait_for_selector("#preview img[alt='A march']", state="attached")
        if javascript:
            page.evaluate("document.querySelector('#preview').scrollIntoView()")  # lazy
            expect(page.locator("#preview img")).to_have_js_property("naturalWidth", 90)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360 if javascript else True
        page.click("button[value=save]")
        page.wait_for_selector("text=Published. In a moment")
    files = smallhub.files(hub.config.union_repo("metal"))
    assert b"![A march](media/march.webp)" in next(
        blob for path, blob in files.items() if path.endswith("/we-won.en.md")
    )


def test_a_fault_is_shown_and_the_text_is_kept(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url) as page:
        log_in(page, hub)
        browsing.follow(page, "text=Add an event")
        page.fill("[name=title]", "Rally")
        page.fill("[name=starts]", "2026-12-05")
        page.fill("[name=starts_time]", "14:30")
        page.fill("[name=online]", "by telephone")
        page.fill("[name=text]", "Come all.")
        with page.expect_response(lambda answer: answer.status == 422):
            page.click("button[value=save]")
        page.wait_for_selector("label:has-text('meeting online') .wrong")
        assert page.input_value("[name=text]").strip() == "Come all."
        assert page.input_value("[name=starts_time]") == "14:30"
        page.fill("[name=online]", "https://meet.example/rally")
        page.click("button[value=save]")
        page.wait_for_selector("text=Published. In a moment")
        page.click("text=Log out")
        page.wait_for_selector("[name=token]")


def test_the_tools_work_by_keyboard_and_a_dropped_picture_asks_for_words(
    browser: Browser, hub: Hub
) -> None:
    with browsing.page(browser, hub.url) as page:
        log_in(page, hub)
        browsing.follow(page, "text=About us")
        area = page.locator("[name=text]")
        area.fill("We won")
        area.press("Control+a")
        area.press("Control+b")
        expect(area).to_have_value("**We won**")
        area.press("End")
        page.keyboard.press("Shift+Tab")
        expect(page.locator(".st-bar button[name=p]")).to_be_focused()
        expect(page.locator("#preview")).to_contain_text("We won")
        page.evaluate(
            """() => {
              const held = new DataTransfer();
              held.items.add(new File([new Uint8Array(4)], "a.png", { type: "image/png" }));
              document.querySelector("[name=text]").dispatchEvent(
                new DragEvent("drop", { dataTransfer: held, bubbles: true, cancelable: true }));
            }"""
        )
        expect(page.locator("[name=picture_alt]")).to_be_focused()
        assert page.evaluate("document.querySelector('[name=picture]').files[0].name") == "a.png"
        with page.expect_response(lambda answer: answer.status == 422):
            page.click("button[value=picture]")
        expect(page.locator("[role=status]")).to_contain_text("describe it")
        expect(area).to_have_value("**We won**")


def test_a_text_that_brings_a_picture_of_itself_is_pasted_as_text(
    browser: Browser, hub: Hub
) -> None:
    with browsing.page(browser, hub.url) as page:
        log_in(page, hub)
        browsing.follow(page, "text=About us")
        pasted = """(texts) => {
          const held = new DataTransfer();
          for (const [type, text] of texts) held.setData(type, text);
          held.items.add(new File([new Uint8Array(4)], "image.png", { type: "image/png" }));
          return document.querySelector("[name=text]").dispatchEvent(new ClipboardEvent("paste",
            { clipboardData: held, bubbles: true, cancelable: true }));
        }"""
        office = [["text/plain", "We won"], ["text/html", "<b>We won</b>"]]
        files = "document.querySelector('[name=picture]').files.length"
        assert page.evaluate(pasted, office) is True, "the browser pastes it"
        assert page.evaluate(files) == 0
        assert page.evaluate(pasted, [["text/html", "<img src=x>"]]) is False
        assert page.evaluate(files) == 1


def test_axe_finds_nothing_in_the_studio(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url, phone=True) as page:
        log_in(page, hub)
        for path in ("", "text?path=pages/about.en.md", "history", "settings", "look", "menu"):
            page.goto(f"{hub.url}/edit/metal/{path}")
            assert judges.violations(page) == []
            assert browsing.overflow(page) <= 0


def test_a_look_is_chosen_without_scripts(browser: Browser, hub: Hub) -> None:
    with browsing.page(browser, hub.url, javascript=False) as page:
        log_in(page, hub)
        browsing.follow(page, "nav >> text=Look")
        page.check("[value=poster]")
        browsing.follow(page, "button[value=save]")
        expect(page.locator("[role=status]")).to_contain_text("Saved.")
        expect(page.locator("[value=poster]")).to_be_checked()
    assert b"preset: poster" in smallhub.files(hub.config.union_repo("metal"))["site.yaml"]
