"""What a form sends, with its files: urlencoded, or multipart/form-data (RFC 7578). Nothing of it
is written anywhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

from solicomm_build.foundation import network
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.oneline import media_type, one_line
from solicomm_build.message import header, structure
from solicomm_build.message.split import split
from solicomm_build.web.uploads import sieve
from solicomm_build.web.uploads.sieve import Sieve

MOST_FIELDS = 1000
MEMORY_OCTETS = 128 * 1024 * 1024
"""Unfinished forms of all clients together; what is too much is as one that has too much."""
_LONGEST_NAME = 200
_FARTHEST = 20
_unfinished = network.Memory()


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came in a field of a form: its name without folders, its octets, and the media
    type that the browser says it has."""

    field: str
    name: str
    octets: bytes
    type: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent. `fields` has the first value of each, with LF line ends."""

    fields: Mapping[str, str]
    files: tuple[Upload, ...] = ()
    large: tuple[tuple[str, int], ...] = ()
    """Names and sizes of files that were left out because they are too large (`sieved`)."""

    def get(self, name: str) -> str:
        """A field; empty when it was not sent."""
        return self.fields.get(name, "")


async def sent(request: Request, most: int) -> Sent | None:
    """What a form holds; None when it has more than `most` octets, cannot be read, or the client
    left. A file without octets was not chosen, and is left out."""
    octets = await _body(request, most)
    if octets is None:
        return None
    return await asyncio.to_thread(read, request.headers.get("content-type", ""), octets)


async def sieved(request: Request, most: int) -> Sent | None:
    """The same of a form whose text must not be lost by its files: those that do not fit are left
    out and named, while all of it together has at most twenty times as many octets."""
    kind = request.headers.get("content-type", "")
    mark = sieve.boundary(kind)
    if mark is None:
        return await sent(request, most)
    form, seen, place = Sieve(mark, most), 0, _place(request)
    try:
        async for piece in request.stream():
            seen += len(piece)
            if seen > _FARTHEST * most:
                return None
            before = len(form.octets)
            form.feed(piece)
            if form.is_over:
                form.let_go()
                _unfinished.release(form)
            else:
                _unfinished.hold(form, place, len(form.octets) - before, MEMORY_OCTETS)
    except ClientDisconnect:
        return None
    finally:
        _unfinished.release(form)
    form.close()
    found = None if form.is_over else await asyncio.to_thread(read, kind, bytes(form.octets))
    if found is None:
        return None
    large = tuple((file_name(name), size) for name, size in form.large)
    return Sent(found.fields, found.files, large)


class _Body:
    """The octets of a form that comes."""

    def __init__(self) -> None:
        self.octets, self.is_over = bytearray(), False

    def let_go(self) -> None:
        """Keeps nothing: it is too much, or others need the room."""
        self.is_over = True
        self.octets.clear()


def _place(request: Request) -> str:
    return network.place(request.client.host if request.client else "")


async def _body(request: Request, most: int) -> bytes | None:
    """The octets that were sent. Somewhat more than `most` are read to their end and not kept: a
    browser shows no answer before it has sent all that it wants to."""
    body, seen, place = _Body(), 0, _place(request)
    try:
        async for piece in request.stream():
            seen += len(piece)
            if seen > 3 * most:
                return None
            if seen > most:
                body.let_go()
                _unfinished.release(body)
            if not body.is_over:
                body.octets += piece
                _unfinished.hold(body, place, len(piece), MEMORY_OCTETS)
    except ClientDisconnect:
        return None
    finally:
        _unfinished.release(body)
    return None if body.is_over else bytes(body.octets)


def read(kind: str, octets: bytes) -> Sent | None:
    """A form by its Content-Type and octets; None when they cannot be read."""
    if kind.partition(";")[0].strip().lower() == "multipart/form-data":
        return _parts(kind, octets)
    try:
        pairs = parse_qsl(octets.decode("utf-8", "replace"), True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields.setdefault(name, _text(value))
    return Sent(fields)


def _parts(kind: str, octets: bytes) -> Sent | None:
    """Leaf parts, by the name in their disposition (RFC 7578 4.2)."""
    raw = b"Content-Type: " + kind.encode("latin-1", "replace") + b"\r\n\r\n" + octets
    try:
        root, _ = structure.tree(raw, split(raw))
    except SoliCommError:
        return None
    fields: dict[str, str] = {}
    files: list[Upload] = []
    for part in root.parts[:MOST_FIELDS]:
        said = header.parametrised(part.fields.get("content-disposition", "")).params
        name, data = said.get("name", ""), raw[part.start : part.stop]
        if not name:
            continue
        if "filename" not in said:
            fields.setdefault(name, _text(data.decode("utf-8", "replace")))
        elif data:
            said_type = part.fields.get("content-type", "").partition(";")[0].strip()
            files.append(Upload(name, file_name(said["filename"]), data, media_type(said_type)))
    return Sent(fields, tuple(files))


def file_name(name: str) -> str:
    """The last part of a name that a browser gave, on one line; some tell the whole path."""
    return one_line(name.replace("\\", "/").rpartition("/")[2], _LONGEST_NAME)


def _text(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
