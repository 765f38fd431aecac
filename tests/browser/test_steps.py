"""How many things a person has to do, counted where they do them: in chromium, without scripts and
on a phone, and in their mail program.

A step is what a hand does at one place: to fill in a form and press its button, to press a link or
a button, to open a mail's button, to write a mail and send it, to answer one. Where a person is at
the beginning costs nothing. The table is docs/steps.md.
"""

from __future__ import annotations

import mailbox
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import browsing, served
from solicomm_build.testing.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FRONT = "front.example"
GUIDE = data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc"
TABLE = Path(__file__).parents[2] / "docs" / "steps.md"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


@pytest.fixture
def hub(built_hub: Config) -> Iterator[Served]:
    """The sample network, with a mail server in front that proves who writes."""
    for name, role in (("mem", "member"), ("mo", "moderator")):
        address = f"{name}@home.example"
        people = [Mailbox(name.capitalize(), address)]
        membership.subscribe(built_hub, "organising", people, lang="en")
        if role == "moderator":
            words = ["member", "role", "organising", address, role, "--hub", str(built_hub.root)]
            assert CliRunner().invoke(main, words).exit_code == 0
    with (built_hub.root / "hub.yaml").open("a") as settings:
        settings.write(f"\nauthserv_id: {FRONT}\noperator: mo@home.example\n")
    with served.serving(built_hub) as running:
        yield running


@dataclass
class Person:
    """Somebody with a phone and a mailbox; `steps` is what was done."""

    hub: Served
    page: Page
    address: str
    steps: int = 0
    seen: set[str] = field(default_factory=set)

    def at(self, path: str) -> None:
        """Where the person happens to be: no step."""
        self.page.goto(self.hub.url + path)

    def presses(self, words: str, **fields: str) -> None:
        """Fills in fields by their labels' names and presses what is called so."""
        for name, value in fields.items():
            place = self.page.locator(f"main [name='{name}']:visible").first
            kind = place.get_attribute("type") or ""
            if kind == "file":
                place.set_input_files(value)
            elif kind in ("radio", "checkbox"):
                self.page.locator(f"main [name='{name}'][value='{value}']").first.check()
            else:
                place.fill(value)
        name = re.compile(words)
        found = self.page.locator("main").get_by_role("button", name=name)
        if not found.count():
            found = self.page.locator("main").get_by_role("link", name=name)
        browsing.follow(self.page, found.first)
        self.steps += 1

    def opens(self, what: str) -> None:
        """Presses the button of the newest mail that leads to `/what/`."""
        self.at(self.got(rf"https?://[^/\s]+(/{what}/[^\s<>\"]+)")[1])
        self.steps += 1

    def writes(self, local: str, subject: str, text: str) -> None:
        """Writes a mail; the server in front proves who it is."""
        self._send(f"{local}@{self.hub.config.domain}", subject, text)

    def answers(self, words: str, text: str) -> None:
        """Answers the newest mail with such words."""
        mail = self.newest(words)
        ways = (mail["Reply-To"], mail["To"], mail["From"])  # a list's copy: to the conversation
        here = rf"[^\s<>,]+@{re.escape(self.hub.config.domain)}"
        to = next(found for way in ways if (found := re.search(here, str(way))))
        self._send(to[0], f"Re: {mail['Subject']}", text, below=str(mail["Message-ID"]))

    def newest(self, words: str) -> EmailMessage:
        """The newest mail to the person in which the pattern is found, waited for; each once."""
        found: list[EmailMessage] = []

        def look() -> str:
            if not self.hub.config.sink.exists():
                return ""
            for one in mailbox.mbox(self.hub.config.sink):
                mail = message_from_bytes(one.as_bytes(), EmailMessage, policy=default)
                fresh = str(mail["Message-ID"]) not in self.seen
                ours = self.address in str(mail["To"]) or f"@{self.hub.config.domain}" in str(
                    mail["To"]
                )
                if ours and fresh and re.search(words, _text(mail)):
                    found.append(mail)
            return "yes" if found else ""

        self.hub.until(look, f"mail to {self.address}: {words}")
        self.seen.add(str(found[-1]["Message-ID"]))
        return found[-1]

    def got(self, pattern: str) -> re.Match[str]:
        """The pattern in the newest mail that has it."""
        match = re.search(pattern, _text(self.newest(pattern)))
        assert match is not None
        return match

    def shown(self, path: str, *words: str) -> None:
        """What was done is to be seen."""
        self.hub.page(path, *words)

    def signs_in(self) -> None:
        """Has done so before: no steps."""
        self.at("/login/")
        self.presses("link", address=self.address)
        self.opens("login")
        self.presses("Sign in")
        self.steps = 0

    def _send(self, to: str, subject: str, text: str, below: str = "") -> None:
        made = EmailMessage()
        made["Authentication-Results"] = f"{FRONT}; dmarc=pass header.from=home.example"
        made["From"], made["To"], made["Subject"] = self.address, to, subject
        made["Message-ID"] = f"<{uuid.uuid4()}@home.example>"
        if below:
            made["In-Reply-To"] = below
        made.set_content(f"{text}\n")
        self.hub.send(made.as_bytes(), to, sender=self.address)
        self.steps += 1


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return f"{mail['Subject']}\n{body.get_content() if body is not None else ''}"


