"""A passkey in a real browser, with a device that the browser plays (CDP WebAuthn): added in My
hub, used on the page to sign in, removed; and nothing of it where it cannot be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.sessions import Sessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, judges, smallhub, webserver
from solicomm_build.testing.ports import free_port

NOW = clock.now()
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Config]:
    """A hub at http://localhost and a port."""
    port = free_port()
    config = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}, posting="open"))
    config = replace(config, url=f"http://localhost:{port}")
    ana = rosterevents.member(1, "ana@union.example", at=NOW, consent=Consent("mail"), lang="en")
    on = rosterevents.subscribe("water", 1, at=NOW, consent=Consent("mail"))
    smallhub.add_events(config, [ana, on])
    with webserver.running(config, port):
        yield config


def test_a_device_is_added_signs_in_and_is_removed(hub: Config) -> None:
    sessions = Sessions(hub)
    link = sessions.link(1, "/members/passkeys/", clock.now())
    sessions.close()
    with browsing.chromium(whole=True) as browser:
        _walk(hub.url, link, browser)
        other = hub.url.replace("localhost", "127.0.0.1")
        with browsing.page(browser, other) as page:
            page.goto(f"{other}/login/")
            expect(page.locator("[name=address]")).to_be_visible()
            expect(page.locator("[data-passkey]")).to_be_hidden()
            expect(page.locator("[data-elsewhere]")).to_contain_text("work at localhost only")
            way = page.locator("[data-elsewhere] a")
            expect(way).to_have_attribute("href", f"{hub.url}/login/")
        context = browser.new_context(bypass_csp=True, viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.goto(f"{hub.url}/login/?lang=ar")
        expect(page.locator("[data-passkey]")).to_be_visible()
        assert judges.violations(page) == []
        assert browsing.overflow(page) <= 0


def _walk(url: str, link: str, browser: Browser) -> None:
    with browsing.page(browser, url, phone=True) as page:
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        device.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
        page.goto(f"{url}/login/{link}")
        page.click("form button")
        expect(page).to_have_url(f"{url}/members/passkeys/")
        expect(page.locator("[data-without]")).to_be_hidden()
        expect(page.locator("[data-elsewhere]")).to_be_hidden()
        page.fill("[name=name]", "My phone")
        page.click("[data-passkey] button")
        expect(page.locator("article h2")).to_have_text("My phone")
        page.click("[data-passkey] button")
        expect(page.locator("[data-failed]")).to_contain_text("has one already")
        page.goto(f"{url}/logout/")
        browsing.follow(page, "form button")
        page.goto(f"{url}/login/?to=/members/passkeys/")
        page.click("[data-passkey] button")
        expect(page).to_have_url(f"{url}/members/passkeys/")
        expect(page.locator("article")).to_contain_text("Last used on")
        page.click("article button")
        expect(page.locator("article")).to_have_count(0)
