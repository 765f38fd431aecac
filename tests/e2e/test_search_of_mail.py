"""A message that is sent is found by words, in a browser and by whoever reads the index.

smtplib → … → public/ ─→ the builder's child ─→ public/search/index/ → web → /search/?q=…
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.testing import browsing, served
from solicomm_build.testing.served import Served

MESSAGE = """\
From: Ana Paz <ana@union.example>
To: organising@hub.example
Subject: Ornithopter {number}
Date: Tue, 24 Nov 2026 11:0{number}:00 +0000
Message-ID: <{number}@union.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8

The gyrocopters flew, number {number}.
"""
MANIFEST = "/search/index/manifest.js"


@pytest.fixture
def hub(built_hub: Config) -> Iterator[Served]:
    with served.serving(built_hub) as running:
        yield running


def documents(hub: Served) -> int:
    status, text = hub.get(MANIFEST)
    if status != 200:
        return 0
    return int(json.loads(text[text.index(",") + 1 : text.rindex(")")])["documents"])


def place(number: int) -> str:
    return f"/conferences/organising/t/{post_id(f'{number}@union.example')}/"


def test_a_message_is_found(hub: Served) -> None:
    hub.send(MESSAGE.format(number=1).encode(), "organising@hub.example")
    hub.page(place(1), "gyrocopters")
    with browsing.chromium() as browser, browsing.page(browser, hub.url) as page:

        def found() -> str:
            if not documents(hub):
                return ""
            page.goto(f"{hub.url}/search/?q=gyrocopter+in:organising")
            page.locator("[data-search-state=done]").wait_for(state="attached")
            links = page.locator("ol.results > li a").evaluate_all("all => all.map((a) => a.href)")
            return str(links[0]) if links else ""

        link = hub.until(found, "found by its words")
        assert link == f"{hub.url}{place(1)}#{post_id('1@union.example')}"


def test_pages_do_not_wait_for_the_search(hub: Served) -> None:
    """The index is made after the page, by another process: when one is held up, posts appear."""
    lock = hub.config.state / "search.lock"
    hub.send(MESSAGE.format(number=1).encode(), "organising@hub.example")
    hub.page(place(1), "gyrocopters")
    hub.until(lambda: "there" if documents(hub) else "", "an index")
    with open(lock, "a", encoding="ascii") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        before = documents(hub)
        for number in (2, 3, 4):
            hub.send(MESSAGE.format(number=number).encode(), "organising@hub.example")
            hub.page(place(number), f"number {number}.")
        assert documents(hub) == before
    hub.until(lambda: "more" if documents(hub) > before else "", "the rest in the index")
