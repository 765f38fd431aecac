"""Conversations as EPUB: what is in them, what is not, and what their judges say."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.books import binding, wanted
from solicomm_build.features.books.gathering import Shelf
from solicomm_build.features.books.wanted import COURSE, LABEL, MONTH, TOPIC, Wanted
from solicomm_build.foundation.errors import SoliCommError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.books import epub
from solicomm_build.testing import epubcheck, hubs, smallhub

PUMPS = Wanted("water", TOPIC, hubs.mid("pumps"))
WANTED = {
    "topic": PUMPS,
    "month": Wanted("water", MONTH, "2026-03"),
    "label": Wanted("water", LABEL, "repairs"),
    "course": Wanted("water", COURSE),
    "arabic": Wanted("maa", TOPIC, hubs.mid("salam")),
}


def made(hub: Config, one: Wanted) -> bytes:
    with Shelf(hub, one.conference) as shelf:
        return epub.write(binding.bound(shelf, shelf.gathered(one)))


@pytest.fixture(scope="module")
def books(hub: Config) -> dict[str, bytes]:
    return {name: made(hub, one) for name, one in WANTED.items()}


def files(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(book)) as opened:
        names = [name for name in opened.namelist() if not name.startswith("EPUB/pictures/")]
        return {name: opened.read(name).decode() for name in names}


def text(book: bytes) -> str:
    found = files(book)
    return "\n".join(found[name] for name in sorted(found) if "chapter-" in name)


@pytest.mark.parametrize("name", ["topic", "course"])
def test_epubcheck_finds_nothing(books: dict[str, bytes], tmp_path: Path, name: str) -> None:
    path = tmp_path / f"{name}.epub"
    path.write_bytes(books[name])
    verdict = epubcheck.of(path)
    assert verdict.code == 0, verdict.said
    assert "0 warnings" in verdict.said


def test_a_topic_is_read_post_after_post(books: dict[str, bytes]) -> None:
    found = files(books["topic"])
    body = text(books["topic"])
    assert body.count("<article") == 4
    assert "The pump <em>broke</em> &amp; leaks." in body
    assert f'href="chapter-1.xhtml#p-{hubs.mid("pumps")}"' in body  # in reply to, and #1
    assert body.count(f'#p-{hubs.mid("pumps")}"') == 4  # three answers, and one number in a text
    assert '<img src="pictures/1.jpg" alt="Picture: pump.jpg"/>' in body
    navigation = found["EPUB/nav.xhtml"]
    assert f'<a href="chapter-1.xhtml#p-{hubs.mid("answer")}">#2 Ngũgĩ' in navigation
    assert 'epub:type="landmarks"' in navigation


def test_what_is_hidden_private_or_an_address_is_in_no_book(books: dict[str, bytes]) -> None:
    for book in books.values():
        whole = "\n".join(files(book).values())
        assert "An insult" not in whole
        assert "Strike on Monday" not in whole
        assert not re.findall(r"[\w.]+@[\w.]+\.(?:example|org)", whole)
    assert "A moderator has hidden this post." in text(books["topic"])


def test_a_month_has_its_own_posts_alone(books: dict[str, bytes]) -> None:
    body = text(books["month"])
    assert hubs.mid("answer") in body
    assert f'id="p-{hubs.mid("late")}"' not in body
    titles = re.findall(r'">([^<]+)</a>(?:</li>|<ol>)', files(books["month"])["EPUB/nav.xhtml"])
    assert titles[1:4] == ["Pumps &amp; pipes", "Valves", "Week 1"]


def test_a_label_has_its_topics_and_a_course_its_weeks(books: dict[str, bytes]) -> None:
    assert "Valves" not in text(books["label"])
    assert hubs.mid("late") in text(books["label"])
    course = text(books["course"])
    assert "Week 1: Who we are" in course
    assert 'href="https://union.example/reader"' in course
    assert "Welcome to the course." in course
    assert "pump" not in course


def test_arabic_is_read_from_right_to_left(books: dict[str, bytes]) -> None:
    found = files(books["arabic"])
    assert 'page-progression-direction="rtl"' in found["EPUB/package.opf"]
    assert "<dc:language>ar</dc:language>" in found["EPUB/package.opf"]
    for name, body in found.items():
        if name.endswith(".xhtml"):
            assert 'lang="ar" xml:lang="ar" dir="rtl"' in body, name


def test_every_id_is_there_once_and_every_link_within_leads_to_one(
    books: dict[str, bytes],
) -> None:
    for book in books.values():
        pages = {
            name.removeprefix("EPUB/"): ElementTree.fromstring(body)
            for name, body in files(book).items()
            if name.endswith(".xhtml")
        }
        ids = {
            name: [e.get("id") for e in page.iter() if e.get("id")] for name, page in pages.items()
        }
        for name, page in pages.items():
            assert len(ids[name]) == len(set(ids[name])), name
            for element in page.iter():
                link = element.get("href", "")
                if link and ":" not in link and not link.endswith(".css"):
                    file, _, mark = link.partition("#")
                    assert not mark or mark in ids[file or name], link
                    assert (file or name) in pages, link


def test_the_same_posts_give_the_same_octets(hub: Config, books: dict[str, bytes]) -> None:
    assert made(hub, PUMPS) == books["topic"]


def test_a_topic_is_found_by_any_of_its_addresses() -> None:
    tid = hubs.mid("pumps")
    for said in (
        f"https://hub.example/conferences/water/t/{tid}/",
        f"http://127.0.0.1:8080/conferences/water/t/{tid}/#{tid}",
        f"water/t/{tid}",
    ):
        assert wanted.topic(said) == PUMPS
    with pytest.raises(UsageError, match="is no topic"):
        wanted.topic("https://hub.example/unions/metal/")


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (Wanted("closed", TOPIC, hubs.mid("secret")), "not for everybody"),
        (Wanted("nowhere", TOPIC, hubs.mid("secret")), "not for everybody"),
        (Wanted("water", TOPIC, "zzzzzzzz"), "nothing to read"),
        (Wanted("water", MONTH, "2020-01"), "nothing to read"),
        (Wanted("water", LABEL, "nothing"), "There are: repairs"),
        (Wanted("maa", COURSE), "has no course"),
    ],
)
def test_what_is_not_there_is_said(hub: Config, one: Wanted, says: str) -> None:
    with pytest.raises(SoliCommError, match=says):
        made(hub, one)


def test_too_many_posts_are_said_before_they_are_read(hub: Config) -> None:
    with Shelf(hub, "water") as shelf, pytest.raises(UsageError, match="more than 3 posts"):
        shelf.gathered(PUMPS, most=3)


def test_a_hub_without_pages_is_left_as_it_is(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "bare")
    with pytest.raises(SoliCommError, match="solicomm build"):
        made(config, Wanted("bar", TOPIC, "zzzzzzzz"))
    assert not (config.state / "pages.sqlite").exists()


def test_the_command_writes_the_book_and_names_what_is_wrong(hub: Config, tmp_path: Path) -> None:
    out = tmp_path / "pumps.epub"
    words = ["epub", str(out), "--topic", f"water/t/{PUMPS.name}"]
    hub_at = ["--hub", str(hub.root)]
    ran = CliRunner().invoke(main, [*words, *hub_at])
    assert ran.exit_code == 0, ran.output
    assert zipfile.is_zipfile(out)
    assert re.search(r"(: 1 post|[0-9] posts), [0-9]+ KiB: ", ran.output)
    for wrong, says in (
        (["epub", str(tmp_path / "x.pdf"), "--topic", "water/t/abcd"], "does not end with .epub"),
        (["epub", str(out)], "say of what"),
        (["epub", str(out), "--conference", "water", "--month", "3/26"], "is no month"),
        (["epub", str(out), "--topic", "water/t/abcd", "--course"], "stands alone"),
    ):
        ran = CliRunner().invoke(main, [*wrong, *hub_at])
        assert ran.exit_code == 64
        assert says in ran.output
