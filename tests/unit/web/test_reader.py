"""A document read in the page: its pages as pictures and text, the search in it, what changed."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, Relations, Rights
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.features.library.harvesting.oai import OaiProvider
from solicomm_build.features.library.libraryfiles import digest
from solicomm_build.features.library.reading import children, kept, reader, readingroom
from solicomm_build.foundation import data
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.webserver import Answer, ask
from tests.unit.web.test_handin import ANA, OP, Hub, founded

SAMPLE = data.folder("content") / "libraries/agreements/entries"
YARD = (SAMPLE / "2025-b5wd2mzk/yard-agreement.pdf").read_bytes()
OLD = "1. Wages\nThe lowest wage is 20,000 a month.\n\n2. Boots\nOne pair a year, in your size.\n"
NEW = "1. Wages\nThe lowest wage is 21,500 a month.\n\n2. Boots\nOne pair a year, in your size.\n"


class Library(Hub):
    keys: dict[str, str]

    def add(self, name: str, octets: bytes, file: str, **facts: object) -> None:
        card = Entry(id="", type="collective-agreement", title={"en": name}, languages=("en",))
        made = CardStore(self.config, "papers").add(
            replace(card, **facts),  # type: ignore[arg-type]
            [Incoming(file, octets)],
            when=datetime(2026, 1, 2, tzinfo=UTC),
        )
        self.keys[name] = made.entry.key

    def see(self, name: str, path: str, **how: str) -> Answer:
        return ask(self.address, f"/libraries/papers/{self.keys[name]}/{path}", **how)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    config = founded(tmp_path_factory.mktemp("hub"))
    with webserver.running(config) as address:
        made = Library(address, config)
        made.keys = {}
        made.rule(curators=(ANA,))
        made.add("Yard", YARD, "yard.pdf")
        made.add("Old", OLD.encode(), "old.txt")
        replaced = Relations(replaces=(f"lib:{made.keys['Old']}",))
        made.add("New", NEW.encode(), "new.txt", relations=replaced)
        closed = Rights(access="members")
        made.add("Closed", b"Nobody reads the sum of 77.\n", "closed.txt", rights=closed)
        made.add(
            "Long",
            "\n\n".join(f"Clause {n}. " + "Word " * 90 for n in range(60)).encode(),
            "long.txt",
        )
        yield made


@pytest.fixture(scope="module")
def ana(hub: Library) -> member.Browser:
    return member.signed_in(hub.config, hub.address, ANA)


def test_a_pdf_is_read_as_pictures_with_the_text_beside(hub: Library) -> None:
    page = hub.see("Yard", "read/").body.decode()
    assert page.count('<section class="sheet"') == 2
    assert "Hours and rosters" in page
    pictures = re.findall(r'src="([^"]*/pages/\d+\.webp\?v=\w+)"', page)
    assert len(pictures) == 2
    assert 'loading="lazy"' in page
    picture = ask(hub.address, pictures[1])
    assert (picture.status, picture.headers["content-type"]) == (200, "image/webp")
    assert picture.body[8:12] == b"WEBP"
    assert "public" in picture.headers["cache-control"]


def test_a_page_is_drawn_once(hub: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    first = hub.see("Yard", "pages/1.webp")
    monkeypatch.setattr(reader, "page_picture", lambda *_: pytest.fail("drawn again"))
    assert hub.see("Yard", "pages/1.webp").body == first.body


@pytest.mark.parametrize("path", ["pages/0.webp", "pages/3.webp", "pages/9999999.webp"])
def test_a_page_that_is_not_there_is_nothing(hub: Library, path: str) -> None:
    assert hub.see("Yard", path).status == 404


def test_words_are_found_within_the_document(hub: Library) -> None:
    page = hub.see("Yard", "read/?q=DISPUTES").body.decode()
    hits = page[page.index('class="hits"') : page.index("<section")]
    assert re.findall(r'href="([^"]*)">Page 2</a>', hits) == [
        f"/libraries/papers/{hub.keys['Yard']}/read/?page=2&amp;q=DISPUTES#page-2"
    ]
    assert "<mark>Disputes</mark>" in page
    assert "Nothing found" in hub.see("Yard", "read/?q=xylophone").body.decode()
    nasty = hub.see("Yard", "read/?q=%3Cscript%3E%22").body.decode()
    assert "<script>" not in nasty.split("<main", 1)[1]


def test_a_long_text_comes_in_parts(hub: Library) -> None:
    first = hub.see("Long", "read/").body.decode()
    assert first.count('<section class="sheet alone"') == 4
    assert "Clause 0." in first
    link = re.search(r'rel="next" href="([^"]*)"', first)
    assert link is not None
    second = ask(hub.address, link[1]).body.decode()
    assert "Clause 0." not in second
    assert 'rel="prev"' in second
    assert hub.see("Long", "read/?page=99999").status == 200
    assert hub.see("Long", "read/?page=x").status == 200


def test_closed_documents_and_libraries_stay_closed(hub: Library, ana: member.Browser) -> None:
    nothing = ask(hub.address, "/libraries/papers/2020-aaaaaaaa/read/")
    for path in ("read/", "pages/1.webp", "changes/"):
        closed = hub.see("Closed", path)
        assert (closed.status, closed.body) == (404, nothing.body)
    try:
        hub.rule(curators=(ANA,), visibility="members")
        for path in ("read/", "pages/1.webp", "changes/"):
            hidden = hub.see("Yard", path)
            assert (hidden.status, hidden.body) == (404, nothing.body)
        cookie = "; ".join(f"{name}={value}" for name, value in ana.cookies.items())
        picture = hub.see("Yard", "pages/1.webp", cookie=cookie)
        assert (picture.status, picture.headers["cache-control"]) == (200, "private, no-store")
    finally:
        hub.rule(curators=(ANA,))


@pytest.mark.parametrize("is_banned", [True, False], ids=["banned", "left"])
def test_who_is_no_member_any_more_reads_no_library_for_members(
    hub: Library, ana: member.Browser, is_banned: bool
) -> None:
    nothing = ask(hub.address, "/libraries/papers/2020-aaaaaaaa/read/")
    at, consent = datetime(2026, 3, 1, tzinfo=UTC), Consent("owner", "test")
    gone = rosterevents.unsubscribe("water", 1, at=at, by="test")
    back = rosterevents.subscribe("water", 1, at=at, consent=consent)
    if is_banned:
        gone = rosterevents.standing("*", ANA, "banned", at=at, by="test")
        back = rosterevents.standing("*", ANA, "", at=at, by="test")
    key = hub.keys["Yard"]
    places = [*(f"{key}/{one}/" for one in ("read", "changes", "correct")), "find/", "deposit/"]
    try:
        hub.rule(curators=(OP,), visibility="members")
        assert {ana.get(f"/libraries/papers/{one}").status for one in places} == {200}
        smallhub.add_events(hub.config, [gone])
        seen = {one: ana.get(f"/libraries/papers/{one}").status for one in places}
        assert seen == dict.fromkeys(places, 404)
        assert ana.get(f"/libraries/papers/{key}/read/").body == nothing.body
    finally:
        smallhub.add_events(hub.config, [back])
        hub.rule(curators=(ANA,))


def test_what_changed_since_the_document_that_it_replaces(hub: Library) -> None:
    page = hub.see("New", "changes/").body.decode()
    assert re.findall(r"<del><span[^>]*>− </span>([^<]*)</del>", page) == ["20,000"]
    assert re.findall(r"<ins><span[^>]*>\+ </span>([^<]*)</ins>", page) == ["21,500"]
    assert "1 word taken out" in page
    assert f"/libraries/papers/{hub.keys['Old']}/" in page


def test_what_changed_since_the_file_was_another(hub: Library) -> None:
    hub.add("Own", OLD.encode() + b"Own.\n", "own.txt")
    key, repo = hub.keys["Own"], open_repo(hub.config.library_repo("papers"))
    octets = NEW.encode() + b"Own.\n"
    card = CardStore(hub.config, "papers").read(key)
    sha256, size = digest(octets)
    new = replace(card, files=(replace(card.files[0], sha256=sha256, size=size),), version=2)
    changes = [
        Change(f"entries/{key}/own.txt", octets),
        Change(entries.path(key), entryfile.encode(new)),
    ]
    write_once(repo, changes, message="Another\n", when=datetime(2026, 2, 3, tzinfo=UTC))
    page = hub.see("Own", "changes/").body.decode()
    assert "the file as it was until" in page
    assert "/changes/" in hub.see("Own", "read/").body.decode()
    assert re.findall(r"<ins><span[^>]*>\+ </span>([^<]*)</ins>", page) == ["21,500"]
    assert hub.see("Own", f"changes/?from={'0' * 40}").status == 200, "not a blob of others"


def test_where_there_is_no_other_version_it_is_said(hub: Library) -> None:
    assert b"/changes/" not in hub.see("Yard", "read/").body
    page = hub.see("Yard", "changes/")
    assert page.status == 200
    assert b"There is no other version" in page.body


def test_what_is_kept_stays_within_bounds(tmp_path: Path) -> None:
    store = kept.Kept(tmp_path / "kept", 1000)
    for number in range(30):
        store.put(f"a/{number}", bytes(100))
    there = [number for number in range(30) if store.get(f"a/{number}")]
    assert 29 in there
    assert (
        sum(path.stat().st_size for path in (tmp_path / "kept").rglob("*") if path.is_file())
        <= 1000
    )


def test_who_waits_for_a_document_keeps_nobody_else_waiting(
    hub: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()

    def slow(*_: object) -> None:
        assert go.wait(60)

    monkeypatch.setattr(children, "asked", slow)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)  # five threads for all that is served
    request = f"GET /libraries/papers/{hub.keys['New']}/changes/ HTTP/1.1\r\nHost: x\r\n\r\n"
    with webserver.running(hub.config) as address:
        waiting = [socket.create_connection(address, 60) for _ in range(5)]
        for client in waiting:
            client.sendall(request.encode())
        with ThreadPoolExecutor(1) as other:
            asked = other.submit(ask, address, "/login/")
            try:
                assert asked.result(20).status == 200
            finally:
                go.set()
        assert waiting[0].recv(12) == b"HTTP/1.1 200"
        for client in waiting:
            client.close()


def test_one_place_leaves_seats_for_others() -> None:
    go = threading.Event()

    def of(address: str) -> Request:
        return Request({"type": "http", "client": (address, 1), "headers": [], "query_string": b""})

    def work(_: Request) -> Response:
        assert go.wait(60)
        return Response("read")

    async def asked() -> None:
        room = readingroom.ReadingRoom()
        mine = [room.run(of("192.0.2.1"), work) for _ in range(readingroom.SEATS)]
        tasks = [asyncio.create_task(one) for one in (*mine, room.run(of("192.0.2.2"), work))]
        await asyncio.sleep(0)
        go.set()
        *own, other = [answer.status_code for answer in await asyncio.gather(*tasks)]
        assert own == [200] * readingroom.OF_A_PLACE + [503] * (len(own) - readingroom.OF_A_PLACE)
        assert other == 200
        room.close()

    asyncio.run(asked())


def test_harvesters_wait_without_a_thread(hub: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    made, at_once, most = OaiProvider._make, list[int](), list[int]()
    began, go = threading.Event(), threading.Event()

    def slow(self: OaiProvider, pairs: list[tuple[str, str]]) -> bytes:
        at_once.append(1)
        most.append(len(at_once))
        began.set()
        assert go.wait(60)
        at_once.pop()
        return made(self, pairs)

    monkeypatch.setattr(OaiProvider, "_make", slow)
    with ThreadPoolExecutor(4) as others:
        asked = [others.submit(ask, hub.address, "/oai?verb=Identify") for _ in range(4)]
        assert began.wait(60)
        ask(hub.address, "/theme/none.css")
        go.set()
        assert {one.result(60).status for one in asked} == {200}
    assert most == [1] * 4
