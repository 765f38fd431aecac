"""A software authenticator: what a device and a browser do when a passkey is made and when it signs
(WebAuthn 6.3, 5.8.1)."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

_UP, _UV, _AT = 0x01, 0x04, 0x40


def text(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def octets(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "===")


@dataclass
class Device:
    """Keeps one passkey; `counts` is for devices that count what they sign."""

    rp: str = "localhost"
    origin: str = "http://localhost:8080"
    counts: bool = True
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    count: int = 0
    key: Any = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str, *, fmt: str = "none", stmt: dict[str, Any] | None = None) -> str:
        """What a page gets from navigator.credentials.create()."""
        asked = json.loads(options)
        self.handle = octets(asked["user"]["id"])
        point = self.key.public_key().public_numbers()
        key = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        data = self._data(_UP | _UV | _AT) + bytes(16) + len(self.id).to_bytes(2, "big")
        data += self.id + encode_cbor(key)
        attestation = encode_cbor({"fmt": fmt, "attStmt": stmt or {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer(
            {"clientDataJSON": text(client), "attestationObject": text(attestation)}
        )

    def sign(self, challenge: str, *, kind: str = "webauthn.get") -> str:
        """What a page gets from navigator.credentials.get()."""
        self.count += self.counts
        client, data = self._client(kind, challenge), self._data(_UP | _UV)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signed),
                "userHandle": text(self.handle),
            }
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.rp.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, response: dict[str, str]) -> str:
        name = text(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
