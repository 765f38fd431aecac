"""The form of a union's site: `solicomm_build/features/sites/joining.py`, over the real web
server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from solicomm_build.features.sites import joining, sitecontacts
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask

SITE = b"""\
schema: solicomm/site@1
union: docks
title: {en: Dock workers, fr: "Dockers \xe2\x80\x9cnord\xe2\x80\x9d"}
languages: [en, fr]
contact: {email: office@docks.example}
join: {how: form}
"""
FIELDS = {"name": "Ana Paz", "reach": "ana@home.example", "work": "Gate 4", "say": "Hello\nthere"}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = smallhub.make(
        tmp_path_factory.mktemp("joining") / "hub", Conference("water", {"en": "Water"})
    )
    for name, site in (
        ("docks", SITE),
        ("mine", SITE.replace(b"docks\n", b"mine\n").replace(b"form", b"mail")),
    ):
        create(made.union_repo(name))
        hubs.commit(made.union_repo(name), Change("site.yaml", site))
    hubs.build(made)
    return made


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def send(server: Address, path: str = "/unions/docks/join/", **fields: str) -> Answer:
    return ask(
        server,
        path,
        method="POST",
        body=urlencode(fields).encode(),
        Content_Type="application/x-www-form-urlencoded",
    )


def letters(hub: Config) -> list[bytes]:
    """What waits to go out; it is taken away."""
    spool = Spool(hub.spool_out)
    found = []
    for path in spool.pending():
        found += [item.raw for item in spool.read(path)]
        spool.done(path)
    spool.close()
    return found


def test_the_form_becomes_a_letter_to_the_office(hub: Config, server: Address) -> None:
    page = ask(server, "/unions/docks/join/")
    assert b'method="post"' in page.body
    answer = send(server, **FIELDS)
    assert (answer.status, answer.headers["location"]) == (303, "/unions/docks/join/thanks/")
    assert ask(server, "/unions/docks/join/thanks/").status == 200
    (raw,) = letters(hub)
    found = parse(raw)
    assert b"To: office@docks.example\r\n" in raw
    assert b"Reply-To: ana@home.example\r\n" in raw
    assert b"Auto-Submitted: auto-generated\r\n" in raw
    for text in ("Ana Paz", "Gate 4", "Hello\nthere"):
        assert text in found.text.replace("\r\n", "\n")


def test_nothing_of_it_stays_here(hub: Config, server: Address) -> None:
    send(server, **FIELDS | {"name": "Zebedee Quux"})
    letters(hub)
    for path in hub.root.rglob("*"):
        if path.is_file():
            assert b"Zebedee" not in path.read_bytes(), path


def test_the_language_is_the_page_s(hub: Config, server: Address) -> None:
    answer = send(server, "/unions/docks/fr/join/", **FIELDS)
    assert answer.headers["location"] == "/unions/docks/fr/join/thanks/"
    assert "Où vous travaillez: Gate 4" in parse(letters(hub)[0]).text


def test_words_keep_what_stands_between_and_joins_their_letters(
    hub: Config, server: Address
) -> None:
    said = "می‌خواهم\u00a0👩‍🏭\ttoo"
    send(server, **FIELDS | {"say": said, "reach": "07\u00a012\t34", "work": "Gate\n4"})
    text = parse(letters(hub)[0]).text
    for one in ("می‌خواهم 👩‍🏭 too", "07 12 34", "Gate 4"):
        assert one in text, one


def test_a_long_letter_in_any_script_arrives_whole(hub: Config, server: Address) -> None:
    said = "अ" * 3_999 + "ह"
    assert send(server, **FIELDS | {"say": said}).status == 303
    assert said in re.sub(r"\s", "", parse(letters(hub)[0]).text)
    answer = send(server, **FIELDS | {"say": said + "ह"})
    assert (answer.status, letters(hub)) == (400, [])
    assert "too much at once" in (page := answer.body.decode())
    assert f"{said}ह</textarea>" in page, "nothing is cut, or lost"
    large = send(server, **FIELDS | {"say": said * 2})
    assert (large.status, b"Go back: it is still in the form" in large.body) == (413, True)


def test_header_fields_cannot_be_smuggled_in(hub: Config, server: Address) -> None:
    send(
        server, **FIELDS | {"reach": "a@b.example\r\nBcc: everyone@c.example", "name": "x\r\n.\r\n"}
    )
    (raw,) = letters(hub)
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\nBcc:" not in head
    assert b"Reply-To" not in head


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/unions/docks/join/", {"name": "Ana"}, 400),
        ("/unions/docks/join/", {"reach": "  "}, 400),
        ("/unions/docks/join/", {"reach": "x" * 40_000}, 400),
        ("/unions/mine/join/", FIELDS, 404),
        ("/unions/nobody/join/", FIELDS, 404),
        ("/unions/..%2f..%2fprivate/join/", FIELDS, 405),
        ("/unions/docks/de/join/", FIELDS, 404),
        ("/unions/docks/about/", FIELDS, 405),
    ],
)
def test_what_is_not_taken(
    hub: Config, server: Address, path: str, fields: dict[str, str], status: int
) -> None:
    assert send(server, path, **fields).status == status
    assert letters(hub) == []


def test_programs_are_thanked_and_forgotten(hub: Config, server: Address) -> None:
    assert send(server, **FIELDS, url="https://spam.example/").status == 303
    assert letters(hub) == []


def _from(server: Address, place: str) -> int:
    """The status of one more letter, as a server in front of us passes it on."""
    return _answer(server, place).status


def _answer(server: Address, place: str) -> Answer:
    return ask(
        server,
        "/unions/docks/join/",
        method="POST",
        body=urlencode(FIELDS).encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Forwarded_For=place,
    )


def test_few_letters_an_hour_from_one_place(hub: Config, server: Address) -> None:
    found = [_from(server, f"2001:db8::{n}") for n in range(joining.FROM_ONE_PLACE + 1)]
    assert found == [303] * joining.FROM_ONE_PLACE + [429]
    kept = _answer(server, "2001:db8::1").body.decode()
    assert "Ana Paz\nana@home.example\nGate 4\nHello\nthere</textarea>" in kept
    assert _from(server, "2001:db8:0:1::1") == 303, "another place is not turned away"
    assert len(letters(hub)) == joining.FROM_ONE_PLACE + 1


def test_limits_end_with_the_hour(hub: Config) -> None:
    now = [0.0]
    form = joining.Joining(hub, now=lambda: now[0])
    for _ in range(1000):  # one place cannot use up what others may send
        form._may("192.0.2.1", "docks")
    left = joining.FOR_ONE_UNION - joining.FROM_ONE_PLACE
    assert all(form._may(f"10.0.0.{n % 20}", "docks") for n in range(left))
    assert not form._may("10.0.1.1", "docks")
    assert form._may("10.0.1.1", "mine")
    now[0] = 3601
    assert form._may("10.0.1.1", "docks")


def test_a_union_s_own_page_says_that_nothing_is_there(server: Address) -> None:
    answer = ask(server, "/unions/docks/nowhere/at/all/")
    assert answer.status == 404
    assert b"Dock workers" in answer.body
    assert b'href="/unions/docks/"' in answer.body


def test_a_broken_settings_file_does_not_swallow_a_letter(hub: Config, server: Address) -> None:
    repo: Path = hub.union_repo("torn")
    create(repo)
    hubs.commit(repo, Change("site.yaml", b"schema: ["))
    assert send(server, "/unions/torn/join/", **FIELDS).status == 503


def test_a_letter_goes_to_the_address_that_is_agreed(server: Address, hub: Config) -> None:
    """Whoever has stolen an editor's token gets no names of people who want to join."""
    sitecontacts.begin(hub)
    stolen = SITE.replace(b"office@docks.example", b"collector@employer.example")
    hubs.commit(hub.union_repo("docks"), Change("site.yaml", stolen))
    assert send(server, **FIELDS).status == 303
    (raw,) = letters(hub)
    assert [one.addr_spec for one in parse(raw).to] == ["office@docks.example"]
    sitecontacts.write(hub, "docks", sitecontacts.Contact())
    answer = send(server, **FIELDS)
    assert answer.status == 503
    assert b"has not confirmed its address" in answer.body
    assert letters(hub) == []
    sitecontacts.write(hub, "docks", sitecontacts.Contact("collector@employer.example"))
    assert send(server, **FIELDS).status == 303
    (raw,) = letters(hub)
    assert [one.addr_spec for one in parse(raw).to] == ["collector@employer.example"]
