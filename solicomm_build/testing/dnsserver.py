"""A DNS server on loopback for tests: answers from a table, fails where told, counts questions.

UDP, and TCP on the same port for answers that do not fit (RFC 7766). Needs no library: a question's
octets are taken over into the answer.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import socketserver
import struct
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from solicomm_build.foundation.hub.config import HostPort

SERVFAIL = "SERVFAIL"
"""As a record: the server says that it failed."""
SILENT = "SILENT"
"""As a record: the server does not answer at all."""

_HEADER = struct.Struct("!6H")
_TXT, _IN, _LARGEST = 16, 1, 512
_TYPES = {"A": 1, "PTR": 12, "MX": 15, "AAAA": 28}


class DnsServer:
    """`records` maps names to TXT records, `others` (type, name) to records of other types as a
    zone file writes them; a name above one that is there exists too. All may be changed while it
    runs. `asked` counts questions by name."""

    def __init__(
        self, records: Mapping[str, Sequence[str]] | None = None, *, ttl: int = 60
    ) -> None:
        self.records: dict[str, Sequence[str]] = dict(records or {})
        self.others: dict[tuple[str, str], Sequence[str]] = {}
        self.ttl = ttl
        self.asked: Counter[str] = Counter()
        outer = self

        class Udp(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                question, sock = self.request
                reply = outer.reply(question)
                if reply and len(reply) > _LARGEST:
                    reply = reply[:2] + struct.pack("!H", 0x8600) + reply[4:6] + bytes(6)
                    reply += question[12 : _question_end(question)]
                if reply:
                    sock.sendto(reply, self.client_address)

        class Tcp(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                size = int.from_bytes(self.rfile.read(2), "big")
                reply = outer.reply(self.rfile.read(size))
                if reply:
                    self.wfile.write(len(reply).to_bytes(2, "big") + reply)

        self._servers: list[socketserver.BaseServer] = []
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Udp)
        self.address: HostPort = ("127.0.0.1", udp.server_address[1])
        self._servers.append(udp)
        with contextlib.suppress(OSError):  # the port may be taken for TCP; few tests need it
            socketserver.ThreadingTCPServer.allow_reuse_address = True
            self._servers.append(socketserver.ThreadingTCPServer(self.address, Tcp))
        for server in self._servers:
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def reply(self, question: bytes) -> bytes:
        """The answer to a question, both without TCP's length; empty to stay silent."""
        if len(question) < 17:
            return b""
        name = _name(question)
        self.asked[name] += 1
        records = self.records.get(name)
        names = (*self.records, *(other for _, other in self.others))
        known = any(one == name or one.endswith(f".{name}") for one in names)
        if records is not None and SILENT in records:
            return b""
        code = 2 if records is not None and SERVFAIL in records else 0 if known else 3
        answers = [] if code else self._answers(name, _kind(question), records or ())
        head = _HEADER.pack(
            int.from_bytes(question[:2], "big"), 0x8500 | code, 1, len(answers), 0, 0
        )
        return head + question[12 : _question_end(question)] + b"".join(answers)

    def _answers(self, name: str, kind: int, texts: Sequence[str]) -> list[bytes]:
        for word, number in _TYPES.items():
            if number == kind:
                found = self.others.get((word, name), ())
                return [_record(number, _data(word, text), self.ttl) for text in found]
        return [_txt(text, self.ttl) for text in texts]

    def close(self) -> None:
        """Stops answering."""
        for server in self._servers:
            server.shutdown()
            server.server_close()


@contextlib.contextmanager
def serving(records: Mapping[str, Sequence[str]], *, ttl: int = 60) -> Iterator[DnsServer]:
    """A server for the length of a block."""
    server = DnsServer(records, ttl=ttl)
    try:
        yield server
    finally:
        server.close()


def dead_address() -> HostPort:
    """A loopback port where nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        return "127.0.0.1", int(sock.getsockname()[1])


def _labels(question: bytes) -> Iterator[tuple[int, bytes]]:
    at = 12
    while at < len(question) and question[at]:
        yield at, question[at + 1 : at + 1 + question[at]]
        at += 1 + question[at]
    yield at, b""


def _name(question: bytes) -> str:
    return b".".join(label for _, label in _labels(question) if label).decode("latin-1").lower()


def _question_end(question: bytes) -> int:
    return list(_labels(question))[-1][0] + 5


def _txt(text: str, ttl: int) -> bytes:
    """A TXT record about the name that was asked for; long texts in strings of 255 octets."""
    octets = text.encode()
    strings = [octets[at : at + 255] for at in range(0, len(octets), 255)] or [b""]
    return _record(_TXT, b"".join(bytes([len(one)]) + one for one in strings), ttl)


def _record(kind: int, data: bytes, ttl: int) -> bytes:
    return b"\xc0\x0c" + struct.pack("!HHIH", kind, _IN, ttl, len(data)) + data


def _data(kind: str, text: str) -> bytes:
    """The octets of a record (RFC 1035 3.3.9, 3.3.12, 3.4.1; RFC 3596 2.2)."""
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(text).packed
    preference, _, host = text.rpartition(" ")
    labels = [label.encode("ascii") for label in host.strip(".").split(".") if label]
    name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!H", int(preference)) + name if kind == "MX" else name


def _kind(question: bytes) -> int:
    """The type that is asked for."""
    return int.from_bytes(question[_question_end(question) - 4 :][:2], "big")
