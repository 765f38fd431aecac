"""One click on POST only, in the reader's language, without telling anybody anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.lists.leaving import Leaving
from solicomm_build.foundation import i18n, keys
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.log import commits
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents, token
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import webserver
from solicomm_build.testing.listhub import ListHub
from solicomm_build.testing.webserver import Address, ask

PAIR = b"List-Unsubscribe=One-Click"
FORM = {"content_type": "application/x-www-form-urlencoded"}
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members([f"m{number}@union.example" for number in range(1, 4)])
    made.members(["sp@union.example"], lang="es")
    yield made
    made.close()


@pytest.fixture
def server(hub: ListHub) -> Iterator[Address]:
    with webserver.running(hub.config) as address:
        yield address


def _path(hub: ListHub, number: int) -> str:
    key = keys.token_key(hub.config.keys)
    return f"/unsubscribe/{token.leave_token(key, 'water', number)}"


def _subscribed(hub: ListHub) -> list[int]:
    store = RosterStore(open_repo(hub.config.roster_repo))
    try:
        return sorted(store.roster().subscriptions["water"])
    finally:
        store.close()


def _tip(hub: ListHub) -> str | None:
    return open_repo(hub.config.roster_repo).ref()


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_changes_nothing(hub: ListHub, server: Address, method: str) -> None:
    before = _tip(hub)
    answer = ask(server, _path(hub, 1), method=method)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    if method == "GET":
        assert b'<form method="post">' in answer.body
        assert b"from Water?" in answer.body
    assert _tip(hub) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", PAIR),
        ("application/x-www-form-urlencoded; charset=utf-8", PAIR + b"&x=y"),
        ('multipart/form-data; boundary="x"', MULTIPART),
        ("", PAIR),
    ],
)
def test_one_click(hub: ListHub, server: Address, kind: str, body: bytes) -> None:
    answer = ask(server, _path(hub, 2), method="POST", body=body, content_type=kind)
    assert answer.status == 200
    assert not {"set-cookie", "location"} & set(answer.headers)
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert _subscribed(hub) == [1, 3, 4]
    repo = open_repo(hub.config.roster_repo)
    tip = repo.ref()
    assert tip is not None
    *_, last = commits(repo, None, tip)
    store = RosterStore(repo)
    blob = store._reader.blob(last.changes[0].oid)
    store.close()
    (event,) = rosterevents.decode_events(blob)
    assert (event.type, event.data["number"], event.data["by"]) == ("unsubscribe", 2, "one-click")


def test_again_and_with_any_token_it_is_200_and_nothing_more(hub: ListHub, server: Address) -> None:
    ask(server, _path(hub, 2), method="POST", body=PAIR, **FORM)
    before = _tip(hub)
    for path in (_path(hub, 2), "/unsubscribe/" + "a" * 26, "/unsubscribe/x", _path(hub, 99)):
        assert ask(server, path, method="POST", body=PAIR, **FORM).status == 200
    assert _tip(hub) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"List-Unsubscribe=Two"),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 30_000 + b"&" + PAIR),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\nList-Unsubscribe=One-Click\r\n--x--"),
        ("application/x-www-form-urlencoded", b"\xff%ff=%00"),
    ],
)
def test_without_the_pair_it_asks_again(
    hub: ListHub, server: Address, kind: str, body: bytes
) -> None:
    before = _tip(hub)
    answer = ask(server, _path(hub, 1), method="POST", body=body, content_type=kind)
    assert answer.status == 400
    assert b"<form" in answer.body
    assert _tip(hub) == before


def test_a_token_mangled_on_its_way_still_counts(hub: ListHub, server: Address) -> None:
    assert (
        ask(
            server,
            _path(hub, 3).upper().replace("/UNSUBSCRIBE", "/unsubscribe"),
            method="POST",
            body=PAIR,
            **FORM,
        ).status
        == 200
    )
    assert _subscribed(hub) == [1, 2, 4]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS"])
def test_other_methods(hub: ListHub, server: Address, method: str) -> None:
    answer = ask(server, _path(hub, 1), method=method)
    assert answer.status == 405
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_in_the_browsers_language(hub: ListHub, server: Address, lang: str) -> None:
    answer = ask(server, "/unsubscribe/" + "a" * 26, accept_language=f"xx,{lang}-x;q=0.9,en;q=0.1")
    page = answer.body.decode()
    assert f'<html lang="{lang}" dir="{i18n.direction(lang)}">' in page
    assert i18n.gettext(lang, "Yes, unsubscribe me") in page


def test_in_the_members_language(hub: ListHub, server: Address) -> None:
    page = ask(server, _path(hub, 4), accept_language="ru").body.decode()
    assert '<html lang="es"' in page


@pytest.mark.parametrize("header", ["", "de", "*;q=x", "es;q=0.1, ru;q=zz", "," * 500])
def test_odd_wishes_for_a_language(server: Address, header: str) -> None:
    assert ask(server, "/unsubscribe/x", accept_language=header).status == 200


def test_a_title_is_text(hub: ListHub, server: Address) -> None:
    from solicomm_build.post.conference import Conference

    settings = Conference("water", {"en": "<b>Water & %(list)s</b>"}, kind="list")
    hub.settings(hub.list, settings)
    page = ask(server, _path(hub, 1), accept_language="en").body
    assert b"&lt;b&gt;Water &amp; %(list)s&lt;/b&gt;" in page
    hub.settings(hub.list, b"kind: [broken")
    page = ask(server, _path(hub, 1), method="POST", body=PAIR, **FORM).body
    assert b"from water." in page


def test_the_style_sheet(server: Address) -> None:
    answer = ask(server, "/unsubscribe/page.css")
    assert answer.headers["content-type"].startswith("text/css")


def test_a_store_that_fails_is_for_later(hub: ListHub, server: Address) -> None:
    path = _path(hub, 1)
    (hub.config.keys / keys.TOKEN_KEY).write_bytes(b"short")
    for method, body in (("GET", b""), ("POST", PAIR)):
        answer = ask(server, path, method=method, body=body, **FORM)
        assert answer.status == 503
        assert answer.headers["retry-after"] == "60"


def test_two_at_once_are_one_commit(hub: ListHub) -> None:
    from concurrent.futures import ThreadPoolExecutor

    first, second = Leaving(hub.config), Leaving(hub.config)
    text = _path(hub, 1).rpartition("/")[2]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: one.leave(text), [first, second, first, second]))
    found = first.read(text)
    assert found is not None
    assert not found.active
    first.close()
    second.close()
    first.close()
    repo = open_repo(hub.config.roster_repo)
    tip = repo.ref()
    assert tip is not None
    ends = [one for one in commits(repo, None, tip) if one.message.startswith("Unsubscribe")]
    assert len(ends) == 1
    assert Cursor(repo, "x").read() is None
