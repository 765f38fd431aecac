"""What the hub finds: the built page, filled; narrowed by links; in parts for the page's script."""

from __future__ import annotations

import re
import select
import socket
import threading
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.responses import Response

from solicomm_build.builder.run import Builder
from solicomm_build.features.search import index as search
from solicomm_build.features.search import searching
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, ask


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    hub = smallhub.make(
        tmp_path_factory.mktemp("searching") / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("secret", {"en": "Secret"}, posting="open", visibility="members"),
    )
    made = [
        hubs.post(f"w{n}", subject=f"Wages <b>{n}</b>", minutes=n, body="Wages rise.\n")
        for n in range(23)
    ]
    made += [
        hubs.post("p1", subject="Pumps", author="Ana <i>", body="Pumps leak.\n"),
        hubs.post("p2", "p1", subject="Re: Pumps", author="Bo", minutes=60, body="Pumps, again.\n"),
    ]
    hubs.add(hub, "bar", [*made, hubs.post("o", subject="Other", body="Water & light.\n")])
    hubs.add(hub, "secret", [hubs.post("s", subject="Wages secretly", body="Wages hidden.\n")])
    builder = Builder(hub, data.theme())
    builder.build()
    assert builder.contents
    search.update(hub, builder.contents, settle=True, full=True)
    builder.close()
    return hub


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _items(body: bytes) -> list[str]:
    found = re.search(rb'<ol class="results rows"[^>]*>(.*</ol></li>|)</ol>', body, re.DOTALL)
    assert found, body
    return re.findall(r"<li><h2.*?</ol></li>", found[1].decode(), re.DOTALL)


def test_what_is_found_stands_in_the_page_itself(server: Address) -> None:
    answer = ask(server, "/search/?q=wages&nojs=1")
    assert answer.status == 200
    items = _items(answer.body)
    assert len(items) == 10
    assert all("secret" not in item.lower() for item in items)
    assert "<mark>Wages</mark> &lt;b&gt;" in items[0]
    link = unescape(re.search(r'href="([^"]*)"', items[0])[1])  # type: ignore[index]
    assert link.startswith("../conferences/bar/t/")
    assert ask(server, f"/search/{link}".replace("/search/..", "").partition("#")[0]).status == 200
    assert b"<script" not in answer.body
    assert b'name="q"' in answer.body
    assert b'value="wages"' in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src" in answer.headers["content-security-policy"]


def test_the_posts_of_a_topic_stand_together(server: Address) -> None:
    (item,) = _items(ask(server, "/search/?q=pumps&nojs=1").body)
    links = [unescape(one) for one in re.findall(r'href="([^"]*)"', item)]
    assert len(set(links)) == 2
    assert {link.partition("#")[0] for link in links} == {links[0].partition("#")[0]}
    first, second = re.findall(r"<li>(.*?)</li>", item.partition('<ol class="hits">')[2])
    assert {"leak" in first, "leak" in second} == {True, False}
    assert first.startswith('<p class="meta"><bdi>Bar</bdi> · <bdi>')
    assert second.startswith('<p class="meta"><a href=')
    assert "Ana &lt;i&gt;" in item


def test_more_pages_follow_until_all_was_shown(server: Address) -> None:
    seen: set[str] = set()
    path = "/search/?q=wages&nojs=1"
    for expected in (10, 10, 3):
        body = ask(server, path).body
        items = _items(body)
        assert len(items) == expected
        seen |= {re.search(r'href="([^"]*)"', item)[1] for item in items}  # type: ignore[index]
        more = re.search(rb'rel="next" href="([^"]*)"', body)
        path = "/search/" + unescape(more[1].decode()) if more else ""
    assert not path
    assert len(seen) == 23


def test_other_languages_have_theirs(server: Address) -> None:
    body = ask(server, "/fr/search/?q=water&nojs=1").body
    assert b'lang="fr"' in body
    assert len(_items(body)) == 1
    assert "<mark>Water</mark> &amp; light." in _items(body)[0]
    assert ask(server, "/xx/search/?q=water&nojs=1").status == 404


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "Type one or more words."),
        ("q=zzyzx", "Nothing was found"),
        ("q=the", "Words as frequent as these"),
        ("q=-wages", "Say also which words"),
        ("q=zages", "Nothing was found"),
        ("q=%3Cscript%3Ezzyzx%3C/script%3E", "Nothing was found"),
        ("q=wages&in=secret", "Nothing was found"),
        ("q=wages&page=999", "Results:"),
    ],
)
def test_what_must_be_known_is_said(server: Address, asked: str, said: str) -> None:
    answer = ask(server, f"/search/?{asked}&nojs=1")
    assert answer.status == 200
    assert said in answer.body.decode()
    assert b"<script" not in answer.body


def test_without_a_question_the_page_is_as_it_was_built(hub: Config, server: Address) -> None:
    for path in ("/search/", "/search/?q=", "/search/?in=bar"):
        assert ask(server, path).body == (hub.public / "search" / "index.html").read_bytes()


