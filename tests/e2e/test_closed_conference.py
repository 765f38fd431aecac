"""A conference for members only as its members use it: mail, link, browser, search, git, and out.

SMTP → … → state/members/ → login by the mail in spool/sink.mbox → chromium, git
"""

from __future__ import annotations

import mailbox
import re
import subprocess
import tempfile
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import browsing, hubs, judges, member, served, smallhub, webserver
from solicomm_build.testing.served import Served

ANA = "ana@union.example"
BOARD = Conference("zubrowka", {"en": "Negotiators"}, posting="open", visibility="members")
MAIL = """\
From: Ana Paz <ana@union.example>
To: zubrowka@hub.example
Subject: Xylophone
Date: Tue, 24 Nov 2026 11:00:00 +0000
Message-ID: <secret@union.example>

The chest holds rubies.
"""
PAGE = f"/conferences/zubrowka/t/{post_id('secret@union.example')}/"


@pytest.fixture
def hub(built_hub: Config) -> Iterator[Served]:
    known(built_hub)
    with served.serving(built_hub) as running:
        yield running


def known(config: Config) -> None:
    """The conference, and its one member."""
    now, number = clock.now(), 90_000
    smallhub.add_conference(config, BOARD)
    smallhub.add_events(
        config,
        [
            rosterevents.member(number, ANA, at=now, consent=Consent("mail")),
            rosterevents.subscribe("zubrowka", number, at=now, consent=Consent("mail")),
        ],
    )


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def link(hub: Served) -> str:
    """The link that came by mail, as soon as it is in the sink."""

    def look() -> str:
        sink = hub.config.sink
        texts = (mail.as_string() for mail in mailbox.mbox(sink)) if sink.exists() else ()
        found = [link[0] for text in texts for link in re.finditer(r"/login/[a-z2-7]{26}", text)]
        return found[-1] if found else ""

    return hub.until(look, "link by mail")


def test_a_member_reads_searches_and_leaves(hub: Served, browser: Browser) -> None:
    hub.send(MAIL.encode(), "zubrowka@hub.example")
    page_file = hub.config.member_pages / PAGE.strip("/") / "index.html"
    index = hub.config.member_pages / "conferences/zubrowka/search/index/manifest.js"
    hub.until(lambda: "yes" if page_file.exists() and index.exists() else "", "page and index")
    assert hub.get(PAGE)[0] == 404
    with browsing.page(browser, hub.url) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{hub.url}/search/?q=xylophone")
        page.locator("[data-search-state=done]").wait_for(state="attached")
        assert page.locator("ol.results li").count() == 0
        assert not [url for url in asked if "members" in url]

        page.goto(hub.url + PAGE)
        browsing.follow(page, page.locator("main").get_by_role("link", name="Sign in"))
        page.get_by_label("Your e-mail address").fill(ANA)
        browsing.follow(page, page.get_by_role("button", name="Send me a link"))
        page.get_by_text("a mail with a link comes").wait_for()
        page.goto(hub.url + link(hub))
        browsing.follow(page, page.get_by_role("button", name="Sign in"))
        page.get_by_text("rubies").wait_for()
        assert page.url == hub.url + PAGE, "one comes back to the page that was asked for"
        page.get_by_text("For members only").wait_for()

        page.get_by_role("searchbox").fill("xylophone")
        page.keyboard.press("Enter")
        page.locator("ol.results li").first.wait_for()
        result = page.locator("ol.results a").first
        assert result.inner_text() == "Xylophone"
        assert result.evaluate("a => a.href").startswith(hub.url + PAGE)
        page.goto(f"{hub.url}/search/?q=rubies&in=zubrowka")
        page.locator("ol.results li").first.wait_for()
        assert page.locator("select[name=in] option:checked").inner_text() == "Negotiators"

        page.goto(hub.url + "/members/reading/")
        page.get_by_text("A copy of everything, with git").click()
        browsing.follow(page, page.get_by_role("button", name="Make a token"))
        token = page.locator("details code").nth(1).inner_text()
        assert clone(hub, token).returncode == 0
        browsing.follow(page, page.get_by_role("button", name=re.compile("End the token")))
        page.get_by_role("status").wait_for()
        assert clone(hub, token).returncode != 0

        main = page.locator("main")
        browsing.follow(page, main.get_by_role("link", name="My hub"))
        browsing.follow(page, main.get_by_role("link", name="Sign out"))
        browsing.follow(page, page.get_by_role("button", name="Sign out"))
        page.get_by_text("You are signed out").wait_for()
        assert page.goto(hub.url + PAGE).status == 404  # type: ignore[union-attr]
        page.goto(f"{hub.url}/search/?q=xylophone")
        page.locator("[data-search-state=done]").wait_for(state="attached")
        assert page.locator("ol.results li").count() == 0


