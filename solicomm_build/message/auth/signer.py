"""Signing by DKIM (RFC 6376), and what the DNS says about the keys. Verifying is dkim.py.

Pure: keys are handed in. Our own, on `cryptography`: the body of a post is hashed once, and so is
what all its copies have of the header; a copy costs one RSA operation: 0.27 ms of 0.29, where
dkimpy, in Python, takes 6.8.
"""

from __future__ import annotations

import binascii
import hashlib
from collections import deque
from collections.abc import Sequence
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from solicomm_build.foundation.errors import ContentError
from solicomm_build.message.auth import canonical

SELECTOR = "solicomm"
LIFETIME = 14 * 86_400
"""Seconds until a signature expires (x=): longer than any queue keeps a copy."""

SIGNED = (
    "from",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "to",
    "cc",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "in-reply-to",
    "references",
    "author",
    "list-id",
    "list-help",
    "list-post",
    "list-owner",
    "list-subscribe",
    "list-archive",
    "archived-at",
    "list-unsubscribe",
    "list-unsubscribe-post",
)
"""The fields we sign where they are there, in the order of h= (RFC 6376 5.4.1, RFC 8058 4)."""
OVERSIGNED = frozenset(
    {
        "from",
        "subject",
        "date",
        "to",
        "reply-to",
        "message-id",
        "content-type",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "list-id",
    }
)
"""Those that nobody may add another of (RFC 6376 5.4.2, 8.15)."""

_LINE = 74  # octets; CRLF SPACE before the next
_PADDING, _DIGEST = padding.PKCS1v15(), Prehashed(hashes.SHA256())


