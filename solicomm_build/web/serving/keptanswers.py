"""Answers that are files of public/, kept with their heads: what quick.py gives without asking the
application again. Every answer is what the application said once, as long as the file is the same.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from starlette.types import ASGIApp, Message

from solicomm_build.web.serving import date

_MOST_KEPT = 4096  # answers, about 1.5 KB each
_MOST_BODY = 512 * 1024  # octets; what is larger is streamed by web/static.py
_MOST_AT_HAND = 4 << 20  # octets of bodies
_MOMENT = 1.0  # seconds that something is at hand

CODINGS = ((b"br", ".br"), (b"gzip", ".gz"))  # best first, as web/static.py chooses

_SUFFIXES = dict(CODINGS)

K = TypeVar("K")
V = TypeVar("V")
Key = tuple[bytes, str, str]
"""A target, the suffix of the best coding that the client takes, and the scheme it came by."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The head of an answer up to the date's value and after it, and the file that is its body;
    `plain` is the page whose precompressed form that is, where it is one."""

    before_date: bytes
    after_date: bytes
    file: str
    mark: tuple[int, int, int]
    plain: str = ""
    plain_mark: tuple[int, int, int] = (0, 0, 0)

    def is_same(self) -> bool:
        """Whether it is the same file still."""
        try:
            is_plain = not self.plain or _mark(os.stat(self.plain)) == self.plain_mark
            return is_plain and _mark(os.lstat(self.file)) == self.mark
        except OSError:
            return False

    def body(self) -> bytes | None:
        """The file's octets while it is the same file: inode, time and size; else None."""
        try:
            if self.plain and _mark(os.stat(self.plain)) != self.plain_mark:
                return None
            fd = os.open(self.file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
            try:
                return os.read(fd, self.mark[2]) if _mark(os.fstat(fd)) == self.mark else None
            finally:
                os.close(fd)
        except OSError:
            return None


def _mark(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_mtime_ns, found.st_size


class AtHand(dict[K, V]):
    """What is likely to be asked for again within the second, and is forgotten then: of erased
    posts and of who reads nothing stays. At most `most` of its measure. For one event loop."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most, self._held = most, 0

    def put(self, key: K, value: V, size: int) -> None:
        """Keeps it, where there is room."""
        if self._held + size > self._most:
            return
        if not self:
            asyncio.get_running_loop().call_later(_MOMENT, self.forget)
        self[key], self._held = value, self._held + size

    def forget(self) -> None:
        """Lets go of all."""
        self.clear()
        self._held = 0


class Answers:
    """The kept answers of one application over the folder `root`. For one event loop."""

    def __init__(self, app: ASGIApp, root: Path) -> None:
        self._app, self._root = app, root
        self._kept: dict[Key, Kept] = {}
        self._asking: dict[Key, asyncio.Task[None]] = {}
        self._bodies: AtHand[Key, tuple[Kept, bytes]] = AtHand(_MOST_AT_HAND)

    def of(self, key: Key, *, ends: bool) -> bytes | None:
        """The whole answer to a target with a coding, the last one of a connection that `ends`;
        None when the application has to be asked."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        body = self._body(key, kept)
        if body is None:
            del self._kept[key]
            return None
        last = b"\r\nconnection: close" if ends else b""
        return b"%b%b%b%b%b" % (kept.before_date, date.now(), last, kept.after_date, body)

    def _body(self, key: Key, kept: Kept) -> bytes | None:
        """What is in its file now."""
        of, body = self._bodies.get(key, (None, b""))
        if of is kept:
            return body if kept.is_same() else None
        now = kept.body()
        if now is not None:
            self._bodies.put(key, (kept, now), len(now))
        return now

    async def learnt(self, key: Key, *, ends: bool) -> bytes | None:
        """The same, after the application was asked; None when it is no answer to be kept. Who asks
        meanwhile waits for the same answer."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(self._learn(key))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        await task
        return self.of(key, ends=ends)

    async def _learn(self, key: Key) -> None:
        made = await self._made(key)
        if made is None:
            return
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = made

    async def _made(self, key: Key) -> Kept | None:
        target, suffix, scheme = key
        plain = os.fspath(self._root) + target.decode("ascii")
        plain += "index.html" if target.endswith(b"/") else ""
        try:
            plain_mark = _mark(os.stat(plain))
            if plain_mark[2] > _MOST_BODY:
                return None  # nothing of it is to be held
            status, headers, body = await self._ask(target, suffix, scheme)
            used = _SUFFIXES.get(headers.get(b"content-encoding", b""), "")
            mark = _mark(os.stat(plain + used))
        except OSError:
            return None
        is_private = b"set-cookie" in headers or b"private" in headers.get(b"cache-control", b"")
        if status != 200 or is_private or mark[2] > _MOST_BODY:
            return None
        lines = b"".join(b"%b: %b\r\n" % field for field in headers.items())
        front, rest = b"HTTP/1.1 200 OK\r\ndate: ", b"\r\n" + lines + b"\r\n"
        made = Kept(front, rest, plain + used, mark, plain if used else "", plain_mark)
        return made if made.body() == body else None

    async def _ask(
        self, target: bytes, suffix: str, scheme: str
    ) -> tuple[int, dict[bytes, bytes], bytes]:
        coding = next((name for name, end in CODINGS if end == suffix), b"identity")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": scheme,
            "path": target.decode("ascii"),
            "raw_path": target,
            "root_path": "",
            "query_string": b"",
            "headers": [(b"accept-encoding", coding)],
            "client": None,
            "server": None,
            "state": {},
        }
        said: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, send)
        start, *rest = said
        return start["status"], dict(start["headers"]), b"".join(one["body"] for one in rest)
