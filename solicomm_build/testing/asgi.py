"""The web application asked in process, for tests of many requests: no socket, no thread."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

_FORM = {"content-type": "application/x-www-form-urlencoded"}
_HOST = "hub.example"
App = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application."""


@dataclass(frozen=True)
class Ask:
    """A request: a path with its query as it stands on the wire, the fields of a form, header
    fields by names in lower case. `filled` puts values in the place of `{names}`."""

    method: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def filled(self, **values: str) -> Ask:
        """The same request with each `{name}` replaced by its value."""

        def put(text: str) -> str:
            for name, value in values.items():
                text = text.replace("{" + name + "}", value)
            return text

        fields = {name: put(value) for name, value in self.fields.items()}
        headers = {name: put(value) for name, value in self.headers.items()}
        return Ask(self.method, put(self.path), fields, headers)


@dataclass(frozen=True)
class Seen:
    """What a client sees of an answer: all fields but the date, in order."""

    status: int
    head: tuple[tuple[str, str], ...]
    body: str


async def asked(app: App, ask: Ask, place: str) -> Seen:
    """The application's answer to who comes from the IP address `place` (ASGI 3, HTTP)."""
    octets = urlencode(ask.fields).encode()
    fields = {"host": _HOST, **(_FORM if ask.fields else {}), **ask.headers}
    path, _, query = ask.path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": ask.method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "client": (place, 1),
        "server": (_HOST, 80),
        "headers": [(name.encode(), value.encode()) for name, value in fields.items()],
    }
    sent: list[MutableMapping[str, Any]] = []
    waiting: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": octets}]

    async def receive() -> MutableMapping[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # the client stays, and says nothing more
        return waiting.pop()

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    head = tuple(
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in sent[0]["headers"]
        if name.lower() != b"date"
    )
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return Seen(sent[0]["status"], head, body.decode("utf-8", "replace"))


_ENDS = re.compile(r"(?<=; expires=)[^;]*", re.IGNORECASE)


def alike(seen: Seen, was: str, becomes: str) -> Seen:
    """The answer with one word replaced, in small or capital letters, in fields and body; and
    without the second at which a cookie ends."""

    def put(text: str) -> str:
        return re.sub(rf"{re.escape(was)}(?!\d|\.\d)", becomes, text, flags=re.IGNORECASE)

    head = tuple((name, _ENDS.sub("", put(value))) for name, value in seen.head)
    return Seen(seen.status, head, put(seen.body))
