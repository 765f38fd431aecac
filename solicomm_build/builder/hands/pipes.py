"""Values in pipes and on the way between machines: the builder, its pool, a worker and its helper.

A pipe has four octets of length (big endian) and a pickle, one after the other. What one machine
says to another is packed where it is said and unpacked where it is used: whoever passes it on loads
nothing of what it is about.
"""

from __future__ import annotations

import pickle
import struct
from typing import IO, Any

_SIZE = struct.Struct("!I")


def pack(value: object) -> bytes:
    """A value as octets."""
    return pickle.dumps(value, protocol=5)


def unpack(octets: bytes) -> Any:
    """The value. Only of our own processes, and of machines that have the hub's key."""
    return pickle.loads(octets)  # noqa: S301 - see above


def send(stream: IO[bytes], value: object) -> None:
    """Writes one value."""
    octets = pack(value)
    stream.write(_SIZE.pack(len(octets)) + octets)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """The next value. Raises EOFError when there is none."""
    head = stream.read(_SIZE.size)
    if len(head) < _SIZE.size:
        raise EOFError
    (size,) = _SIZE.unpack(head)
    octets = stream.read(size)
    if len(octets) < size:
        raise EOFError
    return unpack(octets)
