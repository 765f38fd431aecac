"""Books at an address beside a page, and what is kept of them."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.requests import Request

from solicomm_build.features.books import gathering, making, privacy, taking, turns
from solicomm_build.features.books.kept import Kept
from solicomm_build.features.books.wanted import COURSE, LABEL, MONTH, TOPIC, Wanted
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import format_size
from solicomm_build.post.store import placesettings
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.webserver import Address, ask

TOPIC_AT = f"/conferences/water/t/{hubs.mid('pumps')}/"


@pytest.fixture(scope="module")
def own(hub: Config, tmp_path_factory: pytest.TempPathFactory) -> Config:
    root = shutil.copytree(hub.root, tmp_path_factory.mktemp("asked") / "hub")
    return replace(hub, root=root)


@pytest.fixture(scope="module")
def server(own: Config) -> Iterator[Address]:
    with webserver.running(own) as address:
        yield address


def test_a_book_lies_beside_each_page_that_it_is_of(own: Config, server: Address) -> None:
    for place in (
        TOPIC_AT,
        "/conferences/water/2026/03/",
        "/conferences/water/labels/repairs/",
        "/conferences/water/calendar/",
    ):
        answer = ask(server, f"{place}book.epub")
        assert (place, answer.status) == (place, 200)
        assert answer.headers["content-type"] == "application/epub+zip"
        assert answer.headers["x-robots-tag"] == "noindex"
        assert zipfile.is_zipfile(io.BytesIO(answer.body))
    answer = ask(server, f"{TOPIC_AT}book.epub")
    assert answer.headers["content-disposition"] == 'attachment; filename="pumps-pipes.epub"'
    again = ask(server, f"{TOPIC_AT}book.epub", if_none_match=answer.headers["etag"])
    assert again.status == 304
    assert len(list((own.state / "books").iterdir())) == 4
    assert not list(own.public.rglob("*.epub"))


@pytest.mark.parametrize(
    "place",
    [
        f"/conferences/closed/t/{hubs.mid('secret')}/",
        "/conferences/nowhere/calendar/",
        "/conferences/water/t/zzzzzzzz/",
        "/conferences/water/2026/13/",
        "/conferences/water/2026/02/",
        "/conferences/water/0000/01/",
        "/conferences/water/9999/12/",
        "/conferences/water/labels/none/",
        "/conferences/maa/calendar/",
        "/conferences/%2e%2e/calendar/",
    ],
)
def test_what_is_not_there_or_not_for_everybody_has_none(server: Address, place: str) -> None:
    assert ask(server, f"{place}book.epub").status == 404


def test_one_that_is_too_long_is_not_made(server: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_POSTS", 3)
    assert ask(server, f"{TOPIC_AT}book.epub").status == 404


def test_more_than_wait_are_sent_away(server: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "WAITING", 0)
    for place in (f"{TOPIC_AT}book.epub", "/take/conferences/water/"):
        answer = ask(server, place)
        assert answer.status == 503
        assert answer.headers["retry-after"]
        assert b"try again in a moment" in answer.body


def test_they_are_made_one_at_a_time_and_eight_wait() -> None:
    at_once: list[int] = []
    began, go = threading.Event(), threading.Event()

    def make(number: int) -> int:
        at_once.append(number)
        assert len(at_once) == 1
        began.set()
        assert go.wait(60)
        at_once.remove(number)
        return number

    async def asked() -> None:
        queue = turns.Turns()
        here = Request({"type": "http", "client": None})
        waiting = [asyncio.create_task(queue.run(here, make, number)) for number in range(8)]
        await asyncio.to_thread(began.wait)
        with pytest.raises(turns.BusyError):
            await queue.run(here, make, 8)
        go.set()
        assert await asyncio.gather(*waiting) == list(range(8))
        assert await queue.run(here, make, 9) == 9

    asyncio.run(asked())


def test_labels_are_counted_in_one_query_as_their_topics_are(own: Config) -> None:
    with gathering.Shelf(own, "water") as shelf:
        said: list[str] = []
        shelf.sources.db.set_trace_callback(said.append)
        labels = shelf.labels
        assert len(said) == 2
        for one in labels:
            topics = shelf.rows.labelled(one.label.casefold(), 0, 5_000)
            assert (one.topics, one.posts) == (len(topics), sum(each.posts for each in topics))
        assert [one.slug for one in labels] == ["repairs"]


def test_what_is_kept_has_bounds_and_the_oldest_goes(own: Config, tmp_path: Path) -> None:
    kept = Kept(replace(own, root=tmp_path), room=250)
    (tmp_path / "state").mkdir()

    def book(key: str) -> bytes:
        return kept.of(lambda: (key, lambda: key.encode() * 100))

    for key in ("a", "b", "c"):
        assert book(key) == key.encode() * 100
    assert sorted(path.stem for path in (tmp_path / "state/books").iterdir()) == ["b", "c"]


def test_a_book_goes_with_an_erasure(own: Config) -> None:
    making.made(own, Wanted("water", TOPIC, hubs.mid("pumps")))
    assert list((own.state / "books").iterdir())
    privacy.SETTLE(own, None)
    assert not (own.state / "books").exists()


def test_what_is_hidden_later_is_in_no_book_that_is_asked_for_then(own: Config) -> None:
    wanted = Wanted("water", TOPIC, hubs.mid("pumps"))
    before = making.made(own, wanted)
    hubs.remove(own, "water", hubs.post("late", "pumps", subject="Re: Pumps & pipes"))
    hubs.build(own)
    after = making.made(own, wanted)
    assert (before.posts, after.posts) == (4, 3)


def test_the_page_of_what_to_take_offers_what_is_there(own: Config, server: Address) -> None:
    front = (own.public / "conferences/water/index.html").read_text("utf-8")
    assert '"../../take/conferences/water/?lang=en"' in front
    shown = ask(server, "/take/conferences/water/?lang=en").body.decode()
    offered = re.findall(r'href="(/conferences/water/[^"]+)"', shown)
    assert {link for link in offered if link.endswith("book.epub")} == {
        "/conferences/water/calendar/book.epub",
        "/conferences/water/2026/03/book.epub",
        "/conferences/water/labels/repairs/book.epub",
    }
    for link in offered:
        assert ask(server, link).status == 200, link
    assert "2026-03.mbox.gz" in shown
    repo = own.conference_repo("water")
    packs = sum(one.stat().st_size for one in repo.glob("objects/pack/*.pack"))
    loose = sum(one.stat().st_size for one in repo.glob("objects/??/*"))
    said = format_size("en", packs + loose)
    clone = f"git clone {own.url}/conferences/water.git</code> <small>{said}</small>"
    assert clone in shown
    assert "hub.zim" not in shown
    (own.public / "take").mkdir()
    (own.public / "take/hub.zim").write_bytes(b"ZIM" * 1000)
    shown = ask(server, "/take/conferences/maa/?lang=ar").body.decode()
    assert 'href="/take/hub.zim"' in shown
    assert ask(server, "/take/hub.zim").body == b"ZIM" * 1000
    for hidden in ("conferences/closed", "conferences/none", "libraries/none", "unions/none"):
        assert ask(server, f"/take/{hidden}/").status == 404


def test_a_book_that_was_made_is_offered_with_its_size(own: Config) -> None:
    places = placesettings.conferences(own)
    month, label = Wanted("water", MONTH, "2026-03"), Wanted("water", LABEL, "repairs")

    def said() -> dict[str, str]:
        offers = taking.of_conference(own, "water", "en", places)
        return {one.url: one.size for one in offers.books}

    Kept(own).forget()
    before = said()
    sizes = {one.place + "book.epub": len(making.made(own, one).octets) for one in (month, label)}
    course = Wanted("water", COURSE)
    sizes[course.place + "book.epub"] = len(making.made(own, course).octets)
    after = said()
    for url, octets in sizes.items():
        assert after[url].startswith(before[url])
        assert format_size("en", octets) not in before[url], "none was made"
        assert after[url].endswith(format_size("en", octets)), url
    assert after.keys() == sizes.keys()
    hubs.add(own, "water", [hubs.post("more", "pumps", subject="Re: Pumps & pipes")])
    hubs.build(own)
    for one in (month, label):
        url = one.place + "book.epub"
        assert format_size("en", sizes[url]) not in said()[url], "it has a post more by now"


def test_what_to_take_is_found_once_until_the_pages_or_settings_change(own: Config) -> None:
    places, looked = placesettings.conferences(own), taking.Looked()
    found: list[str] = []

    def offered(lang: str = "en") -> taking.Offers:
        make = taking._books

        def counted(shelf: gathering.Shelf, lang: str) -> Iterator[taking._Book]:
            found.append(lang)
            return make(shelf, lang)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(taking, "_books", counted)
            return taking.of_conference(own, "water", lang, places, looked)

    assert offered() == offered() == taking.of_conference(own, "water", "en", places)
    assert found == ["en"]
    offered("fr")
    assert found == ["en", "fr"]
    hubs.add(own, "water", [hubs.post("newer", "pumps", subject="Re: Pumps & pipes")])
    hubs.build(own)
    before = offered()
    assert found == ["en", "fr", "en"]
    assert before == taking.of_conference(own, "water", "en", places)
