"""*Your new hub* in a real browser: phone and desk, light and dark, in Arabic and Russian."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import FILE
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import browsing, hubs, judges, smallhub
from solicomm_build.testing.deskhub import DeskHub
from tests.browser.test_myhub import signed_in
from tests.unit.web.myhub import Hub, living

OPERATOR = "op@elsewhere.example"
STEPS = ("name", "conference", "invite", "moderators")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A new hub with one conference, on which there is somebody beside the operator."""
    root: Path = tmp_path_factory.mktemp("new") / "hub"
    founding.found_hub(root, name="Union of the docks", domain="hub.example", sample=False)
    with (root / FILE).open("a") as file:
        file.write(f"operator: {OPERATOR}\n")
    config = hubyaml.load(root)
    DeskHub.on(config).work()
    more = {"title": "Docks", "posting": "members", "lang": "en", "visibility": "members"}
    founding.new_conference(config, "docks", kind="conference", **more)
    memberstore.subscribe(config, "docks", [Mailbox("Bén Núñez", "ben@union.example")])
    hubs.build(config)
    with living(config) as found:
        yield found


@pytest.mark.parametrize("lang", ["ar", "ru"])
@pytest.mark.parametrize(("wide", "scheme"), [(360, "light"), (360, "dark"), (1280, "dark")])
def test_each_step_can_be_read_and_done(
    browser: Browser, hub: Hub, lang: str, wide: int, scheme: str
) -> None:
    known = hub.roster().member(OPERATOR)
    assert known is not None
    said = rosterevents.member(
        known.number, OPERATOR, at=clock.now(), consent=Consent("mail"), lang=lang
    )
    smallhub.add_events(hub.config, [said])
    context = browser.new_context(
        bypass_csp=True,
        viewport={"width": wide, "height": 800},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    url = signed_in(hub, page, known.number)
    for path in ("", *(f"start/{step}/" for step in STEPS)):
        page.goto(f"{url}/members/{path}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        assert judges.violations(page) == [], path
        over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{path} is wider than the window"
        for word in ("Name and colour", "Save and go on", "Skip", "Your new hub"):
            assert word not in page.inner_text("main"), f"{path} speaks English"
    context.close()
