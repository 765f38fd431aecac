"""Whoever has a clone and Pelican has the pages: no hub, no settings but the names of clones.

hub → git clone → pelican content -o out → the hub's pages at the hub's addresses
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import solicomm_build
from solicomm_build.cli.main import main
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, lunrjs, smallhub, webserver
from tests.e2e.pelicansites import Pelican, Site, files

ROOT = Path(solicomm_build.__file__).parents[1]
POSTS = 150
LONG = 110
"""Posts of one topic, more than stand on one page."""
CLONES = {
    "conferences": ("bar", "organising"),
    "libraries": ("agreements",),
    "unions": ("metal",),
}
CITATIONS = ("entry.bib", "entry.ris", "entry.json")
_MAIN = re.compile(rb"<main.*</main>", re.DOTALL)
_JOIN = re.compile(
    rb'(?<=</p>)<form class="write" .*?</form>\n|<form class="(?:write )?print-no" .*?</form>'
    rb'|<p class="(?:answer|(?:meta |acts |pick )?print-no)">.*?</p>'
    rb'|<details class="facet share.*?</details>|<li class="print-no">.*?</li>'
    rb'|<form action="[./]*compare/">|</form>|<a class="print-no" [^>]*>.*?</a>',
    re.DOTALL,
)
"""What the hub's web server takes, where a site of files has an address to write to."""


def shown(found: set[str], *places: str) -> set[str]:
    """Those of some places."""
    return {one for one in found if one.startswith(places)}


def main_of(page: bytes) -> list[bytes]:
    """What a page says between header and footer."""
    return [b"".join(one.split()) for one in _MAIN.findall(_JOIN.sub(b"", page))]


def mail(number: int, parent: int, subject: str) -> bytes:
    fields = [f"In-Reply-To: <{parent}@union.example>"] if parent else []
    msgid = f"<{number}@union.example>"
    return smallhub.mail(f"Words of {number}.", *fields, msgid=msgid, subject=subject)


def messages() -> Iterator[bytes]:
    """One topic of several pages, and pairs."""
    for number in range(1, POSTS + 1):
        parent = 1 if number <= LONG else number - 1 if number % 2 == 0 else 0
        yield mail(number, 0 if number == 1 else parent, f"Topic of {parent or number}")


