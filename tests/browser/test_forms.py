"""Forms and their tables in a browser: without JavaScript, sorted with it, on a phone too."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from solicomm_build.features.forms.formpost import post_of
from solicomm_build.features.forms.formstore import Submission
from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values import formfile
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, smallhub, webserver
from solicomm_build.testing.smallhub import BEGUN

SOURCE = Path(__file__).parents[2] / "content" / "forms" / "collective-agreement@1.yaml"
FORM = formfile.decode(SOURCE.read_bytes(), f"forms/{SOURCE.name}")
PATH = "/conferences/bar/forms/collective-agreement/"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bar = Conference("bar", {"en": "Bar"}, posting="open", languages=("en",), forms=(FORM.ref,))
    hub = replace(smallhub.make(tmp_path_factory.mktemp("hub"), bar), languages=("en", "ar"))
    change = Change(forms.path(FORM.ref), SOURCE.read_bytes())
    write_once(open_repo(hub.conference_repo("bar")), [change], message="Form\n", when=BEGUN)
    for number, hours in enumerate(("9", "40", "36.5")):
        when = BEGUN + timedelta(hours=number)
        values = {
            "union": "Metal",
            "employer": "Acme",
            "country": "KE",
            "sector": "C",
            "starts": "2026-01-01",
            "ends": "2027-01-01",
            "hours_week": hours,
        }
        made = Submission("bar", FORM.id, "", "ana@union.example", "Ana", "en", when.isoformat())
        item = post_of(
            hub, bar, FORM, {**values}, made, {}, message_id=f"{number}@x", corrected=None
        )
        with clock.fixed(when):
            Spool(hub.spool_in).put([item])
            ingest(hub, once=True, log=maillog.to_nobody())
    hubs.build(hub)
    with webserver.running(hub) as (host, port):
        yield f"http://{host}:{port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.mark.parametrize("lang", ["", "/ar"])
def test_a_wide_table_takes_the_width_there_is(browser: Browser, url: str, lang: str) -> None:
    with browsing.page(browser, url) as page:
        page.goto(f"{url}{lang}{PATH}table/")
        column = page.locator("main").bounding_box()
        table = page.locator(".wide").bounding_box()
        assert column
        assert table
        assert table["width"] > 1.4 * column["width"]
        assert table["x"] >= 0
        assert browsing.overflow(page) == 0


def test_a_heading_sorts_by_its_column(browser: Browser, url: str) -> None:
    with browsing.page(browser, url) as page:
        page.goto(f"{url}{PATH}table/")
        table = page.locator("table.reports")
        column = table.locator("th button").all_inner_texts().index("Hours a week")
        cells = table.locator(f"tbody td:nth-child({column + 1})")
        assert cells.all_inner_texts() == ["36.5", "40", "9"]  # the newest first
        table.locator("th button").nth(column).press("Enter")
        expect(cells).to_have_text(["9", "36.5", "40"])
        expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
        table.locator("th button").nth(column).press("Enter")
        expect(cells).to_have_text(["40", "36.5", "9"])


def test_it_is_filled_in_without_javascript(browser: Browser, url: str) -> None:
    with browsing.page(browser, url, javascript=False) as page:
        page.goto(f"{url}{PATH}table/")
        assert page.locator("table.reports tbody tr").count() == 3
        page.goto(url + PATH)
        page.get_by_label("Union", exact=False).first.fill("Metal")
        page.get_by_label("Employer", exact=False).first.fill("Acme")
        page.get_by_label("Country", exact=False).first.select_option("KE")
        page.get_by_label("Sector", exact=False).first.select_option("C")
        page.get_by_label("In force from", exact=False).first.fill("2027-01-01")
        page.get_by_label("In force until", exact=False).first.fill("2026-01-01")
        page.get_by_label("Your e-mail address", exact=False).fill("ana@union.example")
        page.get_by_label("Your name", exact=False).fill("Ana")
        browsing.follow(page, page.get_by_role("button", name="Send"))
        wrong = page.locator("[aria-invalid=true]")
        assert wrong.count() == 1
        assert page.get_by_label("Employer", exact=False).first.input_value() == "Acme"
        wrong.fill("2028-01-01")
        browsing.follow(page, page.get_by_role("button", name="Send"))
        assert "In a few minutes you get a mail" in page.inner_text("main")


@pytest.mark.parametrize("path", [PATH, f"{PATH}table/", f"/ar{PATH}", f"/ar{PATH}table/"])
def test_nothing_sticks_out_on_a_phone(browser: Browser, url: str, path: str) -> None:
    with browsing.page(browser, url, phone=True, dark=True) as page:
        page.goto(url + path)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= page.evaluate("window.innerWidth")
        unnamed = page.evaluate(
            "[...document.querySelectorAll('main :is(input:not([type=hidden]),select,textarea)')]"
            ".filter(e => !e.labels.length && !e.hasAttribute('aria-labelledby')).length"
        )
        assert unnamed == 0
