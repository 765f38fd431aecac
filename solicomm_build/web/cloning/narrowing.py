"""What a reader without a token may name in a repository that holds drafts: commits of main, and
the tags by which the hub signs them for others.

    request for git-upload-pack ─→ narrowed ─→ the same request, naming commits of main only

Git tells whoever names an object whether it is there: protocol version 2 hands out any object, and
versions 0 and 1 acknowledge any `have` (gitprotocol-pack, "Packfile Negotiation"). A file's id
follows from its octets, so whoever holds a document could ask whether a draft has it. Lines that
name what main does not reach are left out, which costs an honest client nothing: it has nothing
else in common with what it may see. A `want` of such an object is refused in git's own words,
whether it is there or not.
"""

from __future__ import annotations

import asyncio
import functools
import re
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from starlette.types import Message, Receive

from solicomm_build.git import refs
from solicomm_build.git.http_backend import GitRequest
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.web.doorkeeper import Refusal

_NAMES = re.compile(rb"(want|have|shallow) ([0-9a-f]{40}|[0-9a-f]{64})(?=[ \n\0]|\Z)")
_OFFERS = "refs/peers/"
_HARMLESS = (b"done", b"deepen ", b"deepen-since ")
_FLUSH = b"0000"
_CUT = "The request ended early. Please try again.\n"
_LONG = "That is too much for one request.\n"


async def narrowed(
    request: GitRequest, receive: Receive, most: int
) -> tuple[GitRequest, Receive] | Refusal:
    """The request with its body read and narrowed, and what gives that body to git's child.

    `most` is how many octets the body may have, also unpacked (RFC 9110 15.5.14). Raises StoreError
    when git cannot say what main reaches.
    """
    body = await _whole(receive, most)
    if isinstance(body, Refusal):
        return body
    if request.content_encoding:
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            body = unpacking.decompress(body, most)
        except zlib.error:
            return Refusal(400, _CUT)
        if unpacking.unconsumed_tail:
            return Refusal(413, _LONG)
    known = await asyncio.to_thread(_commits, request.repo)
    try:
        kept = b"".join(_narrow(body, known))
    except _NotOurs as wanted:
        return Refusal(404, f"upload-pack: not our ref {wanted}\n")
    except ValueError:
        return Refusal(400, _CUT)
    plain = replace(request, content_encoding="", content_length=len(kept))
    return plain, _giving(kept, receive)


class _NotOurs(Exception):
    """A reader wants what main does not reach."""


def _narrow(body: bytes, known: frozenset[str]) -> Iterator[bytes]:
    """The pkt-lines (gitprotocol-common) of a request that may pass. Raises ValueError when the
    body is none, _NotOurs for a want."""
    at = 0
    while at < len(body):
        size = int(body[at : at + 4], 16)
        whole = body[at : at + max(size, 4)]
        if size and (size < 4 or len(whole) < size):
            raise ValueError(size)
        at += max(size, 4)
        named = _NAMES.match(whole, 4)
        if named and named[2].decode() not in known:
            if named[1] == b"want":
                raise _NotOurs(named[2].decode())
        elif named or not size or whole[4:].startswith(_HARMLESS):
            yield whole if size else _FLUSH


def _commits(path: Path) -> frozenset[str]:
    repo = open_repo(path)
    offers = refs.below(path, _OFFERS)
    return _reached(path, repo.ref(MAIN) or "", frozenset(offers.values()))


@functools.lru_cache(maxsize=32)
def _reached(path: Path, tip: str, offers: frozenset[str]) -> frozenset[str]:
    """The commits that main reaches, of a site, so some thousands; and the tags by which this hub
    signs one of them for other hubs."""
    if not tip:
        return frozenset()
    repo = open_repo(path)
    known = frozenset(repo.git("rev-list", tip).decode("ascii").split())
    of_main = (
        tag for tag in offers if repo.git("rev-parse", f"{tag}^{{}}").decode().strip() in known
    )
    return known | frozenset(of_main)


async def _whole(receive: Receive, most: int) -> bytes | Refusal:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return Refusal(400, _CUT)
        body += message.get("body", b"")
        if len(body) > most:
            return Refusal(413, _LONG)
        if not message.get("more_body", False):
            return bytes(body)


def _giving(body: bytes, receive: Receive) -> Receive:
    """The body in one message, then whatever the client does."""
    given = False

    async def give() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give
