"""DKIM (RFC 6376): signing what goes out, verifying what came in and what leaves.

Pure: keys and the DNS are handed in. Signing is our own, on `cryptography`: the body of a post is
hashed once and each copy signs its header only, so that a copy costs one RSA operation: 0.26 ms
where dkimpy, in Python, takes 6.8. Verification is dkimpy's, and this is the only module that knows
it; what it would spend too long on is kept from it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple

import dkim
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from solicomm_build.foundation.errors import ContentError, MessageError, NameLookupError
from solicomm_build.message.auth import canonical

SELECTOR = "solicomm"
LIFETIME = 14 * 86_400
"""Seconds until a signature expires (x=): longer than any queue keeps a copy."""

KeyLookup = Callable[[str], bytes | None]
"""From `selector._domainkey.domain` to the key record; None when there is none. May raise
NameLookupError."""

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

_MOST = 8  # signatures looked at; each is a DNS query that a sender can make us ask
LONGEST = 4096  # octets of a signature; dkimpy's patterns cost the square of it
_LINE = 74  # octets; CRLF SPACE before the next
_FRAME = ("from", "subject", "content-type")
"""Fields that a signature has to take, each as often as it is there: who wrote, what about, and how
the body is read. Whoever may change one of them may make another message of it (RFC 6376 8.15)."""
FAULTS = (
    dkim.DKIMException,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    AssertionError,
    NameError,
    ArithmeticError,
    RecursionError,
)
"""What dkimpy has been seen to raise, or may, on input that is not DKIM."""


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
        fields: dict[str, list[bytes]] = {}
        for field in map(canonical.relaxed_field, header_fields):
            fields.setdefault(field[: field.index(b":")].decode("latin-1"), []).append(field)
        names: list[str] = []
        data: list[bytes] = []
        for name in SIGNED:
            present = fields.get(name, ())
            names += [name] * (len(present) + (name in OVERSIGNED))
            data += reversed(present)
        head = (
            f"DKIM-Signature: v=1; a={self.algorithm}; c=relaxed/relaxed; d={self.domain};\r\n"
            f" s={self.selector}; t={now}; x={now + LIFETIME};\r\n{folded_names(names)};\r\n"
            f" bh={body_hash};\r\n b="
        )
        return self.finish(head, b"".join(data))

    def finish(self, head: str, data: bytes) -> bytes:
        """A signature field from all of it up to `b=`, given what else it signs (relaxed).

        RFC 6376 3.7: the field itself is signed last, with an empty b= and without its CRLF.
        """
        own = canonical.relaxed_field(head.encode("ascii"))[:-2]
        value = self._signature(data + own)
        pieces = [value[at : at + _LINE] for at in range(0, len(value), _LINE)]
        return (head + "\r\n ".join(pieces) + "\r\n").encode("ascii")

    def _signature(self, data: bytes) -> str:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return _base64(self._key.sign(data, padding.PKCS1v15(), hashes.SHA256()))
        return _base64(self._key.sign(hashlib.sha256(data).digest()))  # RFC 8463 3


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


# -- verification -------------------------------------------------------------------------------


class Result(NamedTuple):
    """What became of one signature, in the words of RFC 8601 2.7.1. One that matches but leaves
    room for another's words is `policy`, no pass: `l=` that ends before the body does, or From,
    Subject or Content-Type not signed as often as they are there. `matches` says that it holds
    as RFC 6376 has it, which is all that most receivers ask."""

    domain: str
    selector: str
    result: Literal["pass", "fail", "neutral", "temperror", "permerror", "policy"]
    reason: str = ""
    matches: bool = False


def verify(
    raw: bytes, lookup: KeyLookup, *, wanted: Callable[[str], bool] | None = None
) -> tuple[Result, ...]:
    """Each DKIM-Signature of a message, from the top; with `wanted`, those whose d= it accepts.

    Never raises, save what `lookup` raises beyond NameLookupError. Expiry is judged by the
    machine's own time. At most eight signatures are tried; what is too large to try is `policy`.
    """
    try:
        fields = [
            (at, field)
            for at, field in enumerate(
                one
                for one in canonical.fields_of(raw)
                if canonical.name_of(one) == "dkim-signature"
            )
        ]
        message = _Message(raw) if fields else None
    except (MessageError, *FAULTS) as error:
        return (Result("", "", "permerror", _short(error)),)
    results: list[Result] = []
    for at, field in fields:
        domain, selector = _named(field)
        if message is None or (wanted is not None and not wanted(domain)):
            continue
        if len(results) >= _MOST or len(field) > LONGEST:
            results.append(Result(domain, selector, "policy", "more than is looked at"))
            continue
        results.append(Result(domain, selector, *message.outcome(at, lookup)))
    return tuple(results)


def passes(raw: bytes, lookup: KeyLookup, aligned: Callable[[str], bool]) -> bool:
    """Whether a signature with a d= that `aligned` accepts matches on these octets."""
    return any(one.matches for one in verify(raw, lookup, wanted=aligned))


def _named(field: bytes) -> tuple[str, str]:
    value = field.partition(b":")[2].decode("ascii", "replace")
    tags = canonical.tags(value) or {}
    return tags.get("d", "").lower(), tags.get("s", "")


def _short(error: BaseException) -> str:
    return re.sub(r"[^\x20-\x7e]+", " ", str(error))[:200] or type(error).__name__


class Bodies:
    """The body of one message in the forms that signatures want; each is made once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._relaxed: bytes | None = None

    def of(self, sig: dict[bytes, bytes]) -> bytes:
        """The body for a signature: relaxed beforehand, which dkimpy then leaves as it is."""
        if not sig.get(b"c", b"").endswith(b"/relaxed"):
            return self._body
        if self._relaxed is None:
            self._relaxed = canonical.relaxed_body(self._body)
        return self._relaxed

    def length(self, sig: dict[bytes, bytes]) -> int:
        """Octets of the body as the signature reads it."""
        is_relaxed = sig.get(b"c", b"").endswith(b"/relaxed")
        return len(self.of(sig) if is_relaxed else canonical.simple_body(self._body))


