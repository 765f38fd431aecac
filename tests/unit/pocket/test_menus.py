"""Of a part of the hub, menus, feet and front pages lead only to what is there."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from solicomm_build.features.library import library
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import writing
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference
from solicomm_build.testing import hubs

MENU = ("#conferences", "#libraries", "#unions")


class _Offered(HTMLParser):
    """The links of a page's menus and foot, of a front page all, and where links may lead in it."""

    def __init__(self, page: Path, *, is_front: bool) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids = set[str]()
        self._inside = int(is_front)
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "form") and self._inside:
            self.links += [value for name, value in attrs if name in ("href", "action") and value]
        self.ids.update(value for name, value in attrs if name == "id" and value)
        self._inside += tag in ("nav", "footer")

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in ("nav", "footer")


@pytest.mark.parametrize(
    ("choice", "menu"),
    [
        (Choice(conferences=("formation",)), {"#conferences"}),
        (Choice(libraries=("agreements",)), {"#libraries"}),
        (Choice(unions=("metal",)), {"#unions"}),
    ],
)
def test_menus_feet_and_front_pages_offer_only_what_came_along(
    sample_hub: Config, tmp_path: Path, choice: Choice, menu: set[str]
) -> None:
    hubs.add(sample_hub, "formation", [hubs.post("a")])
    stick = tmp_path / "stick"
    writing.write(sample_hub, stick, choice, progress=lambda what, done, of: None)
    fronts = {stick / lang / "index.html" for lang in ("", *sample_hub.languages)}
    pages = {page: _Offered(page, is_front=page in fronts) for page in stick.rglob("*.html")}
    assert {link for link in pages[stick / "index.html"].links if link in MENU} == menu
    wrong = []
    for page, offered in pages.items():
        for link in offered.links:
            parts = urlsplit(link)
            there = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            is_away = parts.scheme.startswith("http") and parts.path != "/"
            is_nowhere = (
                there in pages
                and bool(parts.fragment)
                and (parts.fragment not in pages[there].ids and there.parent.name != "write")
            )
            if is_away or is_nowhere:
                wrong.append((page, link))
    assert wrong == []


@pytest.mark.parametrize("kind", ["conferences", "libraries"])
def test_what_is_unlisted_is_on_the_front_page_of_a_stick_that_names_it(
    sample_hub: Config, tmp_path: Path, kind: str
) -> None:
    folder, name, file = {
        "conferences": (sample_hub.conferences, "formation", conference.FILE),
        "libraries": (sample_hub.libraries, "agreements", library.FILE),
    }[kind]
    hubs.add(sample_hub, "formation", [hubs.post("a")])
    repo = open_repo(folder / f"{name}.git")
    with Reader(repo) as reader:
        before = (reader.at(MAIN, file) or b"").splitlines(keepends=True)
    kept = [line for line in before if not line.startswith(b"visibility:")]
    settings = b"".join([*kept, b"visibility: unlisted\n"])
    hubs.commit(repo.path, Change(file, settings))
    stick = tmp_path / "stick"
    named = (name,)
    choice = Choice(conferences=named) if kind == "conferences" else Choice(libraries=named)
    writing.write(sample_hub, stick, choice, progress=lambda what, done, of: None)
    front = _Offered(stick / "index.html", is_front=True)
    assert any(link.endswith(f"{kind}/{name}/index.html") for link in front.links)
    assert {link for link in front.links if link in MENU} == {f"#{kind}"}