class Signer:
    """Signs for one domain with one key: rsa-sha256, or ed25519-sha256 (RFC 8463) by its kind.

    `key_pem` is an unencrypted PEM private key. Raises ContentError when it is none of ours, or an
    RSA key of less than 1,024 bits (RFC 8301 3.2). Safe for several threads.
    """

    def __init__(self, key_pem: bytes, domain: str, selector: str = SELECTOR) -> None:
        self.domain, self.selector = domain, selector
        self._key = _private_key(key_pem)
        is_rsa = isinstance(self._key, rsa.RSAPrivateKey)
        self.algorithm = "rsa-sha256" if is_rsa else "ed25519-sha256"

    def body_hash(self, body: bytes) -> str:
        """The bh= of a body (CRLF or LF): relaxed, SHA-256, base64. Once per post."""
        return _base64(hashlib.sha256(canonical.relaxed_body(body)).digest())

    def sign(self, header_fields: Sequence[bytes], body_hash: str, now: int) -> bytes:
        """The DKIM-Signature field, folded, with its CRLF; `now` in seconds since 1970.

        `header_fields` are the whole fields (`Name: value\\r\\n`) of the copy as it will be sent.
        """
        return self.shared(header_fields, body_hash).sign((), now)

    def shared(
        self, header_fields: Sequence[bytes], body_hash: str, own: Sequence[str] = ()
    ) -> Shared:
        """What signs the copies of one post, which have `header_fields` in common and above them
        one field each of the names in `own` (lower case, of `SIGNED`)."""
        return Shared(self, header_fields, body_hash, own)

    def finish(self, head: str, data: bytes) -> bytes:
        """A signature field from all of it up to `b=`, given what else it signs (relaxed).

        RFC 6376 3.7: the field itself is signed last, with an empty b= and without its CRLF.
        """
        return self.field(head, hashlib.sha256(data + _unsigned(head)).digest())

    def field(self, head: str, digest: bytes) -> bytes:
        """A signature field from all of it up to `b=`, and the SHA-256 of all that it signs."""
        value = _base64(self._signature(digest))
        pieces = [value[at : at + _LINE] for at in range(0, len(value), _LINE)]
        return (head + "\r\n ".join(pieces) + "\r\n").encode("ascii")

    def _signature(self, digest: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(digest, _PADDING, _DIGEST)
        return self._key.sign(digest)  # RFC 8463 3


class Shared:
    """Signs the copies of one post; made by `Signer.shared`. What is common to them is hashed once,
    so that a copy costs little beside the operation of its key. For any thread."""

    def __init__(
        self, signer: Signer, header_fields: Sequence[bytes], body_hash: str, own: Sequence[str]
    ) -> None:
        fields: dict[str, list[bytes]] = {}
        for field in map(canonical.relaxed_field, header_fields):
            fields.setdefault(field[: field.index(b":")].decode("latin-1"), []).append(field)
        names: list[str] = []
        rest: deque[bytes | int] = deque()  # relaxed fields, and places in `own`, as signed
        for name in SIGNED:
            present = fields.get(name, ())
            above = [place for place, one in enumerate(own) if one == name]
            names += [name] * (len(present) + len(above) + (name in OVERSIGNED))
            rest.extend([*reversed(present), *reversed(above)])
        self._signer, self._hash, self._names = signer, body_hash, folded_names(names)
        self._begun = hashlib.sha256()
        while rest and isinstance(rest[0], bytes):
            self._begun.update(rest[0])
            rest.popleft()
        self._rest = tuple(rest)
        self._head = self._headed(0)

    def sign(self, own: Sequence[bytes], now: int) -> bytes:
        """The DKIM-Signature field, folded, with its CRLF, of the copy with these fields, in the
        order of their names; `now` in seconds since 1970."""
        digest = self._begun.copy()
        for one in self._rest:
            digest.update(one if isinstance(one, bytes) else canonical.relaxed_field(own[one]))
        made = self._head
        if made[0] != now:
            self._head = made = self._headed(now)
        digest.update(made[2])
        return self._signer.field(made[1], digest.digest())

    def _headed(self, now: int) -> tuple[int, str, bytes]:
        """The time, all of the field up to `b=`, and that as it is signed."""
        signer = self._signer
        head = (
            f"DKIM-Signature: v=1; a={signer.algorithm}; c=relaxed/relaxed; d={signer.domain};\r\n"
            f" s={signer.selector}; t={now}; x={now + LIFETIME};\r\n{self._names};\r\n"
            f" bh={self._hash};\r\n b="
        )
        return now, head, _unsigned(head)


def _unsigned(head: str) -> bytes:
    """A signature field as it signs itself: relaxed, with an empty b=, without its CRLF."""
    return canonical.relaxed_field(head.encode("ascii"))[:-2]


def folded_names(names: Sequence[str]) -> str:
    """` h=` and field names, folded at colons (RFC 6376 3.5)."""
    lines, line = [], " h="
    for at, name in enumerate(names):
        word = name if at == len(names) - 1 else f"{name}:"
        if len(line) + len(word) > _LINE:
            lines.append(line)
            line = " "
        line += word
    return "\r\n".join([*lines, line])


def new_key(kind: Literal["rsa", "ed25519"] = "rsa") -> bytes:
    """A fresh private key as PEM: RSA of 2,048 bits (RFC 8301 3.2), or Ed25519."""
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    else:
        key = ed25519.Ed25519PrivateKey.generate()
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def key_record(key_pem: bytes) -> str:
    """What the DNS says about a key (RFC 6376 3.6.1, RFC 8463 4). Raises ContentError."""
    key = _private_key(key_pem).public_key()
    if isinstance(key, rsa.RSAPublicKey):
        form, encoding = serialization.PublicFormat.SubjectPublicKeyInfo, serialization.Encoding.DER
        return f"v=DKIM1; k=rsa; p={_base64(key.public_bytes(encoding, form))}"
    return f"v=DKIM1; k=ed25519; p={_base64(key.public_bytes_raw())}"


def _private_key(pem: bytes) -> rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey:
    try:  # not whether its factors are primes: who made it knows, and to see it takes 40 ms
        key = serialization.load_pem_private_key(
            pem, password=None, unsafe_skip_rsa_key_validation=True
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 1024 and _fits(key):
        return key
    raise ContentError(
        "this is not a private key that DKIM can use",
        remedy="It has to be RSA of 2,048 bits or Ed25519, in PEM, without a password",
    )


def _fits(key: rsa.RSAPrivateKey) -> bool:
    """Whether the numbers of a key belong together (RFC 8017 3.2): one signature by a key of which
    one was damaged may tell the key."""
    own = key.private_numbers()
    p, q, d = own.p, own.q, own.d
    return (
        min(p, q) > 1
        and p * q == own.public_numbers.n
        and all(d * own.public_numbers.e % (one - 1) == 1 for one in (p, q))
        and (own.dmp1, own.dmq1) == (d % (p - 1), d % (q - 1))
        and own.iqmp * q % p == 1
    )


def _base64(octets: bytes) -> str:
    return binascii.b2a_base64(octets, newline=False).decode("ascii")