def cloned(config: Config, folder: Path) -> None:
    """Clones of some of the hub."""
    where = {"conferences": config.conferences, "libraries": config.libraries}
    for kind, names in CLONES.items():
        for name in names:
            source = where.get(kind, config.unions) / f"{name}.git"
            words = ["git", "clone", "-q", "--bare", str(source), f"{name}.git"]
            subprocess.run(words, cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def hub(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The sample hub, with a conference of 150 posts."""
    folder = tmp_path_factory.mktemp("stock")
    root = shutil.copytree(built_sample, folder / "hub")
    mbox = b"".join(b"From x Thu Jan  1 00:00:00 2026\n" + one + b"\n" for one in messages())
    (folder / "bar.mbox").write_bytes(mbox.replace(b"\r\n", b"\n"))
    for words in (
        ("new", "conference", "bar", "--title", "Bar", "--posting", "open"),
        ("import", "bar", str(folder / "bar.mbox")),
    ):
        done = CliRunner().invoke(main, [*words, "--hub", str(root)])
        assert done.exit_code == 0, done.output
    found = hubyaml.load(root)
    hubs.build(found)
    return found


@pytest.fixture(scope="module")
def begun(hub: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with an article of its own and clones of some of the hub. Not to be changed."""
    folder = tmp_path_factory.mktemp("begun") / "site"
    (folder / "content").mkdir(parents=True)
    text = "Title: Hello\nDate: 2026-01-01\n\nOur own page.\n"
    (folder / "content" / "hello.md").write_text(text)
    cloned(hub, folder)
    return folder


@pytest.fixture(scope="module")
def pelican() -> Iterator[Pelican]:
    made = Pelican()
    yield made
    made.close()


@pytest.fixture
def site(begun: Path, tmp_path: Path, pelican: Pelican) -> Site:
    """Such a site."""
    return Site(shutil.copytree(begun, tmp_path / "site"), pelican)


@pytest.fixture(scope="module")
def whole(hub: Config, begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Such a site with pages of all clones, made by the command. Not to be changed."""
    folder = shutil.copytree(begun, tmp_path_factory.mktemp("whole") / "site")
    site = Site(folder, None)
    site.settings(**all_clones(), domain=hub.domain)
    site.made()
    return site


def all_clones() -> dict[str, list[str]]:
    return {kind: [f"{name}.git" for name in names] for kind, names in CLONES.items()}


def citations(hub: Config, site: Site, made: set[str]) -> set[str]:
    """Files of a site of files that the hub makes when it is asked for them, with these octets but
    for its own name and address."""
    found = {one for one in made if one.rpartition("/")[2] in CITATIONS}
    with webserver.running(hub) as address:
        for path in sorted(found):
            answer = webserver.ask(address, f"/{path}")
            assert answer.status == 200, path
            body = answer.body.replace(hub.url.encode(), b"").replace(hub.name.encode(), b"Ours")
            assert body == site.page(path), path
    return found


PLACES = tuple(f"{kind}/{name}/" for kind, names in CLONES.items() for name in names)
TRANSLATED = tuple(f"{lang}/{place}" for lang in ("fr", "es", "pt", "ar", "ru") for place in PLACES)


def test_clones_become_the_hubs_pages_at_the_hubs_addresses(hub: Config, whole: Site) -> None:
    site, made = whole, files(whole.folder / "out")
    ours = shown(files(hub.public), *PLACES, *TRANSLATED)
    assert len([one for one in ours if one.startswith("conferences/bar/t/")]) > 2 * 20
    cited = citations(hub, site, made)
    assert len(cited) > 20
    assert shown(made, *PLACES, *TRANSLATED) == ours | cited
    assert any(re.fullmatch("conferences/bar/t/[a-z2-7]+/page/2/index.html", one) for one in ours)
    assert "Our own page." in site.page("hello.html").decode()
    assert "theme/css/main.css" in made  # Pelican's default theme


def test_what_a_page_says_is_what_it_says_in_the_hub(hub: Config, site: Site) -> None:
    """Octet for octet, by Jinja's own compiler there and by ours here."""
    site.settings(f"SITEURL = {hub.url!r}", **all_clones(), domain=hub.domain)
    made = shown(site.made(), *PLACES)
    for path in sorted(one for one in made if one.endswith(".html")):
        assert main_of((hub.public / path).read_bytes()) == main_of(site.page(path)), path
    for number in range(1, POSTS + 1):
        told = [one for one in made if f"Words of {number}.".encode() in site.page(one)]
        assert any(one.startswith("conferences/bar/t/") for one in told), number


def test_each_link_and_file_of_a_page_leads_somewhere(whole: Site) -> None:
    site, made = whole, files(whole.folder / "out")
    missing = set()  # cards name topics of conferences that are no clones here
    for path in shown(made, "conferences/bar/", "libraries/agreements/"):
        if path.endswith(".html"):
            text = site.page(path).decode()
            for link in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', text):
                if ":" not in link and not link.startswith("/"):
                    target = os.path.normpath(os.path.join(os.path.dirname(path), link))
                    whole = f"{target}/index.html" if link.endswith("/") else target
                    is_elsewhere = path[0] == "l" and target.startswith("conferences/")
                    if whole.removeprefix("./") not in made and not is_elsewhere:
                        missing.add(link)
    assert missing == set()


def test_a_foreign_theme_keeps_its_pages_and_shows_ours(hub: Config, site: Site) -> None:
    """`simple` has a `base.html` and a `page.html`, which mean something else than ours."""
    site.settings('THEME = "simple"', **all_clones(), domain=hub.domain)
    made = site.made()
    ours = shown(files(hub.public), *PLACES, *TRANSLATED) | citations(hub, site, made)
    assert shown(made, *PLACES, *TRANSLATED) == ours
    front = "conferences/bar/index.html"
    assert main_of(site.page(front)) == main_of((hub.public / front).read_bytes())
    assert b"Proudly powered by" in site.page("hello.html")


@pytest.mark.parametrize("place", ["topic.html", "solicomm/topic.html"])
def test_a_theme_may_have_a_template_of_its_own(site: Site, place: str) -> None:
    """Made from its own `base.html`; what people wrote is escaped there, too."""
    theme = site.folder / "theme" / "templates"
    (theme / place).parent.mkdir(parents=True)
    base = "<title>{{ SITENAME }}</title>{% block content %}{% endblock %}"
    (theme / "base.html").write_text(base)
    topic = '{% extends "base.html" %}{% block content %}'
    topic += '{% for post in posts %}<b>{{ post.name ~ "<" }}</b>{% endfor %}{% endblock %}'
    (theme / place).write_text(topic)
    site.settings('THEME = "theme"', conferences=["bar.git"])
    made = [one for one in site.made() if re.fullmatch("conferences/bar/t/[^/]+/index.html", one)]
    text = site.page(made[0]).decode()
    assert text.startswith("<title>Ours</title><b>")
    assert "&lt;</b>" in text
    assert b"Skip to the content" in site.page("conferences/bar/index.html")


def test_a_theme_may_change_the_frame_of_our_pages(site: Site) -> None:
    """Its `solicomm/base.html` is what our templates extend; ours is there under its own name."""
    theme = site.folder / "theme" / "templates" / "solicomm"
    theme.mkdir(parents=True)
    frame = '{% extends "!solicomm/base.html" %}{% block footer %}<p>Foot of {{ SITENAME }}</p>'
    (theme / "base.html").write_text(frame + "{% endblock %}")
    site.settings('THEME = "theme"', conferences=["bar.git"])
    site.made()
    text = site.page("conferences/bar/index.html").decode()
    assert "<p>Foot of Ours</p>" in text
    assert "Skip to the content" in text


def test_without_our_setting_pelican_is_as_ever(site: Site) -> None:
    site.pelican = None
    site.settings()
    own = (site.folder / "pelicanconf.py").read_text().replace("SOLICOMM = {}\n", "")
    (site.folder / "pelicanconf.py").write_text(own)
    made = site.made()
    assert "hello.html" in made
    assert not shown(made, "conferences/", "libraries/", "unions/")


def test_a_clone_with_its_files_and_a_name_of_its_own(site: Site) -> None:
    subprocess.run(["git", "clone", "-q", "bar.git", "work"], cwd=site.folder, check=True)
    site.settings(conferences={"pub": "work"})
    assert "conferences/pub/index.html" in site.made()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"conferences": ["gone.git"]}, ("conferences", "gone.git", "git clone --bare")),
        ({"conferences": "bar.git"}, ("conferences", '["clone.git"]')),
        ({"conference": ["bar.git"]}, ("no key 'conference'", "conferences, libraries")),
        ({"conferences": ["bar.git"], "languages": ["tlh"]}, ("languages", "en, fr")),
        ({"conferences": {"a/b": "bar.git"}}, ("a/b", '{"name"')),
    ],
)
def test_a_wrong_setting_is_said_with_its_remedy(
    site: Site, asked: dict[str, Any], words: tuple[str, ...]
) -> None:
    site.settings(**asked)
    code, said = site.run()
    assert code != 0
    said = " ".join(said.split())
    assert all(word in said for word in words), said


