"""Forms of plain pages are read whichever way a browser sends them."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest
from starlette.requests import Request

from solicomm_build.web.plainform import fields

PARTS = (
    b'--b\r\nContent-Disposition: form-data; name="address"\r\n\r\n ana@union.example \r\n'
    b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\n\r\n--b--\r\n'
)


def _read(kind: str, octets: bytes) -> dict[str, str]:
    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": octets}

    head = [(b"content-type", kind.encode())]
    scope = {"type": "http", "method": "POST", "headers": head, "path": "/"}
    return asyncio.run(fields(Request(scope, receive)))


@pytest.mark.parametrize(
    ("kind", "octets"),
    [
        ("application/x-www-form-urlencoded", b"address=+ana%40union.example+&to=&address=b"),
        ("multipart/form-data; boundary=b", PARTS),
    ],
)
def test_both_ways_say_the_same(kind: str, octets: bytes) -> None:
    assert _read(kind, octets) == {"address": "ana@union.example", "to": ""}


def test_more_than_a_form_has_is_nothing() -> None:
    assert _read("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000) == {}
