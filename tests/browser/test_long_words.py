"""Words that have no blank, as names, names of files and addresses of meetings have them, stay
within a phone (WCAG 2.2, 1.4.10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, smallhub, webserver

NAME = "Anna" * 30
FILE = "collective_agreement_of_the_metal_industry_as_signed_in_the_afternoon_final_version.txt"
MEETING = "https://meet.example/l/meetup-join/19%3ameeting_" + "NjY1ODk4" * 10
ASIDE = ("a1", "a2", "a3", "a4", "a5")
EVENT = f"""---
title: Assembly online
starts: 2030-05-01T18:00:00+00:00
online: {MEETING}
---

Come all.
"""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    chain = [
        hubs.post(name, "d0", *ASIDE[:number], subject="Long", minutes=1 + number, author=NAME)
        for number, name in enumerate(ASIDE)
    ]
    later = [
        hubs.post(f"d{number}", "d0", subject="Long", minutes=10 + number, author=NAME)
        for number in range(1, 103)
    ]
    hubs.add(config, "bar", [hubs.post("d0", subject="Long", author=NAME), *chain, *later])
    founding.new_union(config, "metal", title="Metal", lang="en")
    event = Change("events/online.en.md", EVENT.encode())
    hubs.commit(config.union_repo("metal"), event)
    assert hubs.build(config).failures == []
    return config


def wide(page: Page) -> int:
    """By how much a page is wider than the phone when all that folds is open."""
    page.eval_on_selector_all("details", "all => all.forEach((one) => { one.open = true; })")
    return browsing.overflow(page)


def test_words_without_a_blank_fit_a_phone(hub: Config) -> None:
    topic = f"/conferences/bar/t/{hubs.mid('d0')}/"
    with webserver.running(hub) as (host, port), browsing.chromium() as browser:
        url = f"http://{host}:{port}"
        with browsing.page(browser, url, phone=True) as page:
            page.goto(url + topic)
            assert page.locator(".branch").count() == 1
            assert page.locator(".later a").count() > 0
            assert wide(page) <= 0
            page.fill(".write [name=text]", "See the file")
            file = {"name": FILE, "mimeType": "text/plain", "buffer": b"We met.\n"}
            page.set_input_files(".write [name=file]", files=[file])
            browsing.follow(page, page.get_by_role("button", name="Preview"))
            assert page.locator("fieldset label").inner_text().startswith(FILE)
            assert wide(page) <= 0
            page.goto(f"{url}/unions/metal/events/")
            browsing.follow(page, page.get_by_role("link", name="Assembly online"))
            assert page.get_by_role("link", name=MEETING).count() == 1
            assert wide(page) <= 0
