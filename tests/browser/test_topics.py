"""What moderators made of a topic, in a real browser: beside each other where there is room for it,
below each other on a phone, and nothing wider than the window."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from solicomm_build.foundation.types import TopicId
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.testing import browsing, hubs, smallhub, webserver
from solicomm_build.testing.hubs import mid

TOPIC = f"/conferences/bar/t/{mid('a')}/"
WIDE = "```\n" + "column | " * 40 + "\n```\n"
SAID: tuple[tuple[str, dict[str, str]], ...] = (
    ("translation", {"post": mid("t"), "of": mid("a"), "lang": "ar"}),
    ("summary", {"post": mid("s"), "covers": "March"}),
    ("answer", {"post": mid("b")}),
    ("label", {"add": "Wages"}),
    ("close", {"reason": "It is signed."}),
)


@dataclass(frozen=True)
class Site:
    """Where a built hub is served."""

    url: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hub = smallhub.make(Path(tmp_path_factory.mktemp("topics")) / "hub")
    hubs.add(
        hub,
        "bar",
        [
            hubs.post("a", body=f"The agreement.\n\n{WIDE}"),
            hubs.post("b", "a", minutes=1),
            hubs.post("t", "a", minutes=2, body=f"الاتفاق.\n\n{WIDE}"),
            hubs.post("s", "a", minutes=3, body="- signed\n"),
        ],
    )
    for minute, (kind, data) in enumerate(SAID, 10):
        made = events.make(kind, at=hubs.after(minute), by="operator", data=data)
        change = Change(events.path(TopicId(mid("a")), made), events.encode(made))
        hubs.commit(hub.conference_repo("bar"), change, at=hubs.after(minute))
    assert hubs.build(hub).failures == []
    with webserver.running(hub) as (host, port):
        yield Site(f"http://{host}:{port}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


@pytest.mark.parametrize("phone", [False, True])
def test_a_translation_stands_beside_its_original(
    site: Site, browser: Browser, phone: bool
) -> None:
    with browsing.page(browser, site.url, phone=phone) as page:
        page.goto(site.url + TOPIC)
        first, second = (page.locator(f"[id='{mid(name)}']").bounding_box() for name in "at")
        assert first is not None
        assert second is not None
        assert (second["x"] > first["x"] + first["width"] - 1) is not phone
        assert (second["y"] > first["y"] + first["height"] - 1) is phone
        assert browsing.overflow(page) <= 0


def test_the_top_leads_to_summary_answer_and_label(site: Site, browser: Browser) -> None:
    with browsing.page(browser, site.url, javascript=False) as page:
        page.goto(site.url + TOPIC)
        assert page.locator(".summary li").inner_text() == "signed"
        assert page.get_by_text("It is signed.").is_visible()
        assert page.get_by_text("Reply by mail").count() == 0
        page.locator(".summary .meta a", has_text="#2").first.click()
        expect(page).to_have_url(f"{site.url}{TOPIC}#{mid('b')}")
        browsing.follow(page, ".labels a")
        assert page.locator("h1").inner_text() == "Wages"
        page.locator("main a", has_text="Water").click()
        page.wait_for_url(f"**{TOPIC}")
