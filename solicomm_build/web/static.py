"""Serves the built pages of `public/`: files as they are, nothing made at request time.

Like a plain static server, with the few things that make it right for slow lines: precompressed
siblings (`page.html.br`, `page.html.gz`), strong validators (RFC 9110 8.8.3, 13) and byte ranges
(RFC 9110 14).
A page that says "this topic is over there" is served with 200 as the HTML redirect that it is;
a production server with the build's redirect map may answer 301 instead.

Blocking reads: files up to 512 KiB are read in the event loop (they are in the page cache, and a
thread hop costs more than the read); larger ones are streamed through threads.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import Receive, Scope, Send

from solicomm_build.foundation import clock
from solicomm_build.web import byteranges, mediatype
from solicomm_build.web.dress.missing import Missing
from solicomm_build.web.headers import FILE_POLICY, reading_from
from solicomm_build.web.tree import Folder, OpenFile, open_below, segments

_SMALL = 512 * 1024  # octets
_CHUNK = 256 * 1024  # octets
_SIBLINGS = (("br", ".br"), ("gzip", ".gz"))  # best first
_HASHED = re.compile(r"[.-][0-9a-f]{8,64}\.[a-z0-9]+$")
_SEGMENT = re.compile(r"search/index/[0-9a-f]{16}/[a-z0-9]+\.js")
"""Files of a segment of the search index; those of its table, one folder deeper, may change."""
_MONTH = re.compile(r"(\d{4}-\d\d)\.json")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)$", re.ASCII)
_SEARCH = ("search", "index.html")
"""The page that searches, in each language: /search/, /fr/search/."""
_INDEXES = (("search", "index"), ("search", "peers"))
_INDEX_TYPE = "text/plain"
"""Of the search index: its files are read and never run (docs/formats/search.md, section 1)."""
_FOREVER = "public, max-age=31536000, immutable"  # RFC 8246
_NAMED_BY_CONTENT = _FOREVER.removeprefix("public, ")
_ASK_ALWAYS = "no-cache"  # keep it, but ask first: a new post is to be seen at once
_ASK_SOON = "public, max-age=3600, must-revalidate"


@dataclass(frozen=True, slots=True)
class Facts:
    """What is said of a file below its address, whoever sends it: its type, how long it may be
    kept, whether it has compressed siblings, whether somebody uploaded it (it is saved, then, and
    never shown), whether it is of the search's index."""

    kind: str
    cache: str
    may_have_siblings: bool
    is_upload: bool
    is_index: bool

    def disposition(self, name: str) -> str:
        """The Content-Disposition of a file of this name (RFC 6266, RFC 8187); or nothing."""
        return f"attachment; filename*=UTF-8''{quote(name, '')}" if self.is_upload else ""


def facts(steps: tuple[str, ...]) -> Facts:
    """Those of the file at these steps below the folder that is served."""
    upload, index = "files" in steps[:-1], steps[:2] in _INDEXES
    kind = mediatype.of_upload(steps[-1]) if upload else mediatype.of_page("/" + "/".join(steps))
    cache = _cache_control(steps, kind)
    return Facts(
        _INDEX_TYPE if index else kind,
        _NAMED_BY_CONTENT if index and cache == _FOREVER else cache,
        mediatype.may_have_siblings(kind),
        upload,
        index,
    )


@dataclass(frozen=True)
class _Answer:
    """One representation, chosen: what is open and how to label it."""

    file: OpenFile
    headers: dict[str, str]
    body: bytes | None  # None: too large to hold, stream it
    status: int = 200
    in_parts: bool = False  # several ranges in one answer, too


