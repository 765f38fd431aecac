"""Git's smart HTTP protocol (gitprotocol-http): clones for everybody, pushes by token.

`git clone https://hub/conferences/<id>.git` streams through a `git http-backend` child that the
store starts, and so does `git push`, whose child runs the gate's hooks (git/receiving.py). Who
may do what is for the doorkeeper to say. The dumb protocol (loose files, packs by name) is not
served.

A clone costs CPU, so few run at once and few more wait; the rest is asked to come back, and so is
who has two of them from one place on the network already. What is asked and what is read must go on
at a rate, and end within half an hour. Pushes have places of their own, and nobody has more than
two. A client that leaves, or stops reading, ends its child.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from solicomm_build.foundation import formernames, network
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import HUB_ID, SLUG
from solicomm_build.git import http_backend, receiving
from solicomm_build.git.http_backend import Child, GitRequest, Receiving
from solicomm_build.people.gittoken import Grant
from solicomm_build.web.cloning import narrowing
from solicomm_build.web.doorkeeper import Doorkeeper, Refusal

_log = logging.getLogger("solicomm.web")

T = TypeVar("T")

_UPLOAD = "git-upload-pack"
_RECEIVE = "git-receive-pack"
_BODY = 4 * 1024 * 1024  # octets of wants and haves; 50 octets each, so 80,000 of them
_SPILL = 256 * 1024 * 1024  # octets past a push's limit that are still taken, and thrown away:
# git hears the reason only when it has sent everything
_CHUNK = 64 * 1024  # octets
_IDLE = 120.0  # seconds without a byte moving; git itself says something every 5
_LONGEST = 1800.0  # seconds for a whole push, and for a whole clone
_EACH = 2  # pushes of one token, and clones of one place, at the same time
_GRACE, _RATE = 30.0, 500.0  # seconds that a clone may wait for its client, beside octets a second

_WITH_COPIES = "unions"
_COPY = re.compile(rf"{SLUG.pattern}@{HUB_ID.pattern}")
"""Copies of other hubs' sites, which have no place among ours: `/unions/<id>@<hub>.git`."""

_WITH_DRAFTS = "unions"
"""The kind of repository that has branches beside main (formats/access.md)."""

_SMART_ONLY = "Please use a git client of version 1.6.6 or newer: only smart HTTP is served.\n"
_NOTHING = "There is no public repository here.\n"
_ENOUGH = "Two clones from your network are running. Please wait for one of them to end.\n"
_BUSY = "Too many clones or pushes at the same time. Please try again in a few seconds.\n"


