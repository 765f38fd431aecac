"""A document handed in and decided on in a real browser: on a phone, without scripts, in Arabic."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation import data
from solicomm_build.testing import browsing, hubs, judges, mailservers, webserver
from tests.unit.web import test_handin as unit
from tests.unit.web.test_handin import ANA, Hub

GUIDE = data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    config = replace(unit.founded(tmp_path), languages=("en", "ar"))
    hubs.build(config)
    with webserver.running(config) as address:
        yield Hub(address, config)


@pytest.mark.parametrize(("lang", "dark", "width"), [("en", False, 1280), ("ar", True, 360)])
def test_choose_look_and_hand_in_without_scripts(
    hub: Hub, browser: Browser, lang: str, dark: bool, width: int
) -> None:
    url = f"http://{hub.address[0]}:{hub.address[1]}"
    with browser.new_context(
        viewport={"width": width, "height": 740},
        color_scheme="dark" if dark else "light",
        bypass_csp=True,
        reduced_motion="reduce",
    ) as context:
        page = context.new_page()
        page.goto(f"{url}/libraries/papers/")
        browsing.follow(page, "a[href='deposit/']")
        page.goto(f"{url}/{lang}/libraries/papers/deposit/")
        wrong = [*judges.violations(page)]
        page.set_input_files("[name=file]", GUIDE)
        browsing.follow(page, "button[value=look]")
        wrong += judges.violations(page)
        page.fill("[name=name]", "Ana")
        page.fill("[name=email]", ANA)
        page.fill("[name=date]", "soon")
        browsing.follow(page, "form.form button[type=submit]")
        page.wait_for_selector("[aria-invalid]")
        wrong += judges.violations(page)
        wrong += ["wider than its window"] if browsing.overflow(page) > 0 else []
        page.fill("[name=date]", "2026")
        browsing.follow(page, "form.form button[type=submit]")
        page.wait_for_selector(f"text={ANA}")
        wrong += judges.violations(page)
        (question,) = hub.mails()
        assert unit.confirm(hub, question).status == 200
        review = re.search(r"/review/[a-z2-7]{26}", unit.to(hub.mails(), unit.OP).text)
        assert review is not None
        page.goto(url + review[0])
        page.wait_for_function("document.querySelector('.leaf img').naturalWidth > 0")
        wrong += judges.violations(page)
        wrong += ["wider than its window"] if browsing.overflow(page) > 0 else []
        page.fill("[name=title]", "Heat")
        page.click("button[value=accept]", no_wait_after=True)
        mailservers.until(hub.waiting, "mail of the page")
        hub.mails()
        assert wrong == []
    assert not [one for one in hub.deposits() if one.facts.state == "waiting"]
