"""Sealed for one hub, and of a length that tells little of what is within. Pure."""

from __future__ import annotations

from solicomm_build.features.network.trust import sealing
from solicomm_build.foundation.hub.identity import Identity

LEAST = 4096
_HEAD = 8  # octets that say how long the content is


def sealed(content: bytes, key: str) -> bytes:
    """The content for the hub of this key alone, filled up with zeros."""
    size = _HEAD + len(content)
    return sealing.seal(len(content).to_bytes(_HEAD) + content + bytes(room(size) - size), key)


def opened(blob: bytes, identity: Identity) -> bytes:
    """What another hub sealed for this one. Raises ContentError."""
    whole = sealing.open_(blob, identity)
    size = int.from_bytes(whole[:_HEAD])
    if len(whole) < _HEAD or size > len(whole) - _HEAD:
        raise sealing.closed()
    return whole[_HEAD : _HEAD + size]


def room(size: int) -> int:
    """Octets that something of this size is filled up to: 4 KiB at least, and an eighth more at
    most beyond that."""
    step = max(LEAST, 1 << max(0, size.bit_length() - 4))
    return -(-size // step) * step
