"""Who floods a page shuts no door: budgets are of a place, and what was promised comes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.requests import Request

from solicomm_build.desk import limits
from solicomm_build.desk.run import desk
from solicomm_build.features.sites import sitecontacts
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web import asking

ANA = "ana@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(
        tmp_path / "hub",
        Conference("water", {"en": "Water"}, kind="list"),
        Conference("bread", {"en": "Bread"}, kind="list"),
    )
    consent = rosterevents.Consent("owner")
    smallhub.add_events(
        config,
        [
            rosterevents.member(1, ANA, at=smallhub.BEGUN, consent=consent),
            rosterevents.subscribe("water", 1, at=smallhub.BEGUN, consent=consent),
        ],
    )
    return config


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _post(server: Address, path: str, address: str, place: str = "") -> int:
    """The status of a request, as a server in front of us passes it on from `place`."""
    front = {"x_forwarded_for": place} if place else {}
    body = urlencode({"address": address, "name": "x"}).encode()
    kind = "application/x-www-form-urlencoded"
    return ask(server, path, method="POST", body=body, content_type=kind, **front).status


def _said(server: Address, path: str, address: str, place: str) -> str:
    """What the page says to a request from a place."""
    body = urlencode({"address": address, "name": "x", "site": "docks"}).encode()
    kind = "application/x-www-form-urlencoded"
    more = {"content_type": kind, "x_forwarded_for": place}
    return ask(server, path, method="POST", body=body, **more).body.decode()


def _mailed(hub: Config) -> list[str]:
    desk(hub, once=True, log=maillog.to_nobody())
    spool = Spool(hub.spool_out)
    items = [item for path in spool.pending() for item in spool.read(path)]
    return [parse(item.raw).to[0].addr_spec for item in items]


@pytest.mark.parametrize(
    ("path", "kind"), [("/login/", asking.LOGIN), ("/join/water", asking.JOIN)]
)
def test_one_place_s_flood_locks_nobody_out(
    hub: Config, server: Address, path: str, kind: asking.Kind
) -> None:
    codes = [_post(server, path, f"x{n}@n{n}.example", "192.0.2.66") for n in range(300)]
    assert codes == [200] * kind.from_place + [429] * (300 - kind.from_place)
    assert _post(server, path, ANA, "198.51.100.7") == 200
    assert ANA in _mailed(hub)


def test_a_64_is_one_place(server: Address) -> None:
    codes = [_post(server, "/login/", f"x{n}@n{n}.example", f"2001:db8::{n}") for n in range(100)]
    assert codes.count(200) == asking.LOGIN.from_place
    assert _post(server, "/login/", ANA, "2001:db8:0:1::1") == 200


def test_what_a_client_says_of_itself_is_not_where_it_comes_from(server: Address) -> None:
    """Of a chain, what our own server in front saw counts."""
    claimed = (f"203.0.113.{n}, 192.0.2.66" for n in range(60))
    codes = [_post(server, "/login/", f"x{n}@n{n}.example", one) for n, one in enumerate(claimed)]
    assert codes.count(200) == asking.LOGIN.from_place


def test_invented_addresses_at_one_domain_get_few_letters(hub: Config, server: Address) -> None:
    """Also where nobody says from which place they are asked for."""
    codes = [_post(server, "/join/water", f"a{n}@x.example") for n in range(400)]
    assert codes.count(200) == asking.TO_ONE_PROVIDER
    assert _post(server, "/join/water", "honest@union.example") == 200
    mailed = _mailed(hub)
    assert "honest@union.example" in mailed
    assert len(mailed) == asking.TO_ONE_PROVIDER + 1


def test_a_large_provider_s_people_may_come_to_a_meeting(hub: Config, server: Address) -> None:
    codes = [_post(server, "/join/water", f"worker{n}@gmail.com") for n in range(100)]
    assert set(codes) == {200}


def test_sub_addresses_are_one_mailbox_and_what_was_promised_comes(
    hub: Config, server: Address
) -> None:
    codes = [_post(server, "/join/water", f"V.i.ctim+{n}@gmail.com") for n in range(40)]
    assert set(codes) == {200}, "one letter a day is what the page promises"
    assert len(_mailed(hub)) == 1
    assert _post(server, "/join/bread", "victim@gmail.com") == 200
    assert len(_mailed(hub)) == 2


@pytest.mark.parametrize(
    ("door", "name", "path"),
    [
        ("members.login", "LOGIN", "/login/"),
        ("lists.subscribing", "JOIN", "/join/water"),
        ("sites.editing.entering", "EDIT", "/edit/"),
    ],
)
def test_who_asks_too_often_reads_when_there_is_more(
    hub: Config, monkeypatch: pytest.MonkeyPatch, door: str, name: str, path: str
) -> None:
    kind, of_place = getattr(asking, name), {"place": "192.0.2.7"}
    whose = f"solicomm_build.features.{door}.{name}"
    with webserver.running(hub) as server:
        monkeypatch.setattr(whose, replace(kind, from_place_to_mailbox=0))
        assert "try again tomorrow" in _said(server, path, ANA, **of_place)
        monkeypatch.setattr(whose, replace(kind, from_place=1))
        _said(server, path, ANA, **of_place)
        assert "try again in an hour" in _said(server, path, "bea@union.example", **of_place)


def test_one_place_cannot_lock_a_member_out(hub: Config) -> None:
    """However often somebody asks for a member's link, the member may ask from elsewhere."""
    now = [0.0]
    budgets = asking.Asking(hub, lambda: now[0])
    for _ in range(200):
        now[0] += 301
        budgets.may(asking.LOGIN, _from("192.0.2.66"), ANA)
    assert budgets.may(asking.LOGIN, _from("198.51.100.7"), ANA)


