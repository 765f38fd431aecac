"""Ed25519 signatures (RFC 8032) over octets. Pure: keys are handed in.

What the hub says of its own, such as who is a moderator, is signed with a key of its own, so that
a clone can be asked whether a line was the hub's (people/grant.py). The library is loaded
when something is signed or proved: a hook of git that meets no such line begins sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from solicomm_build.foundation.errors import ContentError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def new_key() -> bytes:
    """A fresh private key as PEM."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def sign(pem: bytes, octets: bytes) -> bytes:
    """The 64 octets that vouch for `octets`; the same ones every time. Raises ContentError."""
    return _private(pem).sign(octets)


def public(pem: bytes) -> bytes:
    """The 32 octets of the public half of a private key. Raises ContentError."""
    return _private(pem).public_key().public_bytes_raw()


def holds(public_key: bytes, octets: bytes, signature: bytes) -> bool:
    """Whether the owner of a public key signed these octets."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, octets)
    except (InvalidSignature, ValueError):
        return False
    return True


def _private(pem: bytes) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = serialization.load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ContentError("this is no private key", remedy="Bring it back from a copy") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ContentError("this is no Ed25519 key", remedy="Bring it back from a copy")
    return key