def test_a_conference_for_members_only_is_not_shown(hub: Config, site: Site) -> None:
    """Who has a clone may read it; a site is for everybody."""
    work = site.folder / "work"
    subprocess.run(["git", "clone", "-q", "bar.git", str(work)], cwd=site.folder, check=True)
    about = work / "conference.yaml"
    about.write_text(
        re.sub("(?m)^visibility:.*\n", "", about.read_text()) + "visibility: members\n"
    )
    who = ["-c", "user.name=A", "-c", "user.email=a@b.example"]
    words = ["git", *who, "commit", "-qam", "Close"]
    subprocess.run(words, cwd=work, check=True)
    site.settings(conferences=["work"])
    _, said = site.run()
    assert "conferences/work" in said
    assert "visibility" in said
    assert not shown(files(site.folder / "out"), "conferences/")


def test_lunr_finds_pages_by_its_stock_index(site: Site) -> None:
    """Made by lunr.py, read by lunr.js; without being asked for there is none."""
    site.settings(conferences=["bar.git"], libraries=["agreements.git"], lunr=True)
    assert "search/lunr.json" in site.made()
    script = "const lunr = require(process.argv[1]), fs = require('fs');"
    script += "const told = JSON.parse(fs.readFileSync('out/search/lunr.json'));"
    script += "const found = lunr.Index.load(told).search('words of topic');"
    script += "console.log(JSON.stringify(found.map(one => [one.ref, told.titles[one.ref]])))"
    done = subprocess.run(
        [lunrjs.node(), "-e", script, str(lunrjs.lunr())],
        cwd=site.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    topics = [url for url, _ in found if url.startswith("/conferences/bar/t/")]
    assert len(topics) > 20
    assert all(title for _, title in found)
    assert all((site.folder / "out" / url[1:] / "index.html").is_file() for url, _ in found)


def test_nothing_called_plugins_is_installed() -> None:
    """The wheel has one package of ours, and a part of Pelican's namespace."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["solicomm_build", "plugins/pelican"]
    above = (ROOT / "plugins", ROOT / "plugins/pelican", ROOT / "plugins/pelican/plugins")
    assert [one.name for one in above if (one / "__init__.py").exists()] == []
