"""Ports of loopback for servers that a test starts."""

from __future__ import annotations

import secrets
import socket

_FIRST, _LAST = 10_240, 32_767
"""Below those that the kernel gives to connections out: none of these takes the port before the
server is there. Picked by chance, since other tests run beside."""


def free_port() -> int:
    """A port where nobody listens."""
    return free_ports(1)[0]


def free_ports(count: int) -> list[int]:
    """So many of them, each another."""
    found = set[int]()
    while len(found) < count:
        port = _FIRST + secrets.randbelow(_LAST - _FIRST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.add(port)
    return list(found)
