"""A phone that keeps places: what is read and written there without a connection, sent once, and
forgotten whole.

page → worker → caches, database of the browser → the hub, when there is a connection
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from solicomm_build.builder import loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.offline import scripts
from solicomm_build.features.search import index as indexing
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, member, smallhub, webserver

TOPIC = hubs.post("m0", subject="Wages", body="How much is it?\n")
OTHER = hubs.post("m1", subject="Hours", body="How many are they?\n")
WAGES = f"/conferences/bar/t/{hubs.tid_of(TOPIC)}/"
HOURS = f"/conferences/bar/t/{hubs.tid_of(OTHER)}/"
CLOSED = f"/conferences/closed/t/{hubs.tid_of(TOPIC)}/"
ANA = "ana@union.example"
TEXTS = """(await new Promise((done) => {
  indexedDB.open("soli-offline").onsuccess = ({ target: { result: db } }) => {
    db.transaction("texts").objectStore("texts").getAll().onsuccess = ({ target: { result } }) => {
      db.close();
      done(result);
    };
  };
}))"""
KEEP = "/offline/?keep=/conferences/bar/"


@dataclass
class Hub:
    config: Config
    host: tuple[str, int]
    cookies: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{self.host[0]}:{self.host[1]}"

    def page(self, topic: str = WAGES) -> str:
        """A topic's page as it lies on the disk."""
        return (self.config.public / topic.strip("/") / "index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    bar = Conference("bar", {"en": "Bar"}, posting="open", languages=("en", "ar"))
    shut = Conference("closed", {"en": "Closed"}, visibility="members", posting="open")
    made = smallhub.make(tmp_path_factory.mktemp("hub"), bar, shut)
    config = replace(made, languages=("en", "ar"))
    consent = Consent("owner")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=smallhub.BEGUN, consent=consent, name="Ana"),
            *(
                rosterevents.subscribe(name, 1, at=smallhub.BEGUN, consent=consent)
                for name in ("bar", "closed")
            ),
        ],
    )
    hubs.add(config, "bar", [TOPIC, OTHER])
    hubs.add(config, "closed", [TOPIC])
    hubs.build(config)
    found = loading.load(config, Sources(config), loading.tips(config), None)
    indexing.update(config, found, settle=True)
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            if Spool(config.spool_in).pending():
                ingest(config, once=True, log=maillog.to_nobody())
                hubs.build(config)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        with webserver.running(config) as host:
            yield Hub(config, host, dict(member.signed_in(config, host, ANA).cookies))
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium(whole=True) as found:
        yield found


