"""Addresses in forms: domains in any letters, and a word about what mail alone takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from solicomm_build.desk.run import desk
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub, webserver
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import givenaddress
from solicomm_build.web.deskpost import composed

ANA, LABELS = "Ana@Bücher.example", "Ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" ana@union.example ", "ana@union.example"),
        ("Ana@UNION.example", "Ana@UNION.example"),
        ("\u200f ana@union.example\u202c", "ana@union.example"),  # pasted from an Arabic text
        (ANA, LABELS),
        ("ana@B\u00dcCHER.example", "ana@xn--bcher-kva.example"),
        ("ana@пример.рф", "ana@xn--e1afmkfd.xn--p1ai"),
        ("josé@bücher.example", "josé@xn--bcher-kva.example"),
        ("ana at bücher.example", "ana at bücher.example"),
        ("ana@" + "ü" * 70 + ".example", "ana@" + "ü" * 70 + ".example"),
        ("", ""),
    ],
)
def test_a_domain_is_read_as_labels(typed: str, address: str) -> None:
    assert givenaddress.read(typed) == address


def test_what_is_wrong_is_said() -> None:
    for good in ("ana@union.example", LABELS):
        assert givenaddress.wrong(good, "en") == ""
    for bad in ("", "ana", "a b@x.example", "ana@" + "ü" * 70 + ".example", "a" * 250 + "@x.org"):
        assert givenaddress.wrong(bad, "en").startswith("This is not an e-mail address")
    said = givenaddress.wrong("josé@union.example", "en")
    assert "letters a to z" in said
    assert "write to us by mail" in said


def test_a_member_with_other_letters_is_written_as_the_author() -> None:
    for address, shown in ((ANA, LABELS), ("josé@union.example", "josé@union.example")):
        author = Mailbox("José", address)
        raw = composed(author, "solicomm@hub.example", "en", "help", smallhub.BEGUN, "<1@x>")
        assert [box.addr_spec for box in parse(raw).from_] == [shown]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """One whose list has a member at a domain with other letters, as mail has taken her."""
    config = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}, kind="list"))
    consent = rosterevents.Consent("owner")
    member = rosterevents.member(1, ANA, at=smallhub.BEGUN, consent=consent)
    joined = rosterevents.subscribe("water", 1, at=smallhub.BEGUN, consent=consent)
    smallhub.add_events(config, [member, joined])
    return config


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _sent(server: Address, path: str, address: str) -> Answer:
    body = urlencode({"address": address, "name": "Ana", "email": address}).encode()
    kind = "application/x-www-form-urlencoded"
    return ask(server, path, method="POST", body=body, content_type=kind)


def _mailed(hub: Config) -> list[str]:
    desk(hub, once=True, log=maillog.to_nobody())
    spool = Spool(hub.spool_out)
    items = [item for path in spool.pending() for item in spool.read(path)]
    return [parse(item.raw).to[0].addr_spec for item in items]


@pytest.mark.parametrize("typed", [ANA, LABELS.lower()])
def test_a_member_at_such_a_domain_signs_in(hub: Config, server: Address, typed: str) -> None:
    assert _sent(server, "/login/", typed).status == 200
    (to,) = _mailed(hub)
    assert givenaddress.read(to).lower() == LABELS.lower()


def test_who_joins_from_such_a_domain_is_asked(hub: Config, server: Address) -> None:
    assert _sent(server, "/join/water", "ben@bücher.example").status == 200
    assert _mailed(hub) == ["ben@xn--bcher-kva.example"]


@pytest.mark.parametrize("path", ["/login/", "/join/water", "/edit/"])
def test_a_page_says_what_it_does_not_take(hub: Config, server: Address, path: str) -> None:
    answer = _sent(server, path, "josé@union.example")
    assert answer.status == 400
    assert b"only the letters a to z" in answer.body
    assert _mailed(hub) == []
