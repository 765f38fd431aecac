"""The two ceremonies of WebAuthn (Web Authentication Level 3): a passkey is made, a passkey signs.

The only module that knows the library, which is loaded when somebody adds a passkey or signs in
with one that we know, and never before: it takes 10 MiB and a fifth of a second (ADR 0033).
What comes from a browser is bounded before it is parsed. No attestation is asked for, and none but
that of the key itself is looked at: which make of device somebody has is not our business.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from solicomm_build.foundation.hub.config import Config

LONGEST = 8192
"""Characters of what a browser answers: an RSA key of 4,096 bits with an attestation has 2,000."""
LONGEST_ID = 1364
"""Characters of a passkey's id in base64url: 1,023 octets (WebAuthn 5.1.3)."""
_PATIENCE = 120_000  # milliseconds in which the device is to be asked
_ALGORITHMS = (-7, -8, -257)
"""ES256, EdDSA, RS256 (RFC 9053 2, RFC 8812 2), what devices have."""


class RefusedError(Exception):
    """The answer of a browser that does not fit, for whatever reason."""


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a passkey is for (WebAuthn 4, Relying Party): the hub's web name, and its origin."""

    id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey: its id in base64url, its public key (COSE), how often it has signed."""

    id: str
    key: bytes
    count: int


@dataclass(frozen=True, slots=True)
class Named:
    """Which passkey an answer says it is of, and whose."""

    id: str
    handle: bytes


def party(config: Config) -> Party | None:
    """The hub as browsers keep passkeys for it; None where they do not: they want https, or the
    name `localhost`, and a name rather than a number (WebAuthn 5.1.3, 5.1.4)."""
    parts = urlsplit(config.url)
    host = (parts.hostname or "").lower()
    is_local = host == "localhost" or host.endswith(".localhost")
    if not is_local and (parts.scheme != "https" or ":" in host or _is_number(host)):
        return None
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"  # as RFC 6454 6.2 writes it
    return Party(host, f"{parts.scheme}://{host}{port}") if host else None


def creation(
    at: Party, hub: str, challenge: bytes, user: bytes, name: str, known: Iterable[str]
) -> str:
    """What a browser is asked to make a passkey: JSON, octets in base64url. `known` are ids that
    the device shall not have twice."""
    return json.dumps(
        {
            "challenge": text(challenge),
            "rp": {"id": at.id, "name": hub},
            "user": {"id": text(user), "name": name, "displayName": name},
            "pubKeyCredParams": [{"type": "public-key", "alg": one} for one in _ALGORITHMS],
            "timeout": _PATIENCE,
            "excludeCredentials": [{"type": "public-key", "id": one} for one in known],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "preferred",
            },
            "attestation": "none",
        }
    )


def request(at: Party, challenge: bytes) -> dict[str, Any]:
    """What a browser is asked to sign in: with any passkey it has for this hub, so nobody says
    which there are."""
    return {
        "challenge": text(challenge),
        "rpId": at.id,
        "timeout": _PATIENCE,
        "userVerification": "preferred",
    }


def registered(at: Party, challenge: bytes, answer: str) -> Made:
    """The passkey that a browser made. Raises RefusedError. Blocking: the first call loads."""
    _read(answer)
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        _plain(answer)
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=at.id,
            expected_origin=at.origin,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(one) for one in _ALGORITHMS],
        )
    except _faults() as error:
        raise RefusedError(str(error)) from error
    return Made(text(found.credential_id), found.credential_public_key, found.sign_count)


def asserted(at: Party, challenge: bytes, answer: str, key: bytes, count: int) -> int:
    """How often a passkey says it has signed, once it signed this challenge. Raises RefusedError,
    also when that is no more than `count` (WebAuthn 6.1.1). Blocking: the first call loads."""
    _read(answer)
    from webauthn import verify_authentication_response

    try:
        found = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=at.id,
            expected_origin=at.origin,
            credential_public_key=key,
            credential_current_sign_count=count,
        )
    except _faults() as error:
        raise RefusedError(str(error)) from error
    return found.new_sign_count


def named(answer: str) -> Named:
    """Which passkey an answer says it is of; nothing of it is proved. Raises RefusedError."""
    found = _read(answer)
    response = found.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    name = found.get("id")
    if not isinstance(name, str) or not isinstance(handle, str) or len(name) > LONGEST_ID:
        raise RefusedError("it names no passkey")
    if not name.isascii():  # JSON may hold what no database takes
        raise RefusedError("it is no base64url")
    return Named(name, octets(handle))


def text(value: bytes) -> str:
    """Octets in base64url without padding (RFC 4648 5)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def octets(value: str) -> bytes:
    """What is written in base64url. Raises RefusedError."""
    try:
        return base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise RefusedError("it is no base64url") from error


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LONGEST:
        raise RefusedError("it is too long")
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError) as error:
        raise RefusedError("it is no JSON") from error
    if not isinstance(found, dict):
        raise RefusedError("it is no object")
    return found


def _plain(answer: str) -> None:
    """Refuses attestations with certificates, whose readers nobody needs here, and a number where
    octets belong: the library would make so many."""
    from webauthn.helpers import base64url_to_bytes, parse_attestation_object, parse_cbor

    said = base64url_to_bytes(json.loads(answer)["response"]["attestationObject"])
    if not isinstance(parse_cbor(said)["authData"], bytes):
        raise RefusedError("its data are no octets")
    found = parse_attestation_object(said)
    if found.fmt not in ("none", "packed") or found.att_stmt.x5c:
        raise RefusedError("it comes with an attestation that was not asked for")


def _faults() -> tuple[type[Exception], ...]:
    """What the library raises of hostile octets, and what Python raises within it."""
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from webauthn.helpers.exceptions import WebAuthnException

    mine = (RefusedError, InvalidSignature, UnsupportedAlgorithm, WebAuthnException)
    own = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
    return (*mine, *own)


def _is_number(host: str) -> bool:
    """Whether a host is an IPv4 address."""
    return host.replace(".", "").isdigit()
