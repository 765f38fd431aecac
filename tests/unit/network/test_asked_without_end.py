"""Whoever asks for what is dear without end keeps no hub from its answers."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message

from solicomm_build.features.network.carrying.wire import IDS, STEPS
from solicomm_build.features.network.sealed import asking
from solicomm_build.features.network.web import Network as Answering
from solicomm_build.testing.networks import Network
from solicomm_build.web.app import create_app

FLOOD, HUB, OTHER = "203.0.113.9", "198.51.100.7", "192.0.2.5"


@pytest.fixture
def net(tmp_path: Path) -> Network:
    return Network(tmp_path, "ab")


async def _asked(app: ASGIApp, place: str, path: str, body: bytes | None = None) -> int:
    """The status of an answer to somebody at this place."""
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    scope = {
        "type": "http",
        "method": "GET" if body is None else "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"a.example")],
        "client": (place, 1),
    }
    await app(scope, receive, send)
    status: int = said[0]["status"]
    return status


@pytest.mark.parametrize("what", [f"{IDS}/b/net", f"{STEPS}/conferences/net/b"])
def test_who_asks_without_end_keeps_no_hub_from_its_answers(
    net: Network, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    go = threading.Event()

    def slow(*_: object) -> Response:
        assert go.wait(60)
        return PlainTextResponse("")

    monkeypatch.setattr(Answering, "_sealed_ids", slow)
    monkeypatch.setattr(Answering, "_stones", slow, raising=False)
    app = create_app(net.hubs["a"])
    question = asking.write(net.identity("b"), net.id("a"), asking.TABLE)

    async def flooded() -> None:
        many = [asyncio.create_task(_asked(app, FLOOD, what)) for _ in range(100)]
        sealed = asyncio.create_task(_asked(app, HUB, asking.PATH, question))
        try:
            assert await asyncio.wait_for(sealed, 20) == 200
            other = asyncio.create_task(_asked(app, OTHER, what))
            await asyncio.sleep(0)
            told = [one for one in many if one.done()]
            assert (len(told), {one.result() for one in told}) == (92, {503})
        finally:
            go.set()
        assert await other == 200

    try:
        asyncio.run(flooded())
    finally:
        for one in app.state.held:
            one.close()
