"""DKIM (RFC 6376): verifying what came in and what leaves. Signing is signer.py.

Pure: the DNS is handed in. Verification is dkimpy's, and this is the only module that knows it;
what it would spend too long on is kept from it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519

from solicomm_build.foundation.errors import MessageError, NameLookupError
from solicomm_build.message.auth import canonical
from solicomm_build.message.split import split

KeyLookup = Callable[[str], bytes | None]
"""From `selector._domainkey.domain` to the key record; None when there is none. May raise
NameLookupError."""

_MOST = 8  # signatures looked at; each is a DNS query that a sender can make us ask
LONGEST = 4096  # octets of a signature; dkimpy's patterns cost the square of it
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


class OurReading:
    """For a verifier of dkimpy: header and body as the rest of the program reads them. By itself
    dkimpy passes over lines that begin with `From `, of which one may be a field to us and another
    the end of the header: then it would verify fields that nobody is shown, and not those that are.
    """

    headers: list[list[bytes]]
    body: bytes

    def set_message(self, message: bytes) -> None:
        """Takes the place of dkimpy's. Raises MessageError past the limits of a header."""
        super().set_message(b"\r\n")  # type: ignore[misc]
        parts = split(message)
        self.headers = [_pair(message[field.start : field.end]) for field in parts.fields]
        self.body = message[parts.body :].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _pair(field: bytes) -> list[bytes]:
    """Name and value of a field as dkimpy has them, the value with its line ends (CRLF)."""
    name, _, value = canonical.simple_field(field).partition(b":")
    return [name.rstrip(b" \t"), value]


class _Message(OurReading, dkim.DKIM):  # type: ignore[misc]
    """dkimpy's verifier with a body that is made canonical in linear time, and with Ed25519 keys
    by `cryptography`."""

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
        if sig[b"a"] == b"rsa-sha1":  # RFC 8301 3.1: two mails can be made that share one
            raise dkim.ValidationError("rsa-sha1 proves nothing any more")
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
