"""The headers of web/headers.py on every kind of answer."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web.headers import PAGE_POLICY, SecurityHeaders

ALWAYS = {
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), interest-cohort=()",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("HEAD", "/page.html"),
        ("GET", "/conferences/organising"),
        ("GET", "/nothing"),
        ("POST", "/"),
        ("GET", "/conferences/none.git/info/refs?service=git-upload-pack"),
        ("GET", "/conferences/organising/files/ab12/minutes.html"),
    ],
)
def test_on_every_answer(server: Address, method: str, path: str) -> None:
    answer = ask(server, path, method=method)
    assert ALWAYS.items() <= answer.headers.items()
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "server" not in answer.headers
    assert "strict-transport-security" not in answer.headers  # this is plain HTTP


@pytest.mark.parametrize("name", ["a.css", "a.js", "a.json"])
def test_parts_of_pages_carry_what_concerns_them(server: Address, hub: Config, name: str) -> None:
    (hub.public / name).write_text("0")
    answer = ask(server, f"/{name}")
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "permissions-policy" not in answer.headers


def test_the_policy_allows_nothing_inline() -> None:
    assert "unsafe" not in PAGE_POLICY
    assert "frame-ancestors 'none'" in PAGE_POLICY
    assert "require-trusted-types-for 'script'" in PAGE_POLICY


def _call(app: Any, scope: Scope) -> list[Message]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    asyncio.run(SecurityHeaders(app)(scope, receive, send))
    return sent


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    raise RuntimeError("secret internals")


def test_a_crash_is_a_500_without_internals(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        start, body = _call(_broken, {"type": "http", "method": "GET", "path": "/x"})
    assert start["status"] == 500
    assert dict(start["headers"])[b"x-content-type-options"] == b"nosniff"
    assert b"secret" not in body["body"]
    assert "secret internals" in caplog.text


@pytest.mark.parametrize("page", ["unsubscribe", "confirm"])
def test_a_fault_prints_no_token(page: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever reads the log could leave the list in the member's name."""
    token = "abcdefghijklmnopqrstuvwx23"
    for path in (f"/{page}/{token}", f"/{page}/{token.upper()}=3D", f"/x/{token}"):
        with caplog.at_level(logging.ERROR):
            _call(_broken, {"type": "http", "method": "POST", "path": path})
    assert "no answer to POST" in caplog.text
    assert token[:8] not in caplog.text.lower()


def test_a_crash_after_the_start_closes_the_connection() -> None:
    async def half(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200})
        raise RuntimeError("late")

    with pytest.raises(RuntimeError):
        _call(half, {"type": "http", "method": "GET", "path": "/x"})


def test_hsts_over_tls_only() -> None:
    async def fine(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    (start,) = _call(fine, {"type": "http", "scheme": "https"})
    assert b"strict-transport-security" in dict(start["headers"])


def test_other_scopes_pass_through() -> None:
    async def note(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "lifespan.startup.complete"})

    assert _call(note, {"type": "lifespan"}) == [{"type": "lifespan.startup.complete"}]
