"""What a browser remembers of pages for members goes when its owner signs out, on a machine that
others use: which conference was read there says who is a member.

a member reads and types on two pages → signs out → what is left in the browser's storage
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, member, smallhub, webserver

TOPIC = hubs.post("m0", subject="Wages", body="How much is it?\n")
TID, ANA = hubs.tid_of(TOPIC), "ana@union.example"
STORED = "JSON.stringify(localStorage)"
KEPT = """async () => {
  const db = await new Promise((done) => {
    const asked = indexedDB.open("soli-offline", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("texts", { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
  });
  const texts = db.transaction("texts", "readwrite").objectStore("texts");
  for (const [key, name] of [["a", "hidden"], ["b", "bar"]]) {
    texts.put({ key, url: `/conferences/${name}/t/x/`, state: "refused", fields: [] });
  }
  await new Promise((done) => { texts.transaction.oncomplete = done; });
  db.close();
}"""
LEFT = """async () => {
  for (let turn = 0; turn < 500; turn += 1) {
    const found = await new Promise((done) => {
      indexedDB.open("soli-offline").onsuccess = ({ target: { result: db } }) => {
        db.transaction("texts").objectStore("texts").getAll().onsuccess = (event) => {
          db.close();
          done(event.target.result.map((text) => text.key).join());
        };
      };
    });
    if (found === "b") return found;
    await new Promise((done) => setTimeout(done, 10));
  }
  return "too many";
}"""


def out_of_here(page: Page, url: str) -> None:
    """By the link of each page."""
    page.goto(f"{url}/logout/")
    page.wait_for_selector("header [href$='logout/']")
    browsing.follow(page, ".served button")


def out_of_all(page: Page, url: str) -> None:
    """By the button for all devices, on a phone that keeps pages."""
    page.evaluate(KEPT)
    page.goto(f"{url}/members/browsers/")
    browsing.follow(page, "button[value=everywhere]")
    assert page.evaluate(LEFT) == "b"


@pytest.mark.parametrize("out", [out_of_here, out_of_all])
def test_signing_out_forgets_what_was_read_and_typed_among_members(
    tmp_path: Path, out: Callable[[Page, str], None]
) -> None:
    bar = Conference("bar", {"en": "Bar"}, posting="open")
    quiet = Conference("quiet", {"en": "Quiet"}, posting="open", robots="noindex")
    shut = Conference("hidden", {"en": "Hidden"}, visibility="members", posting="open")
    config = smallhub.make(tmp_path / "hub", bar, shut, quiet)
    consent, at = Consent("owner"), smallhub.BEGUN
    joined = [rosterevents.subscribe(name, 1, at=at, consent=consent) for name in ("bar", "hidden")]
    smallhub.add_events(config, [rosterevents.member(1, ANA, at=at, consent=consent), *joined])
    hubs.add(config, "bar", [TOPIC])
    hubs.add(config, "quiet", [TOPIC])
    hubs.add(config, "hidden", [TOPIC])
    hubs.build(config)
    with webserver.running(config) as host, browsing.chromium() as browser:
        url = f"http://{host[0]}:{host[1]}"
        cookies = member.signed_in(config, host, ANA).cookies
        with browsing.page(browser, url) as page:
            page.context.add_cookies(
                [{"name": name, "value": one, "url": url} for name, one in cookies.items()]
            )
            wrote = {"hidden": "Only among us", "bar": "For everybody", "quiet": "For all of us"}
            for name, words in wrote.items():
                page.goto(f"{url}/conferences/{name}/t/{TID}/")
                page.wait_for_selector("header [href$='logout/']")
                page.fill(".write [name=text]", words)
            before = page.evaluate(STORED)
            assert "soli:hidden" in before
            assert "Only among us" in before
            out(page, url)
            left = page.evaluate(STORED)
            assert "hidden" not in left
            assert "Only among us" not in left
            assert "soli:bar" in left
            assert "For everybody" in left
            assert "soli:quiet" in left
            assert "For all of us" in left
            assert page.context.cookies() == []
            assert page.evaluate("indexedDB.databases().then((all) => all.length)") == (
                out is out_of_all
            ), "no database is made"
