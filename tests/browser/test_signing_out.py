"""What a browser remembers of pages for members goes when its owner signs out, on a machine that
others use: which conference was read there says who is a member.

a member reads and types on two pages → signs out → what is left in the browser's storage
"""

from __future__ import annotations

from pathlib import Path

from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, member, smallhub, webserver

TOPIC = hubs.post("m0", subject="Wages", body="How much is it?\n")
TID, ANA = hubs.tid_of(TOPIC), "ana@union.example"
STORED = "JSON.stringify(localStorage)"


def test_signing_out_forgets_what_was_read_and_typed_among_members(tmp_path: Path) -> None:
    bar = Conference("bar", {"en": "Bar"}, posting="open")
    shut = Conference("hidden", {"en": "Hidden"}, visibility="members", posting="open")
    config = smallhub.make(tmp_path / "hub", bar, shut)
    consent, at = Consent("owner"), smallhub.BEGUN
    joined = [rosterevents.subscribe(name, 1, at=at, consent=consent) for name in ("bar", "hidden")]
    smallhub.add_events(config, [rosterevents.member(1, ANA, at=at, consent=consent), *joined])
    hubs.add(config, "bar", [TOPIC])
    hubs.add(config, "hidden", [TOPIC])
    hubs.build(config)
    with webserver.running(config) as host, browsing.chromium() as browser:
        url = f"http://{host[0]}:{host[1]}"
        cookies = member.signed_in(config, host, ANA).cookies
        with browsing.page(browser, url) as page:
            page.context.add_cookies(
                [{"name": name, "value": one, "url": url} for name, one in cookies.items()]
            )
            for name, words in (("hidden", "Only among us"), ("bar", "For everybody")):
                page.goto(f"{url}/conferences/{name}/t/{TID}/")
                page.wait_for_selector("header [href$='logout/']")
                page.fill(".write [name=text]", words)
            before = page.evaluate(STORED)
            assert "soli:hidden" in before
            assert "Only among us" in before
            page.goto(f"{url}/logout/")
            page.wait_for_selector("header [href$='logout/']")
            browsing.follow(page, ".served button")
            left = page.evaluate(STORED)
            assert "hidden" not in left
            assert "Only among us" not in left
            assert "soli:bar" in left
            assert "For everybody" in left
