"""Certificates that nobody but their key has signed, or an authority made for one test."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


def certificate(
    folder: Path, *names: str, now: datetime, days: int = 90, issuer: str = ""
) -> tuple[Path, Path]:
    """A certificate of these names and its key, as PEM, good for so many days from now on. Of a
    new authority named `issuer`, if one is given: its own certificate is `authority.pem` then, and
    whoever finds it named in SSL_CERT_FILE trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]) if issuer else name
    signer = ec.generate_private_key(ec.SECP256R1()) if issuer else key
    if issuer:
        root = _begun(by, by, signer, now, 3650).add_extension(
            x509.BasicConstraints(ca=True, path_length=0), critical=True
        )
        (folder / "authority.pem").write_bytes(_pem(root.sign(signer, hashes.SHA256())))
    made = (
        _begun(by, name, key, now, days)
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
        .sign(signer, hashes.SHA256())
    )
    paths = folder / "chain.pem", folder / "key.pem"
    paths[0].write_bytes(_pem(made))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def _begun(
    by: x509.Name, name: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    begun = x509.CertificateBuilder(by, name, key.public_key(), x509.random_serial_number())
    return begun.not_valid_before(now - timedelta(days=400)).not_valid_after(
        now + timedelta(days=days)
    )


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)
