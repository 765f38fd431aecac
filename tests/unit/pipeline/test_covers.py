"""Covers and shelves of a library: first pages, drawn covers, and what a library's front shows."""

from __future__ import annotations

import hashlib
import html
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import brotli
import pytest
from PIL import Image

from solicomm_build.builder.run import Builder
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, File, Rights
from solicomm_build.features.library.cards.filestore import IN_GIT, FileStore
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.features.library.rendering import covers
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import hubs, manifest, smallhub

GUIDE = data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"
AT = datetime(2026, 1, 2, tzinfo=UTC)
HOSTILE = '<script>alert(1)</script> & "x" ]]>'


@dataclass
class Library:
    """A built library, whose cards are known by what they try."""

    config: Config
    keys: dict[str, str]

    def page(self, which: str, name: str) -> bytes:
        path = self.config.public / "libraries/papers" / self.keys[which] / name
        return path.read_bytes() if path.is_file() else b""

    @property
    def front(self) -> str:
        return (self.config.public / "libraries/papers/index.html").read_text("utf-8")


def pushed(config: Config, key: str, octets: bytes, rights: Rights) -> None:
    """A card as somebody pushes it: with a PDF and nothing that was made of it."""
    sha256 = hashlib.sha256(octets).hexdigest()
    file = File(sha256, "guide.pdf", "application/pdf", len(octets), pages=2)
    entry = Entry(
        f"lib:{key}", "manual", {"en": key}, languages=("en",), rights=rights, files=(file,)
    )
    changes = [
        Change(entries.path(key), entryfile.encode(entry)),
        Change(f"entries/{key}/guide.pdf", octets),
    ]
    repo = open_repo(config.library_repo("papers"))
    write_once(repo, changes, message="Add\n", when=AT)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    config = smallhub.make(tmp_path_factory.mktemp("hub") / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    store, keys = CardStore(config, "papers"), dict[str, str]()

    def add(which: str, title: str, *files: Incoming, **more: tuple[str, ...]) -> None:
        draft = Entry("", "report", {"en": title}, languages=("en",), **more)  # type: ignore[arg-type]
        keys[which] = store.add(draft, files, when=AT).entry.key

    wages = {"subjects": ("free:wages",), "countries": ("KE",)}
    add("pdf", "Heat", Incoming("guide.pdf", GUIDE.read_bytes()), **wages)
    add("plain", "Wages", **wages)
    add("hostile", HOSTILE, **{**wages, "countries": ("TN",)})
    add(
        "arabic",
        "اتفاقية جماعية لعمال المياه في المدن الساحلية والجبلية والصحراوية كلها "
        "وما حولها من القرى والبلدات الصغيرة",
    )
    for which, octets, access in (
        ("pushed", GUIDE.read_bytes() + b"\n", "open"),
        ("broken", b"%PDF-1.4 nothing", "open"),
        ("large", GUIDE.read_bytes() + b"\n" * (IN_GIT + 1), "open"),
        ("stored", GUIDE.read_bytes() + b"\n\n\n", "open"),
        ("members", GUIDE.read_bytes() + b"\n\n", "members"),
    ):
        keys[which] = f"2026-{which:a<8}"[:13]
        pushed(config, keys[which], octets, Rights(access=access))
    beside = config.library_repo("papers")
    write_once(
        open_repo(beside),
        [Change(f"entries/{keys['stored']}/guide.pdf", None)],
        message="Keep it outside\n",
        when=AT,
    )
    FileStore(config, "papers").put(io.BytesIO(GUIDE.read_bytes() + b"\n\n\n"))
    hubs.build(config)
    return Library(config, keys)


def test_a_first_page_is_small_on_shelves_and_whole_for_old_browsers(library: Library) -> None:
    for which in ("pdf", "pushed"):
        small = Image.open(io.BytesIO(library.page(which, "small.webp")))
        assert (small.format, max(small.size)) == ("WEBP", covers.SIDE)
        assert len(library.page(which, "small.webp")) < 8_000
        assert Image.open(io.BytesIO(library.page(which, "cover.jpg"))).format == "JPEG"
        assert library.page(which, "cover.svg") == b""
        key = library.keys[which]
        source = f'<source srcset="{key}/small.webp" type="image/webp"><img src="{key}/cover.jpg"'
        assert source in library.front
    page = library.page("pushed", "index.html").decode()
    assert 'src="cover.jpg"' in page, "a card without a cover shows the first page, too"


@pytest.mark.parametrize("which", ["large", "stored"])
def test_a_large_pdf_has_its_first_page_wherever_it_lies(library: Library, which: str) -> None:
    small = Image.open(io.BytesIO(library.page(which, "small.webp")))
    assert max(small.size) == covers.SIDE
    assert small.convert("L").getextrema()[0] < 128, "not blank"
    assert library.page(which, "cover.svg") == b""


def test_a_pdf_that_cannot_be_drawn_leaves_a_blank_page(library: Library) -> None:
    assert len(library.page("broken", "small.webp")) < 400


def test_nothing_is_shown_of_what_only_members_read(library: Library) -> None:
    assert library.page("members", "small.webp") == b""
    assert library.page("members", "cover.jpg") == b""
    assert b"<svg" in library.page("members", "cover.svg")


def test_drawn_covers_say_title_and_kind_and_nothing_runs_in_them(library: Library) -> None:
    for which, title in (("plain", "Wages"), ("hostile", "<script>"), ("arabic", "اتفاقية")):
        drawn = library.page(which, "cover.svg")
        root = ElementTree.fromstring(drawn)
        said = "".join(root.itertext())
        assert title in said
        assert "Report" in said
        assert {node.tag.rpartition("}")[2] for node in root.iter()} == {"svg", "rect", "g", "text"}
        assert len(drawn) < 2_048
    assert b'direction="rtl"' in library.page("arabic", "cover.svg")
    assert "…" in library.page("arabic", "cover.svg").decode()
    assert 'src="cover.svg"' in library.page("plain", "index.html").decode()


def test_a_cover_is_the_same_for_the_same_card() -> None:
    facts = ("Wages", "report", "Report", "en")
    assert covers.drawn(*facts) == covers.drawn(*facts)
    assert covers.drawn(*facts) != covers.drawn("Hours", *facts[1:])
    assert covers.drawn("", "unheard-of", "", "en").count("<text") == 2


def test_the_front_has_ways_in_then_shelves_then_the_newest(library: Library) -> None:
    front = library.front
    order = [front.index(one) for one in ('class="ways', 'class="plank"', 'id="documents"')]
    assert order == sorted(order)
    shelves = re.findall(r'<section class="stand">(.*?)</section>', front, re.DOTALL)
    assert [len(re.findall("<li>", one)) for one in shelves] == [3, 2]
    assert ">Wages</bdi>" in shelves[0]
    assert ">Kenya</bdi>" in shelves[1]
    images = re.findall(r"<img [^>]*>", front)
    assert images
    assert all('loading="lazy"' in one and 'alt=""' in one for one in images)
    assert "<script>alert" not in front


def test_a_drawn_book_on_a_shelf_bears_its_title_once_where_there_is_room(library: Library) -> None:
    books = re.findall(r'<li><a href="[^"]+/">(<span class="book".*?)</a>', library.front)
    assert books
    for book in books:
        title = re.findall(r"<bdi[^>]*>(.*?)</bdi>", book)
        assert len(title) == 1
        is_short = len(html.unescape(title[0])) <= 70
        assert is_short == (f">{title[0]}</bdi></span>" in book)
        assert is_short == ("data-title" not in book)


def test_the_first_view_of_a_library_is_light(library: Library) -> None:
    public, front = library.config.public, library.front
    sheets = re.findall(r'<(?:link rel="stylesheet" href|script[^>]* src)="([^"]+)"', front)
    files = [(public / "libraries/papers" / name).resolve() for name in sheets]
    octets = sum(len(brotli.compress(path.read_bytes())) for path in files)
    assert octets + len(brotli.compress(front.encode())) <= 14_600


def test_citations_are_marked_by_one_click_and_stand_above_the_details(library: Library) -> None:
    page = library.page("plain", "index.html").decode()
    assert page.index('id="cite"') < page.index('id="facts"')
    assert {"entry.bib", "entry.ris", "entry.json"} <= set(re.findall(r'href="([^"]+)"', page))


def test_a_new_cover_comes_without_a_build_of_all(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    draft = Entry("", "report", {"en": "One"}, languages=("en",))
    store = CardStore(config, "papers")
    first = store.add(draft, when=AT).entry
    builder = Builder(config, data.theme())
    try:
        builder.build()
        page = config.public / "libraries/papers" / first.key
        assert (page / "cover.svg").is_file()
        pushed(config, first.key, GUIDE.read_bytes(), Rights())
        builder.build()
        assert (page / "small.webp").is_file()
        assert not (page / "cover.svg").exists(), "what it had is gone"
        shown = manifest.read(config.public)
    finally:
        builder.close()
    different = manifest.differences(shown, hubs.built_anew(config))
    assert [path for path in different if path.startswith("libraries/")] == []