@pytest.mark.parametrize("lang", ["en-GB", "ar"])
def test_what_is_behind_the_login_is_accessible(
    built_hub: Config, browser: Browser, lang: str
) -> None:
    known(built_hub)
    hubs.build(built_hub)
    with webserver.running(built_hub) as at:
        ana = member.signed_in(built_hub, at, ANA)
        url = f"http://{at[0]}:{at[1]}"
        with browser.new_context(
            bypass_csp=True,
            locale=lang,
            viewport={"width": 360, "height": 740},
            color_scheme="dark",
        ) as context:
            page = context.new_page()
            wrong = {}
            for path in ("/login/", PAGE, "/members/", "/conferences/zubrowka/", "/logout/"):
                if path == "/members/":
                    context.add_cookies(
                        [
                            {"name": key, "value": one, "url": url}
                            for key, one in ana.cookies.items()
                        ]
                    )
                page.goto(url + path)
                for part in page.locator("summary").all():
                    part.click()
                found = judges.violations(page)
                if found or browsing.overflow(page) > 0:
                    wrong[path] = found
            assert wrong == {}


def clone(hub: Served, token: str) -> subprocess.CompletedProcess[bytes]:
    host = hub.url.removeprefix("http://")
    target = tempfile.mkdtemp(dir=hub.config.root.parent)
    return subprocess.run(
        ["git", "clone", f"http://x:{token}@{host}/conferences/zubrowka.git", target],
        capture_output=True,
        env={"GIT_TERMINAL_PROMPT": "0", "PATH": "/usr/bin:/bin"},
        check=False,
    )


def test_nobody_else_gets_anything(hub: Served) -> None:
    """Every address that could say something, and git, for who is not signed in."""
    hub.send(MAIL.encode(), "zubrowka@hub.example")
    page_file = hub.config.member_pages / PAGE.strip("/") / "index.html"
    hub.until(lambda: "yes" if page_file.exists() else "", "page")
    for path in (
        "/conferences/{}/",
        "/conferences/{}",
        "/conferences/{}/feed.xml",
        "/conferences/{}.git",
        "/conferences/{}/search/index/manifest.js",
        "/conferences/{}.git/info/refs",
        "/fr/conferences/{}/",
        "/join/{}",
        "/search/index/{}/manifest.js",
        "/pipermail/{}/",
        "/conferences/{}.git/info/refs?service=git-upload-pack",
        "/unions/{}/",
        "/edit/{}/",
    ):
        secret, nothing = (
            served_answer(hub, path.format(name)) for name in ("zubrowka", "nothings")
        )
        assert secret == nothing.replace(b"nothings", b"zubrowka"), path
    for public in (
        "/",
        "/latest.json",
        "/search/",
        "/oai?verb=ListSets",
        "/hosts/known",
        "/members/indexes.json",
        "/login/",
        "/members/",
        "/metrics",
    ):
        said = served_answer(hub, public).lower()
        assert not re.search(rb"zubrowka|negotiators|xylophone", said), public


def served_answer(hub: Served, path: str) -> bytes:
    """Head without date, and body."""
    head = f"GET {path} HTTP/1.1\r\nHost: {hub.http[0]}\r\nConnection: close\r\n\r\n"
    octets = webserver.exchange(hub.http, head.encode())
    return re.sub(rb"date: [^\r]*\r\n", b"", octets)
