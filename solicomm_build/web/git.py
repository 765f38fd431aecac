"""Git's smart HTTP protocol, read-only, for public repositories (gitprotocol-http).

`git clone https://hub/conferences/<id>.git` streams through a `git http-backend` child that the
store starts. Only upload-pack: receive-pack is answered 403 with a sentence that git shows to the
person who pushes. A repository that is not public and one that does not exist get the same 404.
The dumb protocol (loose files, packs by name) is not served.

A clone costs CPU, so few run at once and few more wait; the rest is asked to come back. A client
that leaves, or stops reading, ends its child.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from solicomm_build.errors import StoreError
from solicomm_build.store import http_backend
from solicomm_build.store.http_backend import Child, GitRequest
from solicomm_build.types import SLUG

_log = logging.getLogger("solicomm.web")

IsPublic = Callable[[str, str], bool]
"""Whether (kind, id) may be read by everyone, e.g. ("conferences", "organising"). May block."""

_UPLOAD = "git-upload-pack"
_RECEIVE = "git-receive-pack"
_BODY = 4 * 1024 * 1024  # octets of wants and haves; 50 octets each, so 80,000 of them
_CHUNK = 64 * 1024  # octets
_IDLE = 120.0  # seconds without a byte moving; upload-pack itself says something every 5

_NO_PUSH = (
    "This hub does not take pushes over HTTP. Conferences are written by mail; "
    "for a union site or a library ask the hub's operator.\n"
)
_SMART_ONLY = "Please use a git client of version 1.6.6 or newer: only smart HTTP is served.\n"
_NOTHING = "There is no public repository here.\n"
_BUSY = "Too many clones at the same time. Please try again in a few seconds.\n"


class GitRepositories:
    """ASGI application for `/<kind>/<repo>.git[/<rest>]` (path parameters `kind`, `repo`, `rest`).

    `folders` maps a kind to the folder with its bare repositories.
    """

    def __init__(
        self, folders: dict[str, Path], is_public: IsPublic, *, at_once: int = 4, waiting: int = 16
    ) -> None:
        self._folders, self._is_public = folders, is_public
        self._slots = asyncio.Semaphore(at_once)
        self._admitted, self._most = 0, at_once + waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, name = scope["path_params"]["kind"], scope["path_params"]["repo"]
        folder = self._folders.get(kind)
        if folder is None or not SLUG.fullmatch(name):
            return await _say(404, _NOTHING, scope, receive, send)
        if not await asyncio.to_thread(self._is_public, kind, name):
            return await _say(404, _NOTHING, scope, receive, send)
        request = _understand(folder / f"{name}.git", scope)
        if isinstance(request, tuple):
            return await _say(*request, scope, receive, send)
        with self._admission() as admitted:
            if not admitted:
                return await _say(503, _BUSY, scope, receive, send)
            async with self._slots:
                return await _relay(request, receive, send)

    @contextlib.contextmanager
    def _admission(self) -> Iterator[bool]:
        """Counts who runs or waits; yields False when the waiting room is full."""
        if self._admitted >= self._most:
            yield False
            return
        self._admitted += 1
        try:
            yield True
        finally:
            self._admitted -= 1


def _understand(repo: Path, scope: Scope) -> GitRequest | tuple[int, str]:
    """The request in the protocol's terms, or the status and sentence that refuse it."""
    rest, method = scope["path_params"].get("rest", ""), scope["method"]
    headers = Headers(scope=scope)
    if not rest:
        return 404, f"This is a git repository. To copy it: git clone <hub>{scope['path']}\n"
    if rest == _RECEIVE:
        return 403, _NO_PUSH
    if rest == "info/refs" and method == "GET":
        service = parse_qs(scope["query_string"].decode("latin-1")).get("service", [""])
        if service == [_UPLOAD]:
            protocol = headers.get("git-protocol", "")
            return GitRequest(
                repo, rest, method, query=f"service={_UPLOAD}", protocol=_protocol(protocol)
            )
        return (403, _NO_PUSH) if service == [_RECEIVE] else (403, _SMART_ONLY)
    if rest == _UPLOAD and method == "POST":
        return _upload_request(repo, headers)
    return 404, _NOTHING


def _upload_request(repo: Path, headers: Headers) -> GitRequest | tuple[int, str]:
    kind = f"application/x-{_UPLOAD}-request"
    coding, length = headers.get("content-encoding", ""), headers.get("content-length")
    if headers.get("content-type") != kind or coding not in ("", "gzip", "x-gzip"):
        return 415, f"Expected {kind}, plain or gzip.\n"
    if length is not None and int(length) > _BODY:  # the HTTP parser let digits only through
        return 413, "That is too much for one request.\n"
    return GitRequest(
        repo,
        _UPLOAD,
        "POST",
        content_type=kind,
        content_length=None if length is None else int(length),
        content_encoding=coding,
        protocol=_protocol(headers.get("git-protocol", "")),
    )


def _protocol(value: str) -> str:
    """The Git-Protocol field if it is one of those that exist, else nothing."""
    return value if value in ("version=1", "version=2") else ""


async def _say(status: int, sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers in text/plain, which git prints after `remote:`."""
    headers = {"Cache-Control": "no-store"} | ({"Retry-After": "5"} if status == 503 else {})
    await PlainTextResponse(sentence, status, headers)(scope, receive, send)


async def _relay(request: GitRequest, receive: Receive, send: Send) -> None:
    """Runs one child from request to answer; it is gone when this returns, however it returns."""
    child = await http_backend.start(request)
    feeder = asyncio.create_task(_feed(child, receive))
    try:
        await _answer(child, send)
    except TimeoutError:
        _log.info("%s: a reader stood still and was let go", request.repo.name)
    finally:
        feeder.cancel()
        await http_backend.stop(child)


async def _feed(child: Child, receive: Receive) -> None:
    """Passes the body on, then listens for the client's leaving, which ends the child."""
    taken, whole = 0, False
    while True:
        message = await receive()
        if message["type"] == "http.disconnect" or taken > _BODY:
            await http_backend.stop(child)
            return
        if whole:
            continue
        body: bytes = message.get("body", b"")
        taken += len(body)
        whole = not message.get("more_body", False)
        with contextlib.suppress(ConnectionError):  # the child had read enough
            child.stdin.write(body)
            await child.stdin.drain()
        if whole:
            child.stdin.close()


async def _answer(child: Child, send: Send) -> None:
    """Sends the child's answer as it comes. A child that ended badly leaves the answer unfinished:
    the server then closes the connection, and the client sees a broken transfer, not a short one.
    """
    try:
        head = await asyncio.wait_for(child.stdout.readuntil(b"\r\n\r\n"), _IDLE)
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        if await child.process.wait() < 0:
            return  # ended by us because the client left
        raise StoreError("git http-backend gave no answer") from None
    status, headers = _cgi_head(head)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while chunk := await asyncio.wait_for(child.stdout.read(_CHUNK), _IDLE):
        message = {"type": "http.response.body", "body": chunk, "more_body": True}
        await asyncio.wait_for(send(message), _IDLE)
    if await child.process.wait() == 0:
        await send({"type": "http.response.body", "body": b""})


def _cgi_head(head: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Status and fields of a CGI answer (RFC 3875 6.3); no Status field means 200."""
    status, headers = 200, []
    for line in head.split(b"\r\n"):
        name, colon, value = line.partition(b":")
        if not colon:
            continue
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.lower(), value.strip()))
    return status, headers
