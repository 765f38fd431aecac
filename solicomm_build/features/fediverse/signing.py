"""Signatures of HTTP requests as servers of the fediverse make them, and the hub's key for them:
draft-cavage-http-signatures-12 with `Digest` (RFC 3230). This module alone knows how that is done.

A signature counts when it covers what was asked of whom, when, and with which octets: it can then
neither be put on another request nor be used again later. Pure but for the key.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import keep_once

FILE = "fediverse.pem"
WINDOW = timedelta(hours=12)
"""How old a signature may be: what waited in another server's queue was signed when it was sent."""
SKEW = timedelta(hours=1)
"""How far another server's clock may be ahead."""
LEAST_BITS, MOST_BITS = 2048, 8192
"""Of RSA keys that are believed; a longer one costs whoever verifies."""

_LONGEST = 8_192
_PART = re.compile(r'\s*([A-Za-z]{1,20})=(?:"([^"]*)"|([0-9]{1,20}))\s*(?:,|$)')
_SIGNED = ("(request-target)", "host", "digest")
_ALGORITHMS = ("", "rsa-sha256", "hs2019", "ed25519")
_PADDING = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


class SignatureError(SoliCommError):
    """A request is not signed as it has to be."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a Signature field says; `created` and `expires` are seconds since 1970, or nothing."""

    key: str
    fields: tuple[str, ...]
    octets: bytes
    created: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What is signed: the method, the path with its query, header fields by names in lower case,
    the body."""

    method: str
    target: str
    fields: Mapping[str, str]
    body: bytes


# -- our own --------------------------------------------------------------------------------------


@lru_cache(maxsize=4)
def key(folder: Path) -> rsa.RSAPrivateKey:
    """The hub's key in `private/keys`, made when it is first needed. Raises StoreError when the
    file is none."""
    path = folder / FILE
    if not path.exists():
        made = rsa.generate_private_key(65537, LEAST_BITS)
        keep_once(
            path,
            made.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )
    with contextlib.suppress(ValueError, TypeError, UnsupportedAlgorithm):
        found = serialization.load_pem_private_key(path.read_bytes(), None)
        if isinstance(found, rsa.RSAPrivateKey):
            return found
    raise StoreError(
        f"{path} is no RSA key in PEM. Bring it back from a backup, or take it away: then a new one"
        " is made, which other servers fetch when they next hear of this hub"
    )


def public_pem(config: Config) -> str:
    """The public half, as actors show it."""
    octets = (
        key(config.keys)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return octets.decode("ascii")


def signed(
    config: Config, key_id: str, url: str, body: bytes | None, now: datetime
) -> dict[str, str]:
    """The header fields of a request of an actor of ours; a POST where there is a `body`."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    fields = {
        "Host": parts.netloc,
        "Date": format_datetime(now.astimezone(UTC), usegmt=True),
    }
    names = ["(request-target)", "host", "date"]
    if body is not None:
        fields["Digest"] = digest(body)
        names.append("digest")
    method = "GET" if body is None else "POST"
    lower = {name.lower(): value for name, value in fields.items()}
    text = _text(Request(method, target, lower, body or b""), Signature("", tuple(names), b""))
    octets = base64.b64encode(key(config.keys).sign(text, _PADDING, _SHA256)).decode("ascii")
    fields["Signature"] = (
        f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{octets}"'
    )
    return fields


def digest(body: bytes) -> str:
    """The Digest field of a body (RFC 3230 4.3.2)."""
    return "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode("ascii")


# -- of others ------------------------------------------------------------------------------------


def read(request: Request, now: datetime) -> Signature:
    """The signature of a POST whose octets and time are right; whether its key made it is asked
    with `is_made_by`. Raises SignatureError with what is wrong."""
    found = _parsed(request.fields.get("signature", ""))
    timed = "date" in found.fields or "(created)" in found.fields
    missing = [name for name in _SIGNED if name not in found.fields]
    if missing or not timed:
        wanted = ", ".join(missing) or "date"
        raise SignatureError(f"the signature does not cover {wanted}. Sign these fields, too")
    _check_digest(request)
    _check_time(request, found, now)
    return found


def is_made_by(pem: str, request: Request, signature: Signature) -> bool:
    """Whether the key in `pem` made a signature that `read` gave. False for a key that is none, or
    too short."""
    try:
        found = serialization.load_pem_public_key(pem.encode("ascii", "replace"))
        text = _text(request, signature)
        if isinstance(found, ed25519.Ed25519PublicKey):
            found.verify(signature.octets, text)
            return True
        if isinstance(found, rsa.RSAPublicKey) and LEAST_BITS <= found.key_size <= MOST_BITS:
            found.verify(signature.octets, text, _PADDING, _SHA256)
            return True
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, SignatureError):
        pass
    return False


def _parsed(text: str) -> Signature:
    parts: dict[str, str] = {}
    at = 0
    while at < len(text) <= _LONGEST:
        match = _PART.match(text, at)
        if match is None or match[1] in parts:
            break
        parts[match[1]] = match[2] if match[2] is not None else match[3]
        at = match.end()
    try:
        octets = base64.b64decode(parts["signature"], validate=True)
        name = parts["keyId"]
    except (KeyError, ValueError):
        raise SignatureError(
            "there is no Signature field that can be read. Sign the request (HTTP Signatures)"
        ) from None
    if at < len(text) or parts.get("algorithm", "").lower() not in _ALGORITHMS:
        raise SignatureError("the Signature field is not understood. Sign with rsa-sha256")
    fields = tuple(parts.get("headers", "date").lower().split())
    if len(fields) != len(set(fields)):
        raise SignatureError("the signature names a field twice. Name each once")
    return Signature(name, fields, octets, parts.get("created", ""), parts.get("expires", ""))


def _check_digest(request: Request) -> None:
    for one in request.fields.get("digest", "").split(","):
        name, _, value = one.strip().partition("=")
        if name.lower() == "sha-256":
            said, is_ = value.encode("ascii", "replace"), digest(request.body).partition("=")[2]
            if hmac.compare_digest(said, is_.encode("ascii")):
                return
            raise SignatureError("the Digest is that of other octets. Send what was signed")
    raise SignatureError("there is no Digest with SHA-256. Send one, and sign it")


def _check_time(request: Request, signature: Signature, now: datetime) -> None:
    try:
        if "(created)" in signature.fields:
            at = datetime.fromtimestamp(int(signature.created), UTC)
        else:
            at = parsedate_to_datetime(request.fields.get("date", ""))
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
        ends = datetime.fromtimestamp(int(signature.expires), UTC) if signature.expires else None
    except (ValueError, TypeError, OverflowError, OSError):
        raise SignatureError("the signature has no time that can be read. Send a Date") from None
    if not now - WINDOW <= at <= now + SKEW or (ends is not None and ends + SKEW < now):
        raise SignatureError("the signature is too old, or of the future. Sign the request anew")


def _text(request: Request, signature: Signature) -> bytes:
    """What is signed (draft-cavage-http-signatures-12 2.3). Raises SignatureError for a field that
    the request has not."""
    lines = []
    for name in signature.fields:
        if name == "(request-target)":
            value = f"{request.method.lower()} {request.target}"
        elif name == "(created)":
            value = signature.created
        elif name == "(expires)":
            value = signature.expires
        elif name in request.fields:
            value = request.fields[name].strip()
        else:
            raise SignatureError(f"the signature covers {name[:40]}, which is not there")
        lines.append(f"{name}: {value}")
    return "\n".join(lines).encode("latin-1", "replace")
