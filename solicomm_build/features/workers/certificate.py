"""The one certificate that the machines of a hub show each other: self-signed, so that it and no
other is trusted where it lies (RFC 5280 4.2.1.9: its own authority)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from solicomm_build.builder.hands.meeting import CERTIFICATE
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

_TERM = timedelta(days=3650)
_BEFORE = timedelta(days=1)
"""Clocks of other machines may be late."""


def path(config: Config) -> Path:
    """Where it lies."""
    return config.keys / CERTIFICATE


def make(config: Config) -> bool:
    """Makes it, durable on return; False when there is one."""
    if path(config).exists():
        return False
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"builds of {config.domain}"[:64])])
    now = datetime.now(UTC)
    ours = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=False, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + _TERM)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(ours, critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ours), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    octets = pem + made.public_bytes(serialization.Encoding.PEM)
    path(config).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    safeio.write_atomic(path(config), octets, mode=0o600)
    return True
