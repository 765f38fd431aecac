"""Fetches a document from somebody else's web server, within limits. Blocking; no proxies.

A server that is slow, endless, or sends us elsewhere costs at most MAX_OCTETS of memory and
MAX_SECONDS an answer. It cannot send us into our own network: what it names is asked only when it
lies in the internet, or where the address lies that we were given. Raises FetchError, which says
what happened at which address.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit, urlunsplit

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError

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
_CHUNK = 64 * 1024
_FIRST_WAIT = 10  # seconds, when a busy server does not say how long


class FetchError(SoliCommError):
    """Another server gave no answer that can be used, now."""

    exit_code = 75


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


def fetch(url: str, *, sleep: Callable[[float], None] = time.sleep) -> bytes:
    """The octets at `url`, redirects followed, waiting while the server is busy."""
    waited, redirects, place = 0.0, 0, checked_url(url)
    named = urlsplit(place).netloc
    while True:
        status, headers, body = _ask(place, inside=urlsplit(place).netloc == named)
        if status in (301, 302, 303, 307, 308):
            redirects += 1
            if redirects > MAX_REDIRECTS:
                raise FetchError(f"{url}: the server sends us on more than {MAX_REDIRECTS} times")
            target = checked_url(urljoin(place, headers.get("Location", "")))
            if place.startswith("https:") and target.startswith("http:"):
                raise FetchError(f"{url}: the server sends us from https to http")
            place = target
        elif status == 503:
            seconds = _wanted(headers.get("Retry-After", ""))
            waited += seconds
            if waited > MAX_WAIT:
                raise FetchError(f"{url}: the server is busy. Try again in {seconds:.0f} seconds")
            sleep(seconds)
        elif status != 200:
            raise FetchError(f"{url}: the server answers {status}")
        else:
            return body


def post(url: str, body: bytes, *, seconds: float = _PATIENCE) -> None:
    """Sends a short text to `url`; what is answered beyond the status is not read. Raises
    FetchError when it is not one of success."""
    status, _, _ = _ask(checked_url(url), inside=True, body=body, patience=seconds)
    if not 200 <= status < 300:
        raise FetchError(f"{url}: the server answers {status}")


def _ask(
    url: str, *, inside: bool, body: bytes | None = None, patience: float = _PATIENCE
) -> tuple[int, http.client.HTTPMessage, bytes]:
    """One request and its answer; with a `body` it is a POST. Without `inside` nothing is sent to
    an address that is not of the internet: it is looked at when the connection stands, since a name
    may lead elsewhere later."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=patience)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    headers = {"Accept-Encoding": "gzip", "User-Agent": "SoliComm", "Connection": "close"}
    try:
        connection.connect()
        if not inside and not _is_outside(connection.sock):
            raise FetchError(f"{url}: the server sends us into our own network")
        with _ended_after(connection.sock, MAX_HEAD_SECONDS) as late:
            connection.request("GET" if body is None else "POST", target, body, headers)
            answer = connection.getresponse()
        if late.is_set():
            raise FetchError(f"{url}: the answer does not begin in {MAX_HEAD_SECONDS} seconds")
        got = b"".join(_body(answer, url)) if answer.status == 200 else b""
        return answer.status, answer.headers, got
    except (OSError, http.client.HTTPException, zlib.error) as error:
        reason = str(error) or type(error).__name__
        raise FetchError(f"{url}: no answer that can be read: {reason}") from error
    finally:
        connection.close()


def _is_outside(sock: socket.socket) -> bool:
    peer = ipaddress.ip_address(sock.getpeername()[0].partition("%")[0])
    return (getattr(peer, "ipv4_mapped", None) or peer).is_global


@contextlib.contextmanager
def _ended_after(sock: socket.socket, seconds: float) -> Iterator[threading.Event]:
    """Ends a connection whose other side draws out the beginning of its answer, and says so."""
    late = threading.Event()

    def end() -> None:
        late.set()
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _body(answer: http.client.HTTPResponse, url: str) -> Iterator[bytes]:
    """The octets as they come, unpacked."""
    packed = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip"):
        raise FetchError(f"{url}: the server packs its answer as {packed[:20]}, which we cannot")
    unpacking = zlib.decompressobj(wbits=31) if packed != "identity" else None
    end, size, came = time.monotonic() + MAX_SECONDS, 0, 0
    while chunk := answer.read1(_CHUNK):
        came += len(chunk)
        data = unpacking.decompress(chunk, MAX_OCTETS - size + 1) if unpacking else chunk
        size += len(data)
        if max(size, came) > MAX_OCTETS:
            raise FetchError(f"{url}: the answer has more than {MAX_OCTETS >> 20} MB")
        if time.monotonic() > end:
            raise FetchError(f"{url}: the answer takes more than {MAX_SECONDS} seconds")
        yield data
    if answer.length or (unpacking is not None and not unpacking.eof):
        raise FetchError(f"{url}: the answer broke off")


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
