"""The security headers that every answer of the web server carries.

Scripts, style sheets, pictures and data are no documents: what only documents are asked about
(whom they may load, who opened them, which devices they may use) is left out there. A search reads
thirty small files, and those 400 octets each were a third of what it cost.

Pure ASGI middleware around everything else in web/. It is also the edge of the stage: what no
handler caught becomes a 500 here, so that even that answer has the headers.
A header that a handler set itself stays as it is (files carry a stricter policy).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger("solicomm.web")

PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
    )
)
"""Content-Security-Policy of pages (CSP Level 3): nothing inline, nothing from a third party."""


def reading_from(addresses: Iterable[str]) -> str:
    """The policy of a page that also reads data below these addresses and runs none of it."""
    allowed = " ".join(("connect-src 'self'", *addresses))
    return PAGE_POLICY.replace("connect-src 'self'", allowed)


FILE_POLICY = "sandbox; default-src 'none'"
"""Content-Security-Policy of what members and unions uploaded: never runs, whatever it is."""

PERMISSIONS = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
"""Permissions-Policy of pages."""
TRANSPORT = "max-age=31536000"
"""Strict-Transport-Security, over TLS only (RFC 6797 7.2)."""

_ALWAYS = {
    "content-security-policy": PAGE_POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",  # browsers that do not know frame-ancestors (RFC 7034)
    "permissions-policy": PERMISSIONS,
}
_PARTS = ("text/javascript", "text/css", "application/json", "image/")
_OF_PARTS = {
    "content-security-policy": "default-src 'none'",  # should one be opened, or run as a worker
    "x-content-type-options": "nosniff",
}
_OF_INDEX = {"x-content-type-options": "nosniff"}
"""Of the files of the search index: plain text, which a browser does not run."""
_TLS_ONLY = {"strict-transport-security": TRANSPORT}

_TOKEN = re.compile(
    r"(?<=/unsubscribe/).+|(?<=/confirm/).+|(?<=/enter/).+|(?<=/login/).+"
    r"|(?<=/vote/).+|(?<=/moderate/).+"
    r"|(?<![a-z0-9])[a-z2-7]{26}(?![a-z0-9])",
    re.IGNORECASE | re.DOTALL,
)


class SecurityHeaders:
    """Wraps an ASGI application; every HTTP answer leaves with the headers above."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message.setdefault("headers", [])
                headers = MutableHeaders(scope=message)
                wanted = _wanted(scope, headers.get("content-type", ""))
                if scope.get("scheme") == "https":
                    wanted = wanted | _TLS_ONLY
                for name, value in wanted.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            return  # nobody is there to answer, and it is no fault
        except Exception:
            _log.exception("no answer to %s %r", scope.get("method"), _without_token(scope))
            if started:
                raise  # half an answer is out: only closing the connection tells the client
            await _internal_error(send_with_headers)


_INDEXES = ("/search/index/", "/search/peers/")


def _wanted(scope: Scope, kind: str) -> dict[str, str]:
    if kind == "text/plain" and str(scope.get("path")).startswith(_INDEXES):
        return _OF_INDEX
    return _OF_PARTS if kind.startswith(_PARTS) else _ALWAYS


def _without_token(scope: Scope) -> str:
    """The path for a log: whoever reads it must not be able to leave a list in a member's name."""
    return _TOKEN.sub("…", str(scope.get("path")))


async def _internal_error(send: Send) -> None:
    """Answers 500 without any internals."""
    body = b"Something went wrong on our side. Please try again in a moment.\n"
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})