@pytest.fixture
def phone(browser: Browser, hub: Hub) -> Iterator[Page]:
    """A phone of its own for each test, on which Ana is signed in and the conference is kept."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="en-GB")
    context.add_cookies(
        [{"name": name, "value": one, "url": hub.url} for name, one in hub.cookies.items()]
    )
    try:
        page = context.new_page()
        keep(page, hub)
        yield page
    finally:
        context.close()


def keep(page: Page, hub: Hub, place: str = KEEP) -> None:
    page.goto(hub.url + place)
    page.get_by_role("button", name="Keep on this phone").click()
    expect(page.locator("[data-part=told]")).to_contain_text("Kept: Bar")


def told(page: Page, script: str) -> Any:
    """What a script of ours says in the page."""
    return page.evaluate(f"async () => {{ {script} }}")


def until(page: Page, script: str) -> None:
    """Waits in the page until this is so."""
    told(page, f"while (!({script})) await new Promise((done) => setTimeout(done, 20));")


def addresses(page: Page) -> list[str]:
    """Every address that the phone keeps, below the hub."""
    found = told(
        page,
        "const urls = []; for (const name of await caches.keys())"
        " for (const one of await (await caches.open(name)).keys())"
        " urls.push(new URL(one.url).pathname); return urls;",
    )
    return sorted(found)


def lose_line(context: BrowserContext) -> None:
    context.set_offline(True)


def write(page: Page, hub: Hub, text: str, topic: str = WAGES) -> None:
    page.goto(hub.url + topic)
    page.locator(".write textarea").click()
    page.locator(".write [name=text]").fill(text)
    browsing.follow(page, page.get_by_role("button", name="Send"))


def test_what_was_kept_is_read_searched_and_says_how_old_it_is(phone: Page, hub: Hub) -> None:
    lose_line(phone.context)
    phone.goto(hub.url + WAGES)
    assert "How much is it?" in phone.locator("article").inner_text()
    expect(phone.locator("main .notice").first).to_contain_text(
        "No connection: this is what was kept"
    )
    assert browsing.overflow(phone) <= 0
    phone.goto(f"{hub.url}/search/?q=many")
    expect(phone.locator("main")).to_contain_text("Hours")
    phone.goto(f"{hub.url}/conferences/bar/download/")
    expect(phone.locator("main .notice").first).to_contain_text("not kept on this phone")
    expect(phone.locator("[data-part=places]")).to_contain_text("Bar")


def test_only_what_everybody_may_read_is_kept(phone: Page, hub: Hub) -> None:
    for path in (CLOSED, "/members/", "/members/me?lang=en", WAGES):
        phone.goto(hub.url + path)
    kept = addresses(phone)
    assert WAGES in kept
    assert not [one for one in kept if "closed" in one or "/members/" in one or "login" in one]
    phone.goto(f"{hub.url}/offline/?keep=/conferences/closed/")
    expect(phone.get_by_role("button", name="Keep on this phone")).to_have_count(0)


def texts(hub: Hub, words: str) -> int:
    """How many posts of a topic say this."""
    return hub.page().count(words)


def test_what_is_written_without_a_line_waits_and_is_sent_when_there_is_one(
    phone: Page, hub: Hub
) -> None:
    phone.goto(hub.url + WAGES)
    lose_line(phone.context)
    write(phone, hub, "Written in a tunnel")
    phone.wait_for_url("**/offline/?sent")
    expect(phone.locator("main .notice").first).to_contain_text("Your text waits here")
    waiting = phone.locator("[data-part=texts] li")
    expect(waiting).to_contain_text("Written in a tunnel")
    assert browsing.overflow(phone) <= 0
    assert texts(hub, "Written in a tunnel") == 0
    assert told(phone, "return Object.keys(localStorage).filter((one) => /draft/.test(one));") == []
    phone.context.set_offline(False)
    expect(phone.locator("[data-part=texts] li[data-state=sent]")).to_have_count(1)
    phone.goto(hub.url + WAGES)
    expect(phone.locator("article", has_text="Written in a tunnel")).to_have_count(1)


def test_any_page_that_comes_sends_what_waits(phone: Page, hub: Hub) -> None:
    lose_line(phone.context)
    write(phone, hub, "Sent by another page", HOURS)
    phone.goto("about:blank")
    phone.context.set_offline(False)
    phone.goto(f"{hub.url}/conferences/bar/")
    until(phone, f"{TEXTS}.every((text) => text.state === 'sent')")
    assert told(phone, f"return {TEXTS}.length;") == 1


def test_a_text_whose_answer_was_lost_is_one_post_however_often_it_is_sent(
    phone: Page, hub: Hub
) -> None:
    """The hub has the text, and the phone was killed before it heard so."""
    words = "Said once"
    write(phone, hub, words)
    phone.wait_for_url(f"**{WAGES}#*")
    assert texts(hub, words) == 1
    for _ in range(2):
        phone.goto(f"{hub.url}/offline/")
        told(
            phone,
            "const [text] = (await soli.all('texts'));"
            f" await soli.put('texts', Object.assign(text, {{ state: 'sending',"
            f" fields: [['text', '{words}']] }}));",
        )
        phone.goto(f"{hub.url}/offline/")
        expect(phone.locator("[data-part=texts] li[data-state=sent]")).to_have_count(1)
    write(phone, hub, words)  # and who sends the form again within the hour
    phone.wait_for_url(f"**{WAGES}#*")
    assert texts(hub, words) == 1


def test_a_stranger_whose_text_waited_is_told_to_look_into_the_mail(phone: Page, hub: Hub) -> None:
    phone.context.clear_cookies()
    lose_line(phone.context)
    phone.goto(hub.url + HOURS)
    phone.locator(".write textarea").click()
    phone.locator(".write [name=text]").fill("From nobody known")
    phone.locator(".write [name=name]").fill("Bo")
    phone.locator(".write [name=email]").fill("bo@union.example")
    browsing.follow(phone, phone.get_by_role("button", name="Send"))
    phone.context.set_offline(False)
    expect(phone.locator("[data-part=texts] li")).to_contain_text("Look into your mail")


def test_what_the_hub_refuses_is_put_right_on_its_page(phone: Page, hub: Hub) -> None:
    phone.context.clear_cookies()
    lose_line(phone.context)
    write(phone, hub, "Without a name", HOURS)
    phone.context.set_offline(False)
    refused = phone.locator("[data-part=texts] li[data-state=refused]")
    expect(refused).to_have_count(1)
    browsing.follow(phone, refused.get_by_role("button", name="Look at it"))
    assert phone.locator("form.write [name=text]").input_value() == "Without a name"
    phone.goto(f"{hub.url}/offline/")
    expect(phone.locator("[data-part=can]")).to_be_visible()
    expect(phone.locator("[data-part=texts] li")).to_have_count(0)


def test_what_an_answer_does_not_bring_back_waits_to_be_put_right(phone: Page, hub: Hub) -> None:
    """The session ended while somebody wrote among members: for the hub there is no such place."""
    phone.goto(hub.url + CLOSED)
    phone.context.clear_cookies()
    phone.locator(".write textarea").click()
    phone.locator(".write [name=text]").fill("Only among us")
    browsing.follow(phone, phone.get_by_role("button", name="Send"))
    expect(phone.locator("textarea")).to_have_value("Only among us")
    phone.goto(f"{hub.url}/offline/")
    refused = phone.locator("[data-part=texts] li[data-state=refused]")
    expect(refused).to_contain_text("Only among us")
    phone.context.add_cookies(
        [{"name": name, "value": one, "url": hub.url} for name, one in hub.cookies.items()]
    )
    browsing.follow(phone, refused.get_by_role("button", name="Look at it"))
    until(phone, f"{TEXTS}.every((text) => text.state === 'sent')")


def test_a_text_with_a_file_that_was_put_right_is_listed_no_more(phone: Page, hub: Hub) -> None:
    phone.context.clear_cookies()
    phone.goto(hub.url + HOURS)
    lose_line(phone.context)
    phone.locator(".write textarea").click()
    phone.locator(".write [name=text]").fill("Without a name, with a file")
    file = {"name": "notes.txt", "mimeType": "text/plain", "buffer": b"We met.\n"}
    phone.set_input_files(".write [name=file]", files=[file])
    browsing.follow(phone, phone.get_by_role("button", name="Send"))
    phone.context.set_offline(False)
    refused = phone.locator("[data-part=texts] li[data-state=refused]")
    expect(refused).to_contain_text("notes.txt")
    browsing.follow(phone, refused.get_by_role("button", name="Look at it"))
    expect(phone.locator("form.write fieldset")).to_contain_text("notes.txt")
    phone.goto(f"{hub.url}/offline/")
    expect(phone.locator("[data-part=can]")).to_be_visible()
    expect(phone.locator("[data-part=texts] li")).to_have_count(0)


def test_a_full_phone_says_so_and_still_reads_what_the_line_brings(phone: Page, hub: Hub) -> None:
    devtools = phone.context.new_cdp_session(phone)
    devtools.send("Storage.overrideQuotaForOrigin", {"origin": hub.url, "quotaSize": 1})
    told(phone, "await soli.forget('/conferences/bar/');")
    phone.goto(hub.url + KEEP)
    phone.get_by_role("button", name="Keep on this phone").click()
    expect(phone.locator("[data-part=told]")).to_contain_text("no more room on this phone")
    phone.goto(hub.url + WAGES)
    assert "How much is it?" in phone.locator("article").first.inner_text()


def test_a_text_that_cannot_wait_here_stays_in_its_form(phone: Page, hub: Hub) -> None:
    """The browser's database cannot be opened: a younger one is there."""
    told(
        phone,
        "await soli.close(); await new Promise((done) => {"
        " indexedDB.open('soli-offline', 9).onsuccess = ({ target: { result } }) => {"
        " result.close(); done(); }; });",
    )
    lose_line(phone.context)
    write(phone, hub, "Nowhere to wait")
    phone.wait_for_url("**/offline/?full")
    expect(phone.locator("[data-part=told]")).to_contain_text("it is still in the form")
    phone.go_back()
    expect(phone.locator(".write [name=text]")).to_have_value("Nowhere to wait")