def test_with_scripts_the_answer_comes_with_the_page(hub: Config, server: Address) -> None:
    body = ask(server, "/search/?q=wages").body.decode()
    assert len(_items(body.encode())) == 10
    assert 'data-search-state="done"' in body
    assert " data-answered data-search" in body
    assert "/search." in body
    assert "nojs=1" not in body.partition("<main")[2].replace('name="nojs"', "")
    assert "data-more hidden" in body


def test_a_script_gets_what_was_found_alone(server: Address) -> None:
    answer = ask(server, "/search/?q=wages&part=1&page=2")
    body = answer.body.decode()
    assert body.startswith("<!doctype html>")
    assert "<main" not in body
    assert body.count("<li><h2") == 20  # all up to here
    assert 'rel="next"' in body
    assert "page=3" in body
    assert "default-src" in answer.headers["content-security-policy"]


def test_as_one_types_the_last_word_may_go_on(server: Address) -> None:
    assert "<mark>Pumps</mark>" in ask(server, "/search/?q=pum&part=1&typing=1").body.decode()
    assert "Pumps" not in ask(server, "/search/?q=pum&part=1").body.decode()


def _narrow(body: bytes) -> str:
    found = re.search(rb'<nav class="narrow".*?</nav>', body, re.DOTALL)
    assert found
    return unescape(found[0].decode())


def test_an_answer_is_narrowed_by_links(server: Address) -> None:
    """Without a script: by who wrote, and back."""
    nav = _narrow(ask(server, "/search/?q=pumps&nojs=1").body)
    assert "Written by" in nav
    links = dict(re.findall(r'<a [^>]*href="([^"]*)"[^>]*><bdi>([^<]*)', nav))
    by_bo = next(link for link, words in links.items() if words == "Bo")
    body = ask(server, f"/search/{by_bo}").body
    (item,) = _items(body)
    assert "Bo" in item
    assert "leak" not in item
    nav = _narrow(body)
    assert 'aria-label="Take away: bo"' in nav
    assert b'<input type="hidden" name="who" value="bo">' in body
    back = re.search(r'href="([^"]*)" aria-label="Take away', nav)
    assert back
    assert "leak" in _items(ask(server, f"/search/{back[1]}").body)[0]


@pytest.mark.parametrize(
    ("narrowed", "found"),
    [
        ("in=bar", 1),
        ("in=none", 0),
        ("kind=conference", 1),
        ("kind=library", 0),
        ("when=2026", 1),
        ("when=2025", 0),
        ("when=never", 1),
        ("language=en", 1),
        ("language=fr", 0),
        ("who=Ana", 1),
        ("who=%22%3E%3Cb%3E", 0),
        ("who=+-in:x", 0),
    ],
)
def test_each_field_narrows(server: Address, narrowed: str, found: int) -> None:
    body = ask(server, f"/search/?q=leak&nojs=1&{narrowed}").body
    assert len(_items(body)) == found
    assert b"<b>" not in body


def test_when_many_ask_the_browser_searches_by_itself(
    hub: Config, server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "_WAITING", 0)
    built = (hub.public / "search" / "index.html").read_bytes()
    assert ask(server, "/search/?q=wages").body == built
    assert ask(server, "/search/?q=wages&nojs=1").status == 503


def test_one_place_does_not_keep_others_from_the_search(
    server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, go = searching.ServedSearch._make, threading.Event()

    def slow(*given: Any) -> Response | None:
        assert go.wait(60)
        return made(*given)

    def begun(place: str) -> socket.socket:
        client = socket.create_connection(server, 20)
        head = (
            f"GET /search/?q=wages&nojs=1 HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {place}\r\n\r\n"
        )
        client.sendall(head.encode())
        return client

    monkeypatch.setattr(searching.ServedSearch, "_make", slow)
    mine = [begun("192.0.2.7") for _ in range(searching._WAITING)]
    other = begun("192.0.2.8")
    try:
        while len(sent_away := select.select(mine, (), (), 20)[0]) < len(mine) // 2:
            assert sent_away
        assert {client.recv(12) for client in sent_away} == {b"HTTP/1.1 503"}
        go.set()
        assert other.recv(12) == b"HTTP/1.1 200"
        rest = [client.recv(12) for client in mine if client not in sent_away]
        assert rest == [b"HTTP/1.1 200"] * (len(mine) // 2)
    finally:
        go.set()
        for client in (*mine, other):
            client.close()


def test_a_long_question_is_cut(server: Address) -> None:
    assert ask(server, f"/search/?q={'wages+' * 2000}&nojs=1").status == 200


def test_without_an_index_it_says_that_it_cannot(hub: Config, server: Address) -> None:
    index = hub.public / "search" / "index"
    index.rename(hub.root / "aside")
    try:
        answer = ask(server, "/search/?q=wages&nojs=1")
        assert "does not work just now" in answer.body.decode()
        built = (hub.public / "search" / "index.html").read_bytes()
        assert ask(server, "/search/?q=wages").body == built
    finally:
        (hub.root / "aside").rename(index)
