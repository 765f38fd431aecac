"""Every link of the built sample hub leads somewhere, to the very anchor; nothing is foreign."""

from __future__ import annotations

import shutil
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.ingest.importer import run_import
from solicomm_build.testing import hubs

HERE = "http://here.example"
SERVED = frozenset({"/feed.xml", "/login/", "/logout/", "/members/", "/offline/"})
"""What the web server makes when asked (web/standing.py, features/members/members.py)."""
OF_LIBRARIES = (
    "/deposit/",
    "/correct/",
    "/compare/",
    "/find/",
    "/read/",
    "/changes/",
    "/entry.bib",
    "/entry.ris",
    "/entry.json",
)
"""What it makes of libraries and their documents (features/library/web.py)."""
MADE = ("/edit/", "/take/")
"""Below which it makes every page."""
LOADS = {"img": "src", "script": "src", "link": "href", "source": "src", "iframe": "src"}


class Links(HTMLParser):
    """The ids and the links of a page; `loaded` are those a browser follows by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: set[str] = set()
        self.loaded: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            assert given["id"] not in self.ids, f"two elements are called {given['id']}"
            self.ids.add(given["id"])
        self.links |= {given[name] for name in ("href", "src") if name in given}
        if tag in LOADS and given.get("rel", "stylesheet") in ("stylesheet", "icon"):
            self.loaded |= {given[LOADS[tag]]} if LOADS[tag] in given else set()


@pytest.fixture(scope="module")
def pages(
    built_sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Links]]:
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("links") / "hub")
    hub = hubyaml.load(root)
    row, file = hubs.attached(b"x", "año 1.txt")
    for name, path in founding.sample_mail():
        run_import(hub, name, [path])
    hubs.add(
        hub,
        "organising",
        [
            hubs.post("a", body="See [this](https://union.example/) and http://b.example/x\n"),
            *(hubs.post(f"b{n}", "a", minutes=n, attachments=[row]) for n in range(1, 130)),
            *(hubs.post(f"t{n}", minutes=200 + n, subject=f"Topic {n}") for n in range(60)),
        ],
    )
    hubs.commit(hub.conference_repo("organising"), file)
    assert hubs.build(hub).failures == []
    found = {}
    for path in sorted(hub.public.rglob("*.html")):
        links = Links()
        links.feed(path.read_text("utf-8"))
        url = "/" + path.relative_to(hub.public).as_posix().removesuffix("index.html")
        found[url] = links
    return hub.public, found


def test_no_link_is_dead(pages: tuple[Path, dict[str, Links]]) -> None:
    public, found = pages
    dead = []
    for url, links in found.items():
        for link in links.links:
            target = urlsplit(urljoin(HERE + url, link))
            if target.netloc != "here.example" or not target.scheme.startswith("http"):
                continue
            path = unquote(target.path)
            if (
                path in SERVED
                or path.endswith(OF_LIBRARIES)
                or path.startswith(("/edit/", "/take/"))
            ):
                continue
            file = public / path.lstrip("/") / ("index.html" if path.endswith("/") else "")
            there = path in found and (not target.fragment or target.fragment in found[path].ids)
            if not there and (target.fragment or not file.is_file()):
                dead.append((url, link))
    assert dead == []


def test_nothing_is_loaded_from_elsewhere(pages: tuple[Path, dict[str, Links]]) -> None:
    for url, links in pages[1].items():
        for link in links.loaded:
            assert urljoin(HERE + url, link).startswith(HERE + "/"), (url, link)
