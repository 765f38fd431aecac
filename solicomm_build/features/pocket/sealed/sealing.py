"""How a package is sealed: AES-256-GCM, its key wrapped by a passphrase (docs/formats/stick.md).

The words are generated, never chosen: whoever has the stick may guess for as long as they like.
"""

from __future__ import annotations

import hashlib
import secrets

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from solicomm_build.foundation.hub import identity as identities

ITERATIONS = 600_000
"""Of PBKDF2-HMAC-SHA-256."""
BUCKET = 4096
"""Octets: every payload is a multiple of it, so that its size tells little."""
SCHEMA = "solicomm/sealed@1"

_WORDS = 5  # of 16 bits each: 80 bits, 77 are asked for
_NONCE, _TAG, _LENGTH = 12, 16, 4


def new_words() -> str:
    """A passphrase of 80 bits, in words that can be said."""
    return identities.spoken(secrets.token_bytes(2 * _WORDS))


def new_key() -> bytes:
    """The key of one package: 256 bits, used for this writing alone."""
    return AESGCM.generate_key(256)


def new_salt() -> bytes:
    """For one package's passphrase."""
    return secrets.token_bytes(16)


def from_words(words: str, salt: bytes) -> bytes:
    """The key that a passphrase makes; spaces and capitals do not count. A fifth of a second."""
    said = " ".join(words.lower().split()).encode()
    return hashlib.pbkdf2_hmac("sha256", said, salt, ITERATIONS, 32)


def sealed(key: bytes, text: bytes, about: bytes) -> bytes:
    """Nonce (96 random bits), ciphertext and tag of a text that is filled up with zeros, so that
    all of it is a multiple of BUCKET. It opens only as what `about` says that it is."""
    filled = len(text).to_bytes(_LENGTH, "big") + text
    filled += bytes(-(len(filled) + _NONCE + _TAG) % BUCKET)
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, filled, about)
