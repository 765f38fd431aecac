"""Pages that few see, judged as all others are: Look of the hub, all unions of a hub that has many,
and what a phone keeps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from solicomm_build.builder.front import home
from solicomm_build.features.network import standing
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.standing import Standing
from solicomm_build.features.network.trust import adding, peers
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import browsing, hubs, judges, member, networks, smallhub, webserver
from solicomm_build.testing.hubs import START

ANA = "ana@union.example"
PAGES = (
    "/members/look/",
    "/members/network/",
    "/network/",
    "/ar/network/",
    "/unions/",
    "/ar/unions/",
    "/offline/?keep=/conferences/bar/",
)
WINDOWS = {"phone": (360, False), "desk, in the dark": (1280, True), "400 %": (320, False)}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    config = replace(smallhub.make(tmp_path_factory.mktemp("look") / "hub"), languages=("en", "ar"))
    consent = Consent("owner")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=START, consent=consent, lang="en"),
            rosterevents.role(HUB, 1, "host", at=START, by="operator"),
        ],
    )
    for number in range(3):
        name = f"u{number:02}"
        site = hubs.UNION.replace(b"docks", name.encode())
        hubs.commit(create(config.union_repo(name)).path, Change(hubs.SITE, site), at=START)
    card, blob = networks.stranger("far", scope="regional", regions=("014",))
    adding.add(config, blob, card, "card")
    adding.vouch(config, card.id, is_vouched=True)
    _, unknown = networks.stranger("odd")
    book.refresh(config, identities.of(config), peers.read(config), [unknown])
    standing.write(config, card.id, Standing(fault="not reached", waiting={"water": 3}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "MOST_PLACES", 2)
        hubs.build(config)
    with webserver.running(config) as (host, port):
        cookies = dict(member.signed_in(config, (host, port), ANA).cookies)
        yield f"http://{host}:{port}", cookies


@pytest.mark.parametrize("window", WINDOWS)
def test_everybody_can_use_them_and_they_are_valid(
    browser: Browser, hub: tuple[str, dict[str, str]], window: str, tmp_path: Path
) -> None:
    url, cookies = hub
    width, dark = WINDOWS[window]
    context = browser.new_context(
        bypass_csp=True,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
        forced_colors="active" if window == "400 %" else "none",
    )
    context.add_cookies([{"name": name, "value": one, "url": url} for name, one in cookies.items()])
    page, kept = context.new_page(), []
    for number, path in enumerate(PAGES):
        answer = page.goto(url + path)
        assert answer is not None
        assert answer.status == 200, path
        kept.append(tmp_path / f"{number}.html")
        kept[-1].write_bytes(answer.body())
        assert judges.violations(page) == [], path
        assert browsing.overflow(page) <= 0, path
    context.close()
    if window == "phone":
        assert judges.html_errors(kept) == ""