class _Message(dkim.DKIM):  # type: ignore[misc]
    """dkimpy's verifier with a body that is made canonical in linear time, and with Ed25519 keys
    by `cryptography`."""

    body: bytes

    def __init__(self, raw: bytes) -> None:
        super().__init__(raw)
        self._bodies = Bodies(self.body)

    def outcome(self, index: int, lookup: KeyLookup) -> tuple[Any, str, bool]:
        """The result and the reason of the signature at `index`, and whether it matches."""
        try:
            good = self.verify(index, dnsfunc=lambda name, timeout=0: lookup(dns_query(name)))
        except NameLookupError as error:
            return "temperror", error.public, False
        except dkim.ValidationError as error:
            return ("fail" if "body hash" in str(error) else "permerror"), _short(error), False
        except FAULTS as error:
            return "permerror", _short(error), False
        if not good:
            return "fail", "the signature does not match", False
        lacking = self._lacking()
        return ("policy", lacking, True) if lacking else ("pass", "", True)

    def _lacking(self) -> str:
        """What somebody may have changed under a signature that matches; empty for nothing."""
        sig = self.signature_fields
        if b"l" in sig and int(sig[b"l"] or b"0") < self._bodies.length(sig):
            return "it covers only the beginning of the body"
        names = [name.lower() for name, _ in self.headers]
        for field in _FRAME:
            if names.count(field.encode()) > self.include_headers.count(field.encode()):
                return f"it does not cover the field {field}"
        return ""

    def verify_sig(
        self, sig: dict[bytes, bytes], include_headers: list[bytes], sig_header: Any, dnsfunc: Any
    ) -> bool:
        """Takes the place of dkimpy's, which hides why a key is of no use."""
        name = sig[b"s"] + b"._domainkey." + sig[b"d"] + b"."
        record = dnsfunc(name)
        if not record:
            raise dkim.KeyFormatError("there is no such key")
        self.body = self._bodies.of(sig)
        known = canonical.tags(record.decode("ascii", "replace")) or {}
        kind = known.get("k", "rsa")
        if not sig[b"a"].startswith(kind.encode("ascii", "replace")):
            raise dkim.KeyFormatError("the key is of another kind than the signature")
        if kind == "ed25519":
            key = _Ed25519(known)
            self.pk, self.keysize, self.ktag, self.seqtlsrpt = key, 256, b"ed25519", False
            return (
                bool(self.verify_sig_process(sig, include_headers, sig_header, None)) and key.good
            )
        self.pk, self.keysize, self.ktag, self.seqtlsrpt = dkim.evaluate_pk(name, record)
        return bool(self.verify_sig_process(sig, include_headers, sig_header, None))


class _Ed25519:
    """An Ed25519 key as dkimpy uses one; remembers the answer, because it never raises."""

    def __init__(self, record: dict[str, str]) -> None:
        octets = base64.b64decode(record.get("p", ""))
        self._key = ed25519.Ed25519PublicKey.from_public_bytes(octets)
        self.good = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        """Checks a signature of a SHA-256 digest (RFC 8463 3)."""
        try:
            self._key.verify(signature, digest)
        except InvalidSignature:
            return
        self.good = True


def dns_query(name: bytes) -> str:
    """The name that dkimpy asks for, as it is looked up here."""
    return name.decode("ascii", "replace").rstrip(".").lower()