class StaticPages:
    """ASGI application over one folder. Only GET and HEAD; everything else is 405."""

    def __init__(
        self,
        root: Path,
        peers: Sequence[str] = (),
        *,
        missing: Path | None = None,
        first: str = "",
    ) -> None:
        """`peers` are the hubs whose index the search page reads too; `missing` is the folder with
        the page for what is not there, if it is another. With `first`, the language of that page,
        readers of others get one in theirs."""
        self._root, self._missing = root, missing or root
        self._translated = Missing(first) if first else None
        self._searching = reading_from(f"{peer}/search/index/" for peer in peers) if peers else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            refusal = PlainTextResponse("Only reading here.\n", 405, {"Allow": "GET, HEAD"})
            await refusal(scope, receive, send)
            return
        steps = segments(scope["path"])
        found = open_below(self._root, steps) if steps and steps[-1] else None
        if isinstance(found, Folder):
            await _add_slash(scope, receive, send)
            return
        if steps and not steps[-1]:
            steps = (*steps[:-1], "index.html")
            found = open_below(self._root, steps)
        if steps is None or not isinstance(found, OpenFile):
            await self._not_found(steps or (), scope, receive, send)
            return
        await self._found(steps, found, scope, send)

    async def _found(
        self, steps: tuple[str, ...], file: OpenFile, scope: Scope, send: Send
    ) -> None:
        request = Headers(scope=scope)
        answer = self._represent(steps, file, request)
        try:
            if _not_modified(request, answer.headers):
                kept = ("etag", "cache-control", "vary", "last-modified")
                headers = {name: answer.headers[name] for name in kept if name in answer.headers}
                await _send_head(send, 304, headers)
                await send({"type": "http.response.body", "body": b""})
                return
            await _send_file(answer, request, head=scope["method"] == "HEAD", send=send)
        finally:
            os.close(answer.file.fd)

    def _represent(self, steps: tuple[str, ...], plain: OpenFile, request: Headers) -> _Answer:
        """Chooses the encoding and writes the headers; closes `plain` when it takes a sibling."""
        said = facts(steps)
        headers = {"content-type": said.kind, "cache-control": said.cache}
        if not said.is_index:
            headers["last-modified"] = formatdate(plain.mtime_ns // 1_000_000_000, usegmt=True)
        if said.is_upload:
            headers["content-disposition"] = said.disposition(steps[-1])
            headers["content-security-policy"] = FILE_POLICY
        elif self._searching and len(steps) < 4 and steps[-2:] == _SEARCH:
            headers["content-security-policy"] = self._searching
        chosen = plain
        if said.may_have_siblings:
            headers["vary"] = "Accept-Encoding"
            if "range" not in request and (sibling := self._sibling(steps, request)):
                os.close(plain.fd)
                headers["content-encoding"], chosen = sibling
        body = os.pread(chosen.fd, chosen.bytes, 0) if chosen.bytes <= _SMALL else None
        headers["etag"] = _etag(chosen, body)
        if chosen is plain:
            headers["accept-ranges"] = "bytes"
        if said.is_index:
            _lighten(headers, asked_from="origin" in request)
        return _Answer(chosen, headers, body, in_parts=said.is_index and chosen is plain)

    def _sibling(self, steps: tuple[str, ...], request: Headers) -> tuple[str, OpenFile] | None:
        """The best precompressed form that the client takes and the build has written."""
        accepted = _accepted(request.get("accept-encoding", ""))
        for coding, suffix in _SIBLINGS:
            if coding in accepted:
                found = open_below(self._root, (*steps[:-1], steps[-1] + suffix))
                if isinstance(found, OpenFile):
                    return coding, found
        return None

    async def _not_found(
        self, steps: tuple[str, ...], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """404, with the union's or the hub's own page when there is one."""
        page = None
        if len(steps) > 2 and steps[0] == "unions":
            page = open_below(self._missing, (*steps[:2], "404.html"))
        if not isinstance(page, OpenFile):
            translated = self._translated.page(scope) if self._translated else None
            if translated is not None:
                await translated(scope, receive, send)
                return
            page = open_below(self._missing, ("404.html",))
        if not isinstance(page, OpenFile):
            await PlainTextResponse("There is nothing here.\n", 404)(scope, receive, send)
            return
        try:
            body = os.pread(page.fd, page.bytes, 0)
        finally:
            os.close(page.fd)
        headers = {
            "content-type": mediatype.of_page("404.html"),
            "cache-control": _ASK_ALWAYS,
            "content-length": str(len(body)),
            **({"vary": "Accept-Language, Cookie"} if self._translated else {}),
        }
        await _send_head(send, 404, headers)
        await send(
            {"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body}
        )


async def _add_slash(scope: Scope, receive: Receive, send: Send) -> None:
    """301 to the folder's own address; the target is built from checked steps, so it stays here."""
    query = scope["query_string"].decode("latin-1")
    target = quote(scope["path"]) + "/" + (f"?{query}" if query else "")
    await RedirectResponse(target, 301)(scope, receive, send)


async def _send_head(send: Send, status: int, headers: dict[str, str]) -> None:
    raw = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send_file(answer: _Answer, request: Headers, *, head: bool, send: Send) -> None:
    """Sends the whole file, or the ranges that were asked for."""
    size = len(answer.body) if answer.body is not None else answer.file.bytes
    status, headers, first, last = answer.status, dict(answer.headers), 0, size - 1
    part = _range(request, answer.headers, size)
    if answer.in_parts and (several := _several(request, size)):
        await _send_several(answer, several, size, head=head, send=send)
        return
    if part == "unsatisfiable":
        headers = {"content-range": f"bytes */{size}", "content-length": "0"}
        await _send_head(send, 416, headers)
        await send({"type": "http.response.body", "body": b""})
        return
    if isinstance(part, tuple):
        status, (first, last) = 206, part
        headers["content-range"] = f"bytes {first}-{last}/{size}"
    headers["content-length"] = str(last - first + 1)
    await _send_head(send, status, headers)
    if head:
        await send({"type": "http.response.body", "body": b""})
    elif answer.body is not None:
        await send({"type": "http.response.body", "body": answer.body[first : last + 1]})
    else:
        await _stream(answer.file.fd, first, last, send)


def _several(request: Headers, size: int) -> list[byteranges.Range]:
    """Where they are no more than is held for an answer anyway."""
    ranges = byteranges.several(request.get("range", ""), size) if "if-range" not in request else []
    return ranges if sum(last - first + 1 for first, last in ranges) <= _SMALL else []


async def _send_several(
    answer: _Answer, ranges: Sequence[byteranges.Range], size: int, *, head: bool, send: Send
) -> None:
    async def read(first: int, last: int) -> bytes:
        if answer.body is not None:
            return answer.body[first : last + 1]
        return await asyncio.to_thread(os.pread, answer.file.fd, last - first + 1, first)

    told, body = await byteranges.body(ranges, size, answer.headers["content-type"], read)
    await _send_head(send, 206, {**answer.headers, **told})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _stream(fd: int, first: int, last: int, send: Send) -> None:
    """Sends octets `first` to `last`, read in threads, at the pace of the client."""
    while first <= last:
        chunk = await asyncio.to_thread(os.pread, fd, min(_CHUNK, last - first + 1), first)
        if not chunk:  # the file was cut short under us; the length already sent tells the client
            raise OSError(f"file ended {last - first + 1} octets early")
        first += len(chunk)
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _cache_control(steps: tuple[str, ...], kind: str) -> str:
    if steps[0] == "theme" and _HASHED.search(steps[-1]):
        return _FOREVER
    if steps[0] == "search" and _SEGMENT.fullmatch("/".join(steps)):
        return _FOREVER
    if _is_closed(steps):
        return _FOREVER
    if "files" in steps[:-1] or kind.startswith(("image/", "font/", "audio/", "video/")):
        return _ASK_SOON
    return _ASK_ALWAYS


def _is_closed(steps: tuple[str, ...]) -> bool:
    """Whether this is the index of unread of a month that gets no more posts: mail counts into the
    past by seven days at most."""
    if len(steps) != 4 or steps[0] != "conferences" or steps[2] != "index":
        return False
    match = _MONTH.fullmatch(steps[3])
    return match is not None and match[1] < f"{clock.now() - timedelta(days=8):%Y-%m}"


def _lighten(headers: dict[str, str], *, asked_from: bool) -> None:
    """A query reads thirty files of the index, of 1 KB each: no octet that says nothing. Pages of
    other hubs may read them too (CORS, Fetch standard 3.2)."""
    headers["vary"] = "Accept-Encoding, Origin"
    if asked_from:
        headers["access-control-allow-origin"] = "*"
    if headers["cache-control"] == _NAMED_BY_CONTENT:  # its name is its validator
        del headers["etag"]


def _etag(file: OpenFile, body: bytes | None) -> str:
    """A strong validator (RFC 9110 8.8.1): of the octets where we hold them, so that a rebuild that
    writes the same page costs nobody a download; else of the file, which is replaced, never edited.
    """
    if body is None:
        return f'"{file.mtime_ns:x}-{file.bytes:x}"'
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def _accepted(value: str) -> frozenset[str]:
    """The content codings that the client takes (RFC 9110 12.5.3); `q=0` means no."""
    accepted: set[str] = set()
    for item in value.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        if not any(re.fullmatch(r"q=0(\.0*)?", parameter) for parameter in parameters):
            accepted.add("gzip" if coding == "x-gzip" else coding)
    return frozenset(accepted)


def _not_modified(request: Headers, headers: dict[str, str]) -> bool:
    """RFC 9110 13.2.2: If-None-Match decides alone when it is there."""
    if "if-none-match" in request:
        wanted = [tag.strip().removeprefix("W/") for tag in request["if-none-match"].split(",")]
        return "*" in wanted or headers.get("etag") in wanted
    since = request.get("if-modified-since")
    if since is None or "range" in request:
        return False
    try:
        return parsedate_to_datetime(headers.get("last-modified", "")) <= parsedate_to_datetime(
            since
        )
    except (ValueError, TypeError):  # not a date, or one without a zone: as if it were not there
        return False


def _range(request: Headers, headers: dict[str, str], size: int) -> tuple[int, int] | str | None:
    """The range asked for as (first, last); None to send all; "unsatisfiable" (RFC 9110 14.2)."""
    asked = _RANGE.match(request.get("range", "").strip())
    validators = {headers.get("etag"), headers.get("last-modified")}
    if not asked or ("if-range" in request and request["if-range"] not in validators):
        return None
    start, end = asked.groups()
    if not start and not end:
        return None
    if len(start) > 18 or len(end) > 18:  # beyond any file; int() of a very long number is slow
        return "unsatisfiable"
    if not start:
        first, last = max(0, size - int(end)), size - 1
    else:
        first, last = int(start), min(int(end) if end else size - 1, size - 1)
        if end and int(end) < int(start):
            return None  # not a range at all
    return (first, last) if first <= last else "unsatisfiable"
