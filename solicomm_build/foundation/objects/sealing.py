"""What is kept on machines of others, sealed with a key of the hub: AES-256-GCM (RFC 5116).

    solicomm-sealed 1 LF    nonce (12 random octets)    ciphertext    tag (16 octets)

It opens only under the name that it was sealed for: who has the store cannot give one object for
another, or read any. The key lies in `private/keys` and is the same on each machine of a hub.
"""

from __future__ import annotations

import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from solicomm_build.foundation.errors import StoreError

_MAGIC = b"solicomm-sealed 1\n"
_NONCE = 12
"""Random octets: 2**32 objects under one key before two could meet (NIST SP 800-38D 8.3)."""


def sealed(key: bytes, octets: bytes, name: str) -> bytes:
    """The octets for the eyes of who has the key alone, as the object of this name."""
    nonce = secrets.token_bytes(_NONCE)
    return _MAGIC + nonce + AESGCM(key).encrypt(nonce, octets, name.encode())


def opened(key: bytes, octets: bytes, name: str) -> bytes:
    """What was sealed under this name. Raises StoreError when it was not, or is damaged."""
    if not octets.startswith(_MAGIC):
        raise StoreError(f"{name}: not sealed by a hub (version 1)")
    start = len(_MAGIC) + _NONCE
    try:
        return AESGCM(key).decrypt(octets[len(_MAGIC) : start], octets[start:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise StoreError(
            f"{name}: damaged, or sealed with another key than private/keys/spool.key here"
        ) from error
