"""Addresses that others name are asked at their place, or it is said why nobody can be."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from solicomm_build.foundation import fetching
from solicomm_build.foundation.fetching import FetchError


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://[::5]/x", ("::5", 80)),
        ("https://[::abcd]/x", ("::abcd", 443)),
        ("http://[::ffff:127.0.0.1]/x", ("::ffff:127.0.0.1", 80)),
        ("http://[::5]:8080/x", ("::5", 8080)),
        ("https://union.example/x", ("union.example", 443)),
    ],
)
def test_each_address_is_asked_at_its_port(
    monkeypatch: pytest.MonkeyPatch, url: str, place: tuple[str, int]
) -> None:
    asked = []

    def connect(address: tuple[str, int], *_: Any) -> None:
        asked.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(FetchError, match="nobody answers"):
        fetching.exchange(url, {}, inside=True)
    assert asked == [place]


@pytest.mark.parametrize(
    "host", ["a b.example", "a..example", ".example", f"{'a' * 64}.example", "a\x7fb.example"]
)
def test_a_name_that_no_server_can_have_is_said(host: str) -> None:
    with pytest.raises(FetchError, match="no server can be called"):
        fetching.fetch(f"https://{host}/x")
    with pytest.raises(FetchError, match="no server can be called"):
        fetching.exchange(f"https://{host}/x", {})


@pytest.mark.parametrize(
    ("address", "is_outside"),
    [
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b:1::a00:1", False),
        ("2002:a00:1::1", False),
        ("::127.0.0.1", False),
        ("fec0::1", False),
        ("ff0e::1", False),
        ("224.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%lo", False),
        ("64:ff9b::808:808", True),
        ("2002:808:808::1", True),
        ("::ffff:8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("8.8.8.8", True),
    ],
)
def test_no_address_leads_into_our_own_network_by_another(address: str, is_outside: bool) -> None:
    assert fetching._is_outside(address) is is_outside
