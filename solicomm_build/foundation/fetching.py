"""Fetches a document from somebody else's web server, within limits. Blocking; no proxies.

A server that is slow, endless, or sends us elsewhere costs at most MAX_OCTETS of memory and
MAX_SECONDS an answer, or what whoever asks has set. It cannot send us into our own network: what it
names is asked only when it lies in the internet, or where the address lies that we were given.
Raises FetchError, which says what happened at which address.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import selectors
import socket
import ssl
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.network import is_of_internet as _is_outside

MAX_OCTETS = 32 << 20
"""Octets of an answer, packed or unpacked."""
MAX_SECONDS = 300
"""Of one answer from its first octet to its last."""
MAX_HEAD_SECONDS = 90
"""Until the head of an answer is there, however slowly it comes."""
MAX_REDIRECTS = 3
MAX_WAIT = 300
"""Seconds that we wait in all when a server says it is busy (503, RFC 9110 10.2.3)."""
_PATIENCE = 60  # seconds without an octet
_HEAD_START = 1.0  # seconds of an address before the next is tried beside it
_MOST_ADDRESSES = 20  # of one server
_CHUNK = 64 * 1024
_FIRST_WAIT = 10  # seconds, when a busy server does not say how long


_Found = tuple[int, int, int, str, Any]
"""One of socket.getaddrinfo."""


class FetchError(SoliCommError):
    """Another server gave no answer that can be used, now."""

    exit_code = 75


class NoAnswerError(FetchError):
    """Nobody answered, or a line broke: another time it may be otherwise."""


class StatusError(FetchError):
    """Another server answered with a status that is none of success."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(f"{url}: the server answers {status}")
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, whatever its status. `body` is there for status 200 alone."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Octets of an answer, which is not read with 0; seconds until its head is there, and from its
    first octet to the last; seconds without an octet."""

    octets: int
    head: float
    whole: float
    patience: float


def _usual(patience: float = _PATIENCE) -> _Bounds:
    return _Bounds(MAX_OCTETS, MAX_HEAD_SECONDS, MAX_SECONDS, patience)


def _bounds_within(seconds: float) -> _Bounds:
    times = (min(most, seconds) for most in (MAX_HEAD_SECONDS, MAX_SECONDS, _PATIENCE))
    return _Bounds(MAX_OCTETS, *times)


def checked_url(text: str) -> str:
    """An address in its one spelling. Raises FetchError for what is not http or https."""
    try:
        parts = urlsplit(text.strip())
        netloc = parts.netloc.lower()
        port = parts.port
    except ValueError:
        raise FetchError(f"{text[:200]} is no address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not text.isascii():
        raise FetchError(f"{text[:200]} is no address of http or https")
    if "@" in netloc or port == 0:
        raise FetchError(f"{parts.hostname}: names and passwords in addresses are not sent")
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def fetch(
    url: str, *, sleep: Callable[[float], None] = time.sleep, seconds: float = MAX_SECONDS
) -> bytes:
    """The octets at `url`, redirects followed, waiting while the server is busy. No answer takes
    more than `seconds`, nor more than any may."""
    return _followed(url, sleep, _bounds_within(seconds)).body


def fetch_on(url: str, part: Path) -> None:
    """Fetches what is at `url` into a file, from where it ends: what came before a line broke is
    not asked for again. Whether it is all of one thing is for the caller to see. One at a time."""
    try:
        _followed(url, time.sleep, _bounds_within(MAX_SECONDS), part)
    except StatusError as error:
        if error.status == 416:  # RFC 9110 15.5.17: it is another one by now, and shorter
            part.unlink(missing_ok=True)
        raise


def _followed(
    url: str, sleep: Callable[[float], None], bounds: _Bounds, part: Path | None = None
) -> Answer:
    waited, redirects, place = 0.0, 0, checked_url(url)
    named = urlsplit(place).netloc
    while True:
        is_inside = urlsplit(place).netloc == named
        found = _ask(place, inside=is_inside, bounds=bounds, part=part)
        status, headers = found.status, found.headers
        if status in (301, 302, 303, 307, 308):
            redirects += 1
            if redirects > MAX_REDIRECTS:
                raise FetchError(f"{url}: the server sends us on more than {MAX_REDIRECTS} times")
            target = checked_url(urljoin(place, headers.get("Location", "")))
            if place.startswith("https:") and target.startswith("http:"):
                raise FetchError(f"{url}: the server sends us from https to http")
            place = target
        elif status == 503:
            wanted = _wanted(headers.get("Retry-After", ""))
            waited += wanted
            if waited > MAX_WAIT:
                raise FetchError(f"{url}: the server is busy. Try again in {wanted:.0f} seconds")
            sleep(wanted)
        elif status == 200 or (status == 206 and part is not None):
            return found
        else:
            raise StatusError(url, status)


def post(url: str, body: bytes, *, seconds: float = _PATIENCE) -> None:
    """Sends a short text to `url`; what is answered beyond the status is not read. Raises
    FetchError when it is not one of success."""
    bounds = _Bounds(0, seconds, seconds, seconds)
    status = _ask(checked_url(url), inside=True, body=body, bounds=bounds).status
    if not 200 <= status < 300:
        raise FetchError(f"{url}: the server answers {status}")


def exchange(
    url: str,
    headers: Mapping[str, str],
    body: bytes | None = None,
    *,
    inside: bool = False,
    octets: int = MAX_OCTETS,
    seconds: float = _PATIENCE,
) -> Answer:
    """One request and its answer; with a `body` it is a POST. No redirect is followed. The answer
    has `octets` at most, and `seconds` each until it begins and until it ends. Nothing at all is
    sent to an address that is not of the internet, unless it may lie `inside`."""
    bounds = _Bounds(octets, seconds, seconds, seconds)
    return _ask(checked_url(url), inside=inside, body=body, bounds=bounds, headers=headers)


_NOTHING: Mapping[str, str] = {}


def _ask(
    url: str,
    *,
    inside: bool,
    body: bytes | None = None,
    bounds: _Bounds | None = None,
    headers: Mapping[str, str] = _NOTHING,
    part: Path | None = None,
) -> Answer:
    """One request and its answer, whose octets go into `part`, where there is one, behind what is
    there. Without `inside` nobody is asked whose address is not of the internet."""
    parts, bounds = urlsplit(url), bounds or _usual()
    if part is not None:
        had = part.stat().st_size if part.exists() else 0
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={had}-"} if had else {})}
    connection = _prepared(parts, bounds.patience)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    usual = {"Accept-Encoding": "gzip", "User-Agent": "SoliComm", "Connection": "close"}
    try:
        connection.sock = _connected(parts, connection.port, bounds.patience, inside=inside)
        with _ended_after(connection.sock, bounds.head, url):
            method = "GET" if body is None else "POST"
            connection.request(method, target, body, {**usual, **headers})
            answer = connection.getresponse()
        if part is not None and answer.status in (200, 206):
            _put(answer, url, bounds, part)
            return Answer(answer.status, answer.headers, b"")
        is_read = answer.status == 200 and bounds.octets > 0
        got = b"".join(_body(answer, url, bounds)) if is_read else b""
        return Answer(answer.status, answer.headers, got)
    except ConnectionRefusedError as error:
        raise NoAnswerError(f"nobody answers at {url}") from error
    except (OSError, http.client.HTTPException, zlib.error) as error:
        reason = getattr(error, "strerror", "") or str(error) or type(error).__name__
        raise NoAnswerError(f"{url}: no answer that can be read: {reason}") from error
    finally:
        connection.close()


def _prepared(parts: SplitResult, patience: float) -> http.client.HTTPConnection:
    """What speaks with the server of an address. Its port is always told: of an IPv6 address
    without one http.client takes the last group for it."""
    host, is_safe = parts.hostname or "", parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    try:
        host.encode("idna")  # as who looks the name up does: no part may be empty, or too long
        return kind(host, parts.port or kind.default_port, timeout=patience)
    except (UnicodeError, http.client.InvalidURL) as error:
        raise FetchError(f"{parts.geturl()}: no server can be called {host[:100]!r}") from error


def _connected(parts: SplitResult, port: int, patience: float, *, inside: bool) -> socket.socket:
    """A connection to the server of an address. Without `inside` each of its IP addresses is looked
    at before anything is sent there: a name may lead elsewhere every time it is looked up."""
    host = parts.hostname or ""
    if inside:
        sock = _inside(host, port, patience)
    else:
        sock = _outside(parts.geturl(), host, port, patience)
    if parts.scheme != "https":
        return sock
    try:
        return ssl.create_default_context().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise


def _inside(host: str, port: int, patience: float) -> socket.socket:
    found: Sequence[_Found] = ()
    with contextlib.suppress(OSError):  # whoever connects says what is wrong with the name
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    if found and [str(one[4][0]) for one in found] != [host]:
        return _first(found, patience)
    return socket.create_connection((host, port), patience)


def _outside(url: str, host: str, port: int, patience: float) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    there = [one for one in found if _is_outside(str(one[4][0]))]
    if not there:
        raise FetchError(f"{url}: the server sends us into our own network")
    return _first(there, patience)


def _first(found: Sequence[_Found], patience: float) -> socket.socket:
    """A connection to the first of a server's addresses that answers; each has a start before the
    next (RFC 8305 5), so that a way that leads nowhere, as IPv6 may, costs a moment. Raises
    OSError."""
    left = deque(found[:_MOST_ADDRESSES])
    fault: OSError = TimeoutError("timed out")
    end, next_at = time.monotonic() + patience, 0.0
    with selectors.DefaultSelector() as waiting:
        try:
            while (left or waiting.get_map()) and (now := time.monotonic()) < end:
                if left and (now >= next_at or not waiting.get_map()):
                    next_at = now + _HEAD_START
                    try:
                        waiting.register(_begun(*left.popleft()), selectors.EVENT_WRITE)
                    except OSError as error:
                        fault, next_at = error, now
                        continue
                for key, _ in waiting.select((min(next_at, end) if left else end) - now):
                    sock = cast(socket.socket, key.fileobj)
                    waiting.unregister(sock)
                    if not (code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
                        sock.settimeout(patience)
                        return sock
                    sock.close()
                    fault, next_at = OSError(code, os.strerror(code)), now
        finally:
            for key in tuple(waiting.get_map().values()):
                cast(socket.socket, key.fileobj).close()
    raise fault


def _begun(family: int, kind: int, protocol: int, _name: str, address: Any) -> socket.socket:
    """A connection that is being made. Raises OSError."""
    sock = socket.socket(family, kind, protocol)
    sock.setblocking(False)
    code = sock.connect_ex(address)
    if code not in (0, errno.EINPROGRESS):
        sock.close()
        raise OSError(code, os.strerror(code))
    return sock


@contextlib.contextmanager
def _ended_after(sock: socket.socket, seconds: float, url: str) -> Iterator[None]:
    """Ends a connection whose other side draws out the beginning of its answer. Raises FetchError
    then, whatever a connection says that was ended: no answer, a broken one, or a reset."""
    late = threading.Event()

    def end() -> None:
        late.set()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (OSError, http.client.HTTPException):
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():
        raise NoAnswerError(f"{url}: the answer does not begin in {seconds:.0f} seconds")


def _body(answer: http.client.HTTPResponse, url: str, bounds: _Bounds) -> Iterator[bytes]:
    """The octets as they come, unpacked."""
    packed = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip"):
        raise FetchError(f"{url}: the server packs its answer as {packed[:20]}, which we cannot")
    unpacking = zlib.decompressobj(wbits=31) if packed != "identity" else None
    end, size, came = time.monotonic() + bounds.whole, 0, 0
    while chunk := answer.read1(_CHUNK):
        came += len(chunk)
        data = unpacking.decompress(chunk, bounds.octets - size + 1) if unpacking else chunk
        size += len(data)
        if max(size, came) > bounds.octets:
            raise FetchError(f"{url}: the answer has more than {_said(bounds.octets)}")
        if time.monotonic() > end:
            raise NoAnswerError(f"{url}: the answer takes more than {bounds.whole:.0f} seconds")
        yield data
    if answer.length or (unpacking is not None and not unpacking.eof):
        raise NoAnswerError(f"{url}: the answer broke off")


def _put(answer: http.client.HTTPResponse, url: str, bounds: _Bounds, part: Path) -> None:
    """Into a file: behind what is there, or in its place where all comes (RFC 9110 14.2)."""
    with part.open("ab") as file:
        if answer.status == 200:
            file.truncate(0)
        had = file.seek(0, os.SEEK_END)
        if had and not answer.headers.get("Content-Range", "").startswith(f"bytes {had}-"):
            raise FetchError(f"{url}: the server gives another part than it was asked for")
        for piece in _body(answer, url, replace(bounds, octets=bounds.octets - had)):
            file.write(piece)


def _said(octets: int) -> str:
    return f"{octets >> 20} MB" if octets >> 20 else f"{octets >> 10} KB"


def _wanted(retry_after: str) -> float:
    """How many seconds a busy server wants: a number or a date, at least one."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return max(1.0, float(text[:9]))
    try:
        moment: datetime = parsedate_to_datetime(text)
        return max(1.0, moment.timestamp() - clock.timestamp())
    except (TypeError, ValueError, OverflowError):
        return _FIRST_WAIT