@pytest.fixture
def anybody(browser: Browser, hub: Served) -> Iterator[Person]:
    """Whom the hub does not know."""
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        yield Person(hub, page, "new@home.example")


def allowed(what: str) -> int:
    """So many steps says the table."""
    row = re.search(rf"^\| {re.escape(what)} \|[^|]*\| *(\d+) \|", TABLE.read_text("utf-8"), re.M)
    assert row is not None, f"docs/steps.md has no row {what!r}"
    return int(row[1])


def test_join_on_the_page(anybody: Person) -> None:
    anybody.at("/conferences/organising/")
    anybody.presses("^Join here$", address=anybody.address)
    anybody.opens("confirm")
    anybody.presses("Yes")
    anybody.newest("Welcome")
    assert anybody.steps == allowed("join on a page")


def test_join_by_mail(anybody: Person) -> None:
    anybody.writes("organising-join", "", "")
    anybody.answers("confirm", "yes")
    anybody.newest("Welcome")
    assert anybody.steps == allowed("join by mail")


def test_ask_and_hear_the_answer(anybody: Person, browser: Browser) -> None:
    anybody.at("/conferences/organising/")
    anybody.presses(
        "^Send", text="ASKWORD", subject="How do I map?", name="New", email=anybody.address
    )
    anybody.opens("confirm")
    anybody.presses("Post|Yes")
    anybody.shown("/conferences/organising/", "How do I map?")
    assert anybody.steps == allowed("ask, for the first time")
    hub = anybody.hub
    with browsing.page(browser, hub.url, javascript=False) as page:
        mem = Person(hub, page, "mem@home.example")
        mem.answers("ASKWORD", "ANSWERWORD")
        assert mem.steps == allowed("reply by mail")
    anybody.newest("ANSWERWORD")


def test_reply_signed_in(browser: Browser, hub: Served) -> None:
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        mem = Person(hub, page, "mem@home.example")
        mem.writes("organising", "A topic", "FIRSTWORD")
        topic = mem.hub.page("/conferences/organising/", "A topic")
        path = re.search(r'href="(t/[a-z2-7]+/)"[^>]*>(?:<[^>]*>)*A topic', topic)
        assert path is not None
        mem.signs_in()
        mem.at(f"/conferences/organising/{path[1]}")
        mem.presses("^Send", text="SECONDWORD")
        mem.shown(f"/conferences/organising/{path[1]}", "SECONDWORD")
        assert mem.steps == allowed("reply on a page")


def test_vote(browser: Browser, hub: Served) -> None:
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        mo = Person(hub, page, "mo@home.example")
        mo.writes("organising-poll", "vote", "Shall we?\n1. Yes\n2. No\ncloses: 2099-12-01 18:00")
        mo.answers("Shall we", "")
        mem = Person(hub, page, "mem@home.example")
        mem.opens("vote")
        option = mem.page.locator("main input[type=radio]").first
        option.check()
        mem.presses("Vote|vote")
        assert mem.steps == allowed("vote")
        mem.newest("Shall we")


def test_decide_on_what_waits(browser: Browser, hub: Served) -> None:
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        mo = Person(hub, page, "mo@home.example")
        mo.writes("organising-request", "", "emergency on")
        mo.newest("[Ee]mergency")
        new = Person(hub, page, "new@home.example")
        new.writes("organising", "It waits", "HELDWORD")
        mo.steps = 0
        mo.opens("moderate")
        mo.presses("Accept")
        mo.shown("/conferences/organising/", "It waits")
        assert mo.steps == allowed("decide on a message that waits")


@pytest.mark.parametrize("signed_in", [False, True])
def test_hand_in_a_document(browser: Browser, hub: Served, signed_in: bool) -> None:
    file = next(GUIDE.glob("*.pdf"))
    library = sorted(path.stem for path in hub.config.libraries.glob("*.git"))[0]
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        mem, who = Person(hub, page, "mem@home.example"), {}
        if signed_in:
            mem.signs_in()
        else:
            who = {"name": "Mem", "email": mem.address}
        mem.at(f"/libraries/{library}/deposit/")
        mem.presses("^Hand it in", file=str(file), **who)
        if not signed_in:
            mem.opens("confirm")
            mem.presses("^Yes")
        mem.newest("Your document")
        what = "hand in a document, signed in" if signed_in else "hand in a document"
        assert mem.steps == allowed(what)


def test_publish_news(browser: Browser, hub: Served) -> None:
    words = ["token", "new", "mem@home.example", "--repo", "unions/metal"]
    root = ["--hub", str(hub.config.root)]
    assert CliRunner().invoke(main, [*words, *root]).exit_code == 0
    with browsing.page(browser, hub.url) as page:
        mem = Person(hub, page, "mem@home.example")
        mem.writes("site+metal", "news: We won", "summary: Eight per cent.\n\nAfter **weeks**.")
        mem.answers("Eight per cent", "")
        mem.shown("/unions/metal/news/we-won/", "Eight per cent")
        assert mem.steps == allowed("publish news")
    with browsing.page(browser, hub.url, javascript=False, phone=True) as page:
        mem = Person(hub, page, "mem@home.example")
        mem.signs_in()
        mem.at("/edit/")
        mem.presses("^Add news")
        mem.presses("^Publish", title="We won again", text="After **days**.")
        mem.shown("/unions/metal/news/we-won-again/", "days")
        assert mem.steps == allowed("publish news on a page")
