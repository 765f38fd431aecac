"""Signatures as OpenSSH makes them, with Ed25519 keys (PROTOCOL.sshsig of OpenSSH; RFC 8709).

Pure. `ssh-keygen -Y verify` and `git verify-tag` read what `sign` writes, so that nobody needs this
program to know who signed something.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from solicomm_build.foundation.errors import ContentError

BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
LONGEST = 1000  # characters of an armoured signature; an Ed25519 one has 300

_MAGIC = b"SSHSIG"
_KIND = b"ssh-ed25519"
_HASH = b"sha512"
_PUBLIC = re.compile(r"ssh-ed25519 ([A-Za-z0-9+/]{60,80}={0,2})")


def sign(data: bytes, pem: bytes, namespace: str) -> str:
    """The armoured signature of `data` by the key in a file of OpenSSH, several lines with a line
    end. The namespace says what it was made for, so that it is no use elsewhere. Raises
    ValueError."""
    key = _private_key(pem)
    signature = _string(_KIND) + _string(key.sign(_signed(data, namespace)))
    fields = (_blob(key.public_key()), namespace.encode(), b"", _HASH, signature)
    body = base64.b64encode(_MAGIC + struct.pack(">I", 1) + b"".join(map(_string, fields)))
    lines = [body[at : at + 70].decode("ascii") for at in range(0, len(body), 70)]
    return "\n".join((BEGIN, *lines, END)) + "\n"


def verify(data: bytes, armoured: str, namespace: str) -> str:
    """The public key (`ssh-ed25519 AAAA…`) that signed `data` for this namespace. Raises
    ContentError when the signature does not hold, or is of another kind."""
    try:
        key, signature = _read(armoured, namespace)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, _signed(data, namespace))
    except (ValueError, struct.error, InvalidSignature) as error:
        remedy = "It was changed on its way, or somebody else made it; get it anew"
        raise ContentError("the signature does not fit", remedy=remedy) from error
    return _named(_string(_KIND) + _string(key))


def public_key(pem: bytes) -> str:
    """The public key of a private one in a file of OpenSSH, as that writes it, without a comment.
    Raises ValueError when it is none of Ed25519."""
    return _named(_blob(_private_key(pem).public_key()))


def checked(text: str) -> str:
    """A public key as OpenSSH writes it. Raises ValueError when it is none of Ed25519."""
    match = _PUBLIC.fullmatch(text)
    if match is None:
        raise ValueError("not a key such as `ssh-ed25519 AAAA…`")
    kind, key = _strings(base64.b64decode(match[1], validate=True), 2)
    if kind != _KIND or len(key) != 32:
        raise ValueError("not a key of Ed25519")
    return text


def digest(public: str) -> bytes:
    """The SHA-256 of a public key, as `ssh-keygen -l` shows it. Raises ValueError."""
    return hashlib.sha256(base64.b64decode(checked(public).split(" ")[1])).digest()


def new_key() -> bytes:
    """A new private key as a file of OpenSSH."""
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    )


@lru_cache(maxsize=4)
def _private_key(pem: bytes) -> Ed25519PrivateKey:
    key = serialization.load_ssh_private_key(pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("not a key of Ed25519")
    return key


def _signed(data: bytes, namespace: str) -> bytes:
    """What is really signed: the hash of the data, with what it is for."""
    fields = (namespace.encode(), b"", _HASH, hashlib.sha512(data).digest())
    return _MAGIC + b"".join(map(_string, fields))


def _read(armoured: str, namespace: str) -> tuple[bytes, bytes]:
    """The key and the signature in an armoured one. Raises ValueError or struct.error."""
    text = armoured.strip()
    if len(text) > LONGEST or not (text.startswith(BEGIN) and text.endswith(END)):
        raise ValueError("no SSH signature")
    try:
        inner = "".join(text[len(BEGIN) : -len(END)].split())
        body = base64.b64decode(inner, validate=True)
    except binascii.Error as error:
        raise ValueError("no SSH signature") from error
    if body[:10] != _MAGIC + struct.pack(">I", 1):
        raise ValueError("no SSH signature")
    key, space, _, hashed, signature = _strings(body[10:], 5)
    if space != namespace.encode() or hashed != _HASH:
        raise ValueError("signed for something else")
    kind, public = _strings(key, 2)
    other, made = _strings(signature, 2)
    if kind != _KIND or other != _KIND:
        raise ValueError("not a key of Ed25519")
    return public, made


def _strings(data: bytes, count: int) -> list[bytes]:
    """That many strings (RFC 4251 5), and nothing after them."""
    found = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data)
        if len(data) < 4 + length:
            raise ValueError("cut off")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    if data:
        raise ValueError("something after the end")
    return found


def _string(data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + data


def _blob(key: Ed25519PublicKey) -> bytes:
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return _string(_KIND) + _string(raw)


def _named(blob: bytes) -> str:
    return f"{_KIND.decode()} {base64.b64encode(blob).decode('ascii')}"