@pytest.mark.parametrize("kind", [asking.LOGIN, asking.EDIT])
def test_many_places_cannot_lock_a_member_out(hub: Config, kind: asking.Kind) -> None:
    """Who asks from many places has a link mailed every hour, and each lets the member in."""
    now = [0.0]
    budgets = asking.Asking(hub, lambda: now[0])
    for number in range(24):
        now[0] += 301
        assert budgets.may(kind, _from(f"192.0.2.{number // 6}"), ANA)
    letters = [number for number in range(264) if _after(budgets, now, kind, number)]
    assert letters == [*range(0, 264, 12)], "one an hour"


def _after(budgets: asking.Asking, now: list[float], kind: asking.Kind, number: int) -> bool:
    """Whether a letter goes out when somebody at another place asks five minutes later."""
    now[0] += 300
    return budgets.may(kind, _from(f"198.51.100.{number}"), ANA)


def test_what_one_door_had_mailed_shuts_no_other(tmp_path: Path) -> None:
    """The desk sends what both doors promised."""
    bounds, begun = limits.Limits(tmp_path / "answers.sqlite", b"k"), smallhub.BEGUN
    for kind in (asking.EDIT, asking.LOGIN):
        for number in range(kind.to_mailbox + 24 * kind.later):
            what = f"{kind.name}:{number}"
            assert bounds.allow(ANA, what, what, begun, limits.LINKS), what
    assert not bounds.allow(ANA, "more", "more", begun, limits.LINKS)
    bounds.close()


def _from(place: str) -> Request:
    return Request({"type": "http", "client": (place, 1), "headers": []})


SITE = b"""\
schema: solicomm/site@1
union: docks
title: {en: Dock workers}
languages: [en]
contact: {email: office@docks.example}
join: {how: form}
"""


def _head_only(server: Address, path: str, place: str) -> bytes:
    """The first line of the answer to a request whose body never comes."""
    with socket.create_connection(server, timeout=30) as line:
        line.sendall(
            f"POST {path} HTTP/1.1\r\nHost: hub.example\r\nX-Forwarded-For: {place}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
            "address=".encode()
        )
        return line.recv(4096).partition(b"\r\n")[0]


@pytest.mark.parametrize(
    "path", ["/login/", "/join/water", "/edit/docks/", "/unions/docks/join/", "form"]
)
def test_what_a_place_sends_beyond_its_bound_is_not_read(
    sample_hub: Config, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """It is answered before its body comes. Others, and this place before, are read."""
    monkeypatch.setattr(asking, "READ_FOR_A_LETTER", 1)
    monkeypatch.setattr("solicomm_build.features.sites.joining.READ_FOR_A_LETTER", 1)
    create(sample_hub.union_repo("docks"))
    hubs.commit(sample_hub.union_repo("docks"), Change("site.yaml", SITE))
    sitecontacts.write(sample_hub, "docks", sitecontacts.Contact("office@docks.example"))
    path = path.replace("/join/water", "/join/solidaridad")
    path = "/conferences/organising/forms/rights-violation/" if path == "form" else path
    with webserver.running(sample_hub) as server:
        codes = [_post(server, path, "no address", "192.0.2.66") for _ in range(40)]
        read = codes.index(429)
        assert read in (5, 20, 30)
        assert 404 not in codes
        assert set(codes[read:]) == {429}
        assert _head_only(server, path, "192.0.2.66").split()[1] == b"429"
        assert _post(server, path, "no address", "198.51.100.7") == codes[0]


@pytest.mark.parametrize("address", ["http://[", "http://[x]y/"])
def test_an_address_that_is_none_is_nobodys(server: Address, address: str) -> None:
    assert ask(server, "/login/", referer=address).status == 200
    kind = "application/x-www-form-urlencoded"
    sent = {"method": "POST", "body": b"address=a%40b.example", "content_type": kind}
    assert ask(server, "/login/", **sent, origin=address).status == 403  # type: ignore[arg-type]
