"""Every kind of page there is, judged: accessible, valid, and read from top to bottom in lynx.

The kinds are found, not listed: of all pages of a hub that was filled with everything, one of each
shape of address, in English and in Arabic. So a new kind of page is judged as soon as a hub of
the tests has one. Union sites have tests of their own (test_union_sites.py).
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import browsing, hubs, judges, webserver
from solicomm_build.testing.hubs import START, mid, post

TOPIC = f"/conferences/organising/t/{mid('a')}/"
CITED = ("entry.bib", "entry.ris", "entry.json")
SERVED = {
    *("correct", "deposit", "members", "logout", "login", "offline"),
    *("find", "compare", "read", "changes"),
}
"""Where the web server makes the page."""
_VARYING = (
    (re.compile(r"/[a-z2-7]{32}(?=/)"), "/T"),
    (re.compile(r"/\d{4}-[a-z0-9]{8}(?=/)"), "/K"),
    (re.compile(r"/c_[a-z2-7]{10}(?=/)"), "/C"),
    (re.compile(r"(?<=/)(organising|formation|solidaridad)(?=/)"), "X"),
    (re.compile(r"(?<=/by/)(\w+)/[^/]+(?=/)"), r"\1/V"),
    (re.compile(r"(?<=/by/)(subject|country|language|sector|year|type)(?=/)"), "F"),
    (re.compile(r"(?<=/people/)(\w+)/[^/]+(?=/)"), r"\1/V"),
    (re.compile(r"(?<=/forms/)[^/]+(?=/)"), "V"),
    (re.compile(r"^/(en|fr|es|pt|ru)/"), "/L/"),
    (re.compile(r"\d{4}(-W)?\d\d|\d+"), "N"),
)
"""What is different in addresses of pages that are made alike."""


@dataclass(frozen=True)
class Site:
    """A built hub, where it is served, and the addresses of one page of each kind."""

    hub: Config
    url: str
    addresses: tuple[str, ...]

    def file(self, address: str) -> Path:
        """The file of a page."""
        path = self.hub.public / unquote(address).strip("/")
        return path / "index.html" if address.endswith("/") else path


@pytest.fixture(scope="module")
def site(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    hub = hubyaml.load(shutil.copytree(built_sample, tmp_path_factory.mktemp("every") / "hub"))
    file, octets = hubs.attached(b"early: 12\n", "who was there.txt")
    hubs.commit(hub.conference_repo("organising"), octets)
    hubs.add(
        hub,
        "organising",
        [
            post(
                "a",
                subject="Water at the yard",
                attachments=[file],
                body="# A heading\n\nWords, **bold**.\n\n```\na | b\n```\n\n"
                "| a | b |\n|---|---|\n| 1 | 2 |\n",
            ),
            *(
                post(
                    f"b{n}",
                    "a",
                    subject="Re: Water at the yard",
                    minutes=n,
                    author=f"Bea {n}",
                    body=f"> said before\n> and more\n\nAnswer {n}.\n",
                )
                for n in range(1, 4)
            ),
            post("c", subject="ما العمل؟", minutes=50, author="أمينة", body="كلام كثير.\n"),
            *(post(f"d{n}", "d0", subject="Long", minutes=60 + n) for n in range(1, 103)),
        ],
    )
    with clock.fixed(START + timedelta(days=40)):
        report = hubs.build(hub)
    assert report.failures == []
    with webserver.running(hub) as (host, port):
        yield Site(hub, f"http://{host}:{port}", tuple(_kinds(hub.public)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing.chromium() as opened:
        yield opened


def _kinds(public: Path) -> list[str]:
    found: dict[str, str] = {}
    for path in sorted(public.rglob("*.html")):
        address = "/" + path.relative_to(public).as_posix().removesuffix("index.html")
        if address.startswith(("/unions/", "/search/index/", "/frame/")):
            continue
        shape = address
        for varying, instead in _VARYING:
            shape = varying.sub(instead, shape)
        if not shape.startswith("/L/"):
            found.setdefault(shape, address)
    return [*found.values(), TOPIC, f"/conferences/organising/t/{mid('c')}/"]


def test_there_are_many_kinds(site: Site) -> None:
    kinds = " ".join(site.addresses)
    for part in ("/health/", "/new/", "/t/", "/page/", "/ar/", "/libraries/", "/404.html"):
        assert part in kinds
    assert 30 <= len(site.addresses) <= 90, site.addresses


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True)], ids=["desk", "phone"])
def test_every_kind_of_page_is_accessible(
    site: Site, browser: Browser, phone: bool, dark: bool
) -> None:
    size = {"width": 360, "height": 740} if phone else {"width": 1200, "height": 900}
    scheme = "dark" if dark else "light"
    found = {}
    with browser.new_context(
        viewport=size, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce"
    ) as context:
        page = context.new_page()
        for address in (*site.addresses, "/join/organising"):
            if address in site.addresses and "http-equiv" in site.file(address).read_text("utf-8"):
                continue  # it leads elsewhere at once
            page.goto(site.url + address)
            wrong = judges.violations(page)
            if browsing.overflow(page) > 0:
                wrong.append("wider than its window")
            if wrong:
                found[address] = wrong
    assert found == {}


@pytest.mark.parametrize("width", [256, 320])
def test_every_kind_of_page_fits_a_narrow_window(site: Site, browser: Browser, width: int) -> None:
    """320 pixels are 1280 at four times the size (WCAG 2.2, 1.4.10); old telephones have less."""
    wide = {}
    with browser.new_context(viewport={"width": width, "height": 480}) as context:
        page = context.new_page()
        for address in (*site.addresses, "/join/organising", "/login/"):
            if address in site.addresses and "http-equiv" in site.file(address).read_text("utf-8"):
                continue
            page.goto(site.url + address)
            if more := browsing.overflow(page):
                wide[address] = more
    assert wide == {}


def test_a_topic_in_the_readers_language_is_accessible(site: Site, browser: Browser) -> None:
    with browser.new_context(bypass_csp=True, color_scheme="dark") as context:
        page = context.new_page()
        page.goto(site.url + TOPIC)
        page.evaluate("localStorage['soli-lang'] = 'ar'")
        page.goto(site.url + TOPIC)
        page.locator("html[dir=rtl]").wait_for()
        page.locator(".langs summary").click()
        page.locator(".langs[open]").wait_for()
        assert judges.violations(page) == []


def test_every_kind_of_page_is_valid(site: Site) -> None:
    assert judges.html_errors([site.file(address) for address in site.addresses]) == ""


def _lynx(*arguments: str) -> str:
    lynx = shutil.which("lynx")
    if lynx is None:
        pytest.skip("there is no lynx here; `make debian` installs it")
    command = [
        lynx,
        "-dump",
        "-width=100",
        "-display_charset=utf-8",
        "-assume_charset=utf-8",
        *arguments,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_every_kind_of_page_is_read_and_followed_in_lynx(site: Site) -> None:
    """The heading comes first in the text, and every link leads to a page that is there."""
    there: set[Path] = set()
    for address in site.addresses:
        file = site.file(address)
        html = file.read_text("utf-8")
        shown = _lynx(str(file)).partition("\nReferences\n")
        text, links = shown[0], re.findall(r"^\s*\d+\. (\S+)$", shown[2], re.MULTILINE)
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", html, re.DOTALL)
        assert heading is not None, address
        words = re.sub(r"<[^>]+>", " ", heading[1]).split()
        if words and words[0].isascii():
            assert words[0] in text, address
        if "http-equiv" in html:
            continue
        assert len(links) > 5, address
        for link in links:
            there |= _target(site, file, link, address)
    there.discard(site.hub.public / "feed.xml")  # the web server makes it when asked
    there = {one for one in there if one.parent.name not in SERVED}  # and this, too
    there = {one for one in there if one.name not in CITED}  # and how a document is cited
    take = site.hub.public / "take"
    there = {one for one in there if not one.is_relative_to(take)}
    for target in there:
        assert target.exists(), target


def _target(site: Site, file: Path, link: str, address: str) -> set[Path]:
    parts = urlsplit(link)
    if parts.scheme != "file" or address.endswith("404.html"):
        return set()
    path = Path(unquote(parts.path))
    if path.is_relative_to(site.hub.public):
        return {path / "index.html" if parts.path.endswith("/") else path}
    raise AssertionError(f"{address} leads out of the hub: {link}")


def test_a_topic_reads_in_order(site: Site) -> None:
    text = _lynx("-nolist", str(site.file(TOPIC)))
    wanted = [
        "Skip to the content",
        "Water at the yard",
        "4 posts",
        "Answer here",
        "Ana",
        "#1",
        "A heading",
        "who was there.txt",
        "Reply to Ana",
        "Bea 1",
        "#2",
        "in reply to #1 Ana",
        "said before",
        "Answer 1.",
        "Bea 3",
        "Answer 3.",
        "Join in",
    ]
    places, start = [], 0
    for words in wanted:
        start = text.find(words, start)
        assert start >= 0, f"{words!r} is missing, or comes too early:\n{text}"
        places.append(start)
    assert places == sorted(places)


def test_health_reads_in_order(site: Site) -> None:
    text = _lynx("-nolist", str(site.file("/conferences/organising/health/")))
    wanted = [
        "How we are doing",
        "As of the end of",
        "Waiting for an answer",
        "Month by month",
        "People who wrote",
        "Half within",
        "2026",
        "Languages",
    ]
    start = 0
    for words in wanted:
        start = text.find(words, start)
        assert start >= 0, f"{words!r} is missing, or comes too early:\n{text}"
