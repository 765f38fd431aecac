"""Who asks, behind servers in front: the last address that is none of theirs."""

from __future__ import annotations

import pytest
from starlette.types import Scope

from solicomm_build.web.serving.forwarded import Fronts

FRONTS = Fronts(("192.0.2.10", "2001:db8::10"))


def _asked(peer: str | None, *fields: tuple[str, str]) -> Scope:
    headers = [(name.encode(), value.encode("latin-1")) for name, value in fields]
    client = None if peer is None else (peer, 5000)
    scope: Scope = {"client": client, "scheme": "http", "headers": headers}
    FRONTS.believe(scope)
    return scope


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7, 192.0.2.10", "198.51.100.7"),
        ("203.0.113.1, 198.51.100.7, 2001:db8::10, 127.0.0.1", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::7]:4711", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("127.0.0.1, 192.0.2.10", "127.0.0.1"),
        (" , ", "127.0.0.1"),
        ("", "127.0.0.1"),
        ("caf\xe9", "caf\xe9"),
    ],
)
def test_the_last_stranger_asks(said: str, client: str) -> None:
    assert _asked("127.0.0.1", ("x-forwarded-for", said))["client"][0] == client


def test_fields_count_in_the_order_in_which_they_were_added() -> None:
    fields = [("x-forwarded-for", "203.0.113.1"), ("x-forwarded-for", "198.51.100.7")]
    assert _asked("192.0.2.10", *fields)["client"] == ("198.51.100.7", 0)


@pytest.mark.parametrize("peer", ["198.51.100.9", "192.0.2.11", "2001:db8::11", None])
def test_a_stranger_is_not_believed(peer: str | None) -> None:
    scope = _asked(peer, ("x-forwarded-for", "203.0.113.1"), ("x-forwarded-proto", "https"))
    assert scope["client"] == (None if peer is None else (peer, 5000))
    assert scope["scheme"] == "http"


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("127.0.0.1", "https", "https"),
        ("::1", "https", "https"),
        ("::ffff:127.0.0.1", "https", "https"),
        ("192.0.2.10", " https ", "https"),
        ("192.0.2.10", "ftp", "http"),
    ],
)
def test_how_it_was_asked(peer: str, said: str, scheme: str) -> None:
    assert _asked(peer, ("x-forwarded-proto", said))["scheme"] == scheme
