"""A message on its way, with everything real: one process group, SMTP in, HTTP and a browser out.

smtplib → bridge → spool/in → ingest → conference repository → builder → public/ → web → browser
                                                         └→ courier → spool/sink.mbox
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.testing import browsing, served
from solicomm_build.testing.served import Served

MESSAGE = """\
From: Ana Paz <ana@union.example>
To: organising@hub.example
Subject: {subject}
Date: Tue, 24 Nov 2026 11:00:00 +0000
Message-ID: <{name}@union.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
{more}
{text}
"""


def message(
    name: str, text: str = "Good morning,\n\nwe won.", *, subject: str = "News", answers: str = ""
) -> bytes:
    more = f"References: <{answers}@union.example>\n" if answers else ""
    return MESSAGE.format(name=name, text=text, subject=subject, more=more).encode()


def place(name: str) -> str:
    return f"/conferences/organising/t/{post_id(f'{name}@union.example')}/"


@pytest.fixture
def hub(built_hub: Config) -> Iterator[Served]:
    with served.serving(built_hub) as running:
        yield running


def test_mail_becomes_a_page_and_a_commit(hub: Served) -> None:
    hub.send(message("root", "Fellow workers,\n\n> as <asked>: *yes*"), "organising@hub.example")
    page = hub.page(place("root"), "Fellow workers")
    assert "as &lt;asked&gt;: *yes*" in page
    assert "ana@union.example" not in page
    hub.send(message("answer", subject="Re: News", answers="root"), "organising@hub.example")
    hub.page(place("root"), "we won")
    hub.page("/conferences/organising/", "News")
    assert "News" in hub.page("/latest.json", "News")
    repo = open_repo(hub.config.conference_repo("organising"))
    tip = repo.ref()
    assert tip is not None
    commits = list(log.commits(repo, None, tip))[-2:]
    assert [commit.trailer("Source") for commit in commits] == ["mail", "mail"]
    assert [commit.author_name for commit in commits] == ["Ana Paz", "Ana Paz"]


def test_it_ends_cleanly_and_goes_on(built_hub: Config) -> None:
    """SIGTERM, exit 0, nobody left; started again it knows everything."""
    with served.serving(built_hub, anew=True) as running:
        running.send(message("root"), "organising@hub.example")
        running.page(place("root"), "we won")
        assert len(running.members()) > 4
        assert running.end() == 0
        assert running.members() == []
    with served.serving(built_hub) as again:
        again.page(place("root"), "we won")
        again.send(message("answer", "Bravo!", answers="root"), "organising@hub.example")
        again.page(place("root"), "we won", "Bravo!")
        assert again.end() == 0
        assert "Traceback" not in again.log.read_text()


@pytest.mark.parametrize("key", ["http", "smtp"])
def test_a_taken_port_is_a_sentence(built_hub: Config, key: str) -> None:
    """And nothing of it runs on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        running = served.start(built_hub, f"--{key}", address, anew=key == "http")
        try:
            assert running.process.wait(30) == 75
            assert running.members() == []
        finally:
            running.kill()
    said = running.log.read_text()
    assert f"solicomm: Cannot listen on {address}: Address already in use. Stop what" in said
    assert f"`{key}:` in hub.yaml, or --{key}." in said
    assert "Traceback" not in said
    assert "is up" not in said


def test_a_stage_that_dies_is_started_again(hub: Served) -> None:
    hub.send(message("root"), "organising@hub.example")
    hub.page(place("root"), "we won")
    for pid in hub.members():
        if pid != hub.process.pid:
            with contextlib.suppress(ProcessLookupError):  # a child that had just done its work
                os.kill(pid, signal.SIGKILL)

    def sent() -> str:
        try:
            hub.send(message("answer", "Still here", answers="root"), "organising@hub.example")
        except OSError:
            return ""
        return "sent"

    hub.until(sent, "bridge")
    hub.page(place("root"), "we won", "Still here")
    assert hub.end() == 0


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium(whole=True) as opened:
        yield opened


def test_people_can_read_it(hub: Served, browser: Browser) -> None:
    """Without JavaScript, with it, on a phone, and from right to left."""
    hub.send(message("root", "Fellow workers,\n\n" + "long " * 200), "organising@hub.example")
    hub.page(place("root"), "Fellow workers")
    mid = post_id("root@union.example")
    with browsing.page(browser, hub.url, javascript=False) as plain:
        plain.goto(hub.url + place("root"))
        assert "Fellow workers" in plain.locator(f"#{mid} .body").inner_text()
        assert plain.locator("h1").inner_text() == "News"
        plain.locator("a[href^='mailto:']").first.wait_for()
    with browsing.page(browser, hub.url) as scripted:
        for path in (
            "/",
            "/conferences/organising/",
            place("root"),
            "/unions/metal/",
            "/libraries/agreements/",
            "/nowhere/",
        ):
            scripted.goto(hub.url + path)
        assert scripted.title()
    with browsing.page(browser, hub.url, phone=True) as phone:
        for path in ("/", "/conferences/organising/", place("root"), "/ar/"):
            phone.goto(hub.url + path)
            assert browsing.overflow(phone) == 0, path
        assert phone.locator("html").get_attribute("dir") == "rtl"