def test_a_worker_that_breaks_leaves_the_pages_as_they_are(phone: Page, hub: Hub) -> None:
    """Its database and caches are gone from under it; and one that was killed comes again."""
    told(phone, "for (const name of await caches.keys()) await caches.delete(name);")
    told(phone, "await soli.close(); indexedDB.deleteDatabase('soli-offline');")
    phone.goto(hub.url + WAGES)
    assert "How much is it?" in phone.locator("article").first.inner_text()
    devtools = phone.context.new_cdp_session(phone)
    devtools.send("ServiceWorker.enable")
    devtools.send("ServiceWorker.stopAllWorkers")
    write(phone, hub, "After the worker was killed", HOURS)
    phone.wait_for_url(f"**{HOURS}#*")
    assert hub.page(HOURS).count("After the worker was killed") == 1


def test_forget_everything_leaves_nothing(phone: Page, hub: Hub) -> None:
    phone.goto(hub.url + WAGES)
    lose_line(phone.context)
    write(phone, hub, "Never to be sent")
    expect(phone.locator("[data-part=texts] li")).to_have_count(1)
    phone.locator("summary", has_text="Forget everything").click()
    expect(phone.locator("[data-part=lost]")).to_contain_text("would be lost: 1")
    phone.get_by_role("button", name="Forget everything").click()
    expect(phone.locator("[data-part=told]")).to_contain_text("Nothing of this hub is kept")
    phone.context.set_offline(False)
    for _ in range(2):
        left = told(
            phone,
            "return [await caches.keys(), await indexedDB.databases(), Object.keys(localStorage),"
            " (await navigator.serviceWorker.getRegistrations()).length];",
        )
        assert left == [[], [], [], 0]
        phone.goto(f"{hub.url}/404.html")  # no script of ours notes anything here
    assert texts(hub, "Never to be sent") == 0


def test_an_old_worker_makes_way_and_takes_its_caches_along(
    browser: Browser, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = "addEventListener('install', (event) => event.waitUntil(caches.open('soli-kept-0 x')));"
    context = browser.new_context()
    try:
        page = context.new_page()
        page.goto(f"{hub.url}/offline/")
        with monkeypatch.context() as patched:
            patched.setattr(scripts, "worker", lambda: old)
            told(
                page,
                "const policy = trustedTypes.createPolicy('t', { createScriptURL: (url) => url });"
                " await navigator.serviceWorker.register(policy.createScriptURL('/sw.js'));"
                " await navigator.serviceWorker.ready;",
            )
            assert told(page, "return caches.has('soli-kept-0 x');")
        keep(page, hub)
        until(page, "!(await caches.has('soli-kept-0 x'))")
        lose_line(context)
        page.goto(hub.url + WAGES)
        expect(page.locator("article").first).to_contain_text("How much is it?")
    finally:
        context.close()