class GitRepositories:
    """ASGI application for `/<kind>/<repo>.git[/<rest>]` (path parameters `kind`, `repo`, `rest`).

    `folders` maps a kind to the folder with its bare repositories.
    """

    def __init__(
        self,
        config: Config,
        folders: Mapping[str, Path],
        doorkeeper: Doorkeeper,
        *,
        at_once: int = 4,
        waiting: int = 16,
    ) -> None:
        self._config, self._folders, self._doorkeeper = config, folders, doorkeeper
        self._clones, self._pushes = _Places(at_once, waiting), _Places(at_once, waiting)
        self._pushing: Counter[str] = Counter()
        self._cloning: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        kind, name = scope["path_params"]["kind"], scope["path_params"]["repo"]
        folder = self._folders.get(kind)
        if kind == _WITH_COPIES and _COPY.fullmatch(name):
            folder = self._config.copies / kind
        elif folder is None or not SLUG.fullmatch(name):
            folder = None
        if folder is None:
            return await _say(Refusal(404, _NOTHING), scope, receive, send)
        name = formernames.current(self._config.private, folder, name)
        request = _understand(folder / f"{name}.git", scope)
        if isinstance(request, Refusal):
            return await _say(request, scope, receive, send)
        grant = await self._admit(request, kind, scope)
        if isinstance(grant, Refusal):
            return await _say(grant, scope, receive, send)
        if _pushes(request) and grant is not None:
            return await self._push(request, kind, grant, scope, receive, send)
        if too_long := _too_long(request, _BODY):
            return await _say(too_long, scope, receive, send)
        request = replace(request, drafts=grant is not None or kind != _WITH_DRAFTS)
        return await self._clone(request, scope, receive, send)

    async def _clone(self, request: GitRequest, scope: Scope, receive: Receive, send: Send) -> None:
        place = network.place((scope.get("client") or ("",))[0], self._config.fronts)
        if place != network.HERE and self._cloning[place] >= _EACH:
            return await _say(Refusal(429, _ENOUGH), scope, receive, send)
        self._cloning[place] += 1
        try:
            if not request.drafts:
                async with asyncio.timeout(_GRACE):
                    seen = await _of_main_alone(request, receive)
                if isinstance(seen, Refusal):
                    return await _say(seen, scope, receive, send)
                request, receive = seen
            async with self._clones.take() as admitted:
                if not admitted:
                    return await _say(Refusal(503, _BUSY), scope, receive, send)
                async with asyncio.timeout(_LONGEST):
                    return await _relay(request, receive, send, _BODY, _Pace())
        except TimeoutError:
            _log.info("%s: a clone took too long and was ended", request.repo.name)
        finally:
            self._cloning[place] -= 1
            if not self._cloning[place]:
                del self._cloning[place]

    async def _admit(self, request: GitRequest, kind: str, scope: Scope) -> Grant | Refusal | None:
        return await asyncio.to_thread(
            self._doorkeeper.admit,
            request.repo,
            kind,
            pushes=_pushes(request),
            authorization=Headers(scope=scope).get("authorization", ""),
            client=(scope.get("client") or ("",))[0],
        )

    async def _push(
        self,
        request: GitRequest,
        kind: str,
        grant: Grant,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        limits = self._config.limits
        most = limits.library_push_bytes if kind == "libraries" else limits.push_bytes
        await asyncio.to_thread(receiving.install, self._config)
        rights = Receiving(receiving.settings(self._config, kind), receiving.pusher(grant))
        request = replace(request, receiving=rights)
        async with self._pushes.take() as admitted:
            if not admitted or self._pushing[grant.id] >= _EACH:
                return await _say(Refusal(503, _BUSY), scope, receive, send)
            self._pushing[grant.id] += 1
            try:
                async with asyncio.timeout(_LONGEST):
                    await _relay(request, receive, send, most + _SPILL)
            except TimeoutError:
                _log.info("%s: a push took too long and was ended", request.repo.name)
            finally:
                self._pushing[grant.id] -= 1
                if not self._pushing[grant.id]:
                    del self._pushing[grant.id]


async def _of_main_alone(
    request: GitRequest, receive: Receive
) -> tuple[GitRequest, Receive] | Refusal:
    """The request of a reader who may not see drafts. Version 2 of the protocol hands out whatever
    object is named, so such a reader is answered in version 0."""
    request = replace(request, protocol="")
    if request.service != _UPLOAD:
        return request, receive
    return await narrowing.narrowed(request, receive, _BODY)


class _Places:
    """So many run at once, some more wait; one more is sent away."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots = asyncio.Semaphore(at_once)
        self.admitted, self._most = 0, at_once + waiting

    @contextlib.asynccontextmanager
    async def take(self) -> AsyncIterator[bool]:
        """Yields True when it is one's turn, False at once when the waiting room is full."""
        if self.admitted >= self._most:
            yield False
            return
        self.admitted += 1
        try:
            async with self._slots:
                yield True
        finally:
            self.admitted -= 1


def _pushes(request: GitRequest) -> bool:
    return request.service == _RECEIVE or request.query == f"service={_RECEIVE}"


def _understand(repo: Path, scope: Scope) -> GitRequest | Refusal:
    """The request in the protocol's terms, or what refuses it."""
    rest, method = scope["path_params"].get("rest", ""), scope["method"]
    headers = Headers(scope=scope)
    protocol = _protocol(headers.get("git-protocol", ""))
    if not rest:
        sentence = f"This is a git repository. To copy it: git clone <hub>{scope['path']}\n"
        return Refusal(404, sentence)
    if rest == "info/refs" and method == "GET":
        service = parse_qs(scope["query_string"].decode("latin-1")).get("service", [""])
        if service in ([_UPLOAD], [_RECEIVE]):
            return GitRequest(repo, rest, method, query=f"service={service[0]}", protocol=protocol)
        return Refusal(403, _SMART_ONLY)
    if rest in (_UPLOAD, _RECEIVE) and method == "POST":
        return _posted(repo, rest, headers, protocol)
    return Refusal(404, _NOTHING)


def _posted(repo: Path, service: str, headers: Headers, protocol: str) -> GitRequest | Refusal:
    kind = f"application/x-{service}-request"
    coding, length = headers.get("content-encoding", ""), headers.get("content-length")
    if headers.get("content-type") != kind or coding not in ("", "gzip", "x-gzip"):
        return Refusal(415, f"Expected {kind}, plain or gzip.\n")
    return GitRequest(
        repo,
        service,
        "POST",
        content_type=kind,
        content_length=None if length is None else int(length),  # the HTTP parser lets digits only
        content_encoding=coding,
        protocol=protocol,
    )


def _too_long(request: GitRequest, most: int) -> Refusal | None:
    if (request.content_length or 0) > most:
        return Refusal(413, "That is too much for one request.\n")
    return None


def _protocol(value: str) -> str:
    """The Git-Protocol field if it is one of those that exist, else nothing."""
    return value if value in ("version=1", "version=2") else ""


async def _say(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers in text/plain, which git prints after `remote:`."""
    headers = {"Cache-Control": "no-store", **refusal.headers}
    if refusal.status in (429, 503):
        headers.setdefault("Retry-After", "5")
    await PlainTextResponse(refusal.sentence, refusal.status, headers)(scope, receive, send)


class _Pulse:
    """When a byte moved last, in either direction."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def beat(self) -> None:
        self._last = time.monotonic()

    async def wait(self, work: Awaitable[T]) -> T:
        """The result of `work`; raises TimeoutError when nothing has moved for too long."""
        task = asyncio.ensure_future(work)
        try:
            while True:
                rest = self._last + _IDLE - time.monotonic()
                done, _ = await asyncio.wait({task}, timeout=max(rest, 0.0))
                if done:
                    self.beat()
                    return task.result()
                if self._last + _IDLE <= time.monotonic():
                    raise TimeoutError
        finally:
            task.cancel()


class _Pace:
    """How long a clone has waited for its client, of what it may; not for its child."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._spent, self._octets = 0.0, 0
        self.is_over = False

    async def wait(self, work: Awaitable[T], octets: int = 0) -> T:
        """The result of `work`; raises TimeoutError when the client is too slow."""
        begun = self._now()
        try:
            async with asyncio.timeout(_GRACE + self._octets / _RATE - self._spent):
                return await work
        except TimeoutError:
            self.is_over = True
            raise
        finally:
            self._spent += self._now() - begun
            self._octets += octets

    def came(self, octets: int) -> None:
        """So much of the request is here."""
        self._octets += octets


async def _relay(
    request: GitRequest, receive: Receive, send: Send, most: int, pace: _Pace | None = None
) -> None:
    """Runs one child from request to answer; it is gone when this returns, however it returns."""
    child = await http_backend.start(request)
    pulse = _Pulse()
    feeder = asyncio.create_task(_feed(child, receive, most, pulse, pace))
    try:
        await _answer(child, send, pulse, pace, whole=_pushes(request))
    except TimeoutError:
        _log.info("%s: a client stood still and was let go", request.repo.name)
    finally:
        feeder.cancel()
        await http_backend.stop(child)


async def _feed(
    child: Child, receive: Receive, most: int, pulse: _Pulse, pace: _Pace | None
) -> None:
    """Passes the body on, then listens for the client's leaving, which ends the child."""
    taken, whole = 0, False
    while True:
        try:
            message = await (receive() if whole or pace is None else pace.wait(receive()))
        except TimeoutError:
            await http_backend.stop(child)
            return
        if message["type"] == "http.disconnect" or taken > most:
            await http_backend.stop(child)
            return
        if whole:
            continue
        body: bytes = message.get("body", b"")
        taken += len(body)
        pulse.beat()
        if pace is not None:
            pace.came(len(body))
        whole = not message.get("more_body", False)
        with contextlib.suppress(ConnectionError):  # the child had read enough
            child.stdin.write(body)
            await child.stdin.drain()
        if whole:
            child.stdin.close()


async def _answer(
    child: Child, send: Send, pulse: _Pulse, pace: _Pace | None, *, whole: bool
) -> None:
    """Sends the child's answer as it comes. A clone whose child ended badly
    leaves the answer unfinished: the server then closes the connection, and the client sees a
    broken transfer, not a short one. What is said to a push is `whole` however the child ended: it
    may be the reason.
    """
    try:
        head = await pulse.wait(child.stdout.readuntil(b"\r\n\r\n"))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        if await child.process.wait() < 0:
            return  # ended by us because the client left, or was too slow
        raise StoreError("git http-backend gave no answer") from None
    status, headers = _cgi_head(head)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    while chunk := await pulse.wait(child.stdout.read(_CHUNK)):
        message = {"type": "http.response.body", "body": chunk, "more_body": True}
        sent = pulse.wait(send(message))
        await (sent if pace is None else pace.wait(sent, len(chunk)))
    if await child.process.wait() == 0 or whole:
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
