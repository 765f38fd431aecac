"""A real Chromium for tests. A page that complains (console, CSP, foreign request) is an error."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    ViewportSize,
    sync_playwright,
)

_ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_PHONE = ViewportSize(width=360, height=740)
_DESK = ViewportSize(width=1200, height=900)


@contextlib.contextmanager
def chromium(*, whole: bool = False) -> Iterator[Browser]:
    """Chromium without a window; skips the test where the machine has none. Its shell has the same
    engine and starts, and opens a profile, for half of the processor time; `whole` is what people
    have, for what is more than a page: programs of the browser, its keys, files without a hub."""
    names = ("chromium",) if whole else ("chromium-headless-shell", "chromium")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("there is no chromium here; `make debian` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGS)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def page(
    browser: Browser,
    url: str,
    *,
    javascript: bool = True,
    phone: bool = False,
    dark: bool = False,
    lang: str = "en-GB",
) -> Iterator[Page]:
    """A page of a fresh profile; on leaving, everything it complained of is asserted to be nothing.

    A 404 or 422 that is asked for is no complaint; whatever is loaded from elsewhere than `url` is.
    """
    context = browser.new_context(
        java_script_enabled=javascript,
        viewport=_PHONE if phone else _DESK,
        locale=lang,
        color_scheme="dark" if dark else "light",
        has_touch=phone,
    )
    complaints: list[str] = []

    def console(message: ConsoleMessage) -> None:
        asked_for = any(f"status of {code}" in message.text for code in (404, 422))
        if message.type in ("error", "warning") and not asked_for:
            complaints.append(f"{message.type}: {message.text}")

    def request(asked: Request) -> None:
        if not asked.url.startswith((url, "data:", "blob:")):
            complaints.append(f"foreign: {asked.url}")

    try:
        opened = context.new_page()
        opened.on("console", console)
        opened.on("pageerror", lambda error: complaints.append(f"script: {error}"))
        opened.on("request", request)
        yield opened
    finally:
        context.close()
    assert complaints == [], complaints  # noqa: S101 - this is what it is for


def follow(opened: Page, pressed: str | Locator, *, key: str = "") -> None:
    """Presses what leads to another page, by `key` where one is given; that page is loaded then.

    A click alone returns while the old page is still shown, and what comes next asks that.
    A fault of a form that comes back is another page, too.
    """
    place = opened.locator(pressed).first if isinstance(pressed, str) else pressed
    with opened.expect_navigation():
        if key:
            place.press(key)
        else:
            place.click()


def overflow(opened: Page) -> int:
    """By how many pixels a page is wider than its window."""
    return int(
        opened.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
