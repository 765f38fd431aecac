"""Certificates that setup makes itself, and what those of others say.

A certificate authority of one's own is for a hub in an office that the internet does not know.

The root signs for names at the hub's domain alone (RFC 5280 4.2.1.10), so whoever trusts it trusts
nobody with their bank. Its key is root's. People get the root at `/trust/` of the hub (`web.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from solicomm_build.foundation.errors import HubError

LASTS = timedelta(days=3650)
LEAF_LASTS = timedelta(days=390)
"""What browsers accept of a certificate that a person's own root has signed is 825 days or less."""
_SLACK = timedelta(hours=1)  # clocks of telephones


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: str
    key: str


def root(domain: str) -> Pair:
    """A new authority for one domain and what lies below it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"SoliComm at {domain}")
    within = x509.NameConstraints([x509.DNSName(domain)], None)
    made = (
        _begun(name, name, key.public_key(), LASTS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(within, critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    return Pair(_pem(made), _secret(key))


def issued(by: Pair, names: Sequence[str]) -> Pair:
    """A certificate for a server of these names, with the authority's below it: the whole chain."""
    parent = x509.load_pem_x509_certificate(by.certificate.encode())
    signer = serialization.load_pem_private_key(by.key.encode(), None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise HubError("the authority's key is not one that setup has made; take both files away")
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    made = (
        _begun(_name(names[0]), parent.subject, key.public_key(), LEAF_LASTS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(alternatives, critical=False)
        .add_extension(server, critical=False)
        .add_extension(_usage(signs=False), critical=True)
        .sign(signer, hashes.SHA256())
    )
    return Pair(_pem(made) + by.certificate, _secret(key))


def alone(names: Sequence[str]) -> Pair:
    """A certificate that nobody has signed, for servers to begin with."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("SoliComm setup, until there is a certificate")
    alternatives = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
    begun = _begun(name, name, key.public_key(), timedelta(days=90))
    made = begun.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    return Pair(_pem(made), _secret(key))


@dataclass(frozen=True, slots=True)
class Read:
    """What the first certificate of a chain says of itself; `ends` is UTC-aware."""

    subject: str
    issuer: str
    names: frozenset[str]
    ends: datetime

    @property
    def is_own(self) -> bool:
        """Whether no authority has signed it."""
        return self.issuer == self.subject


def read(chain: str) -> Read | None:
    """Of PEM; None where there is no certificate in it."""
    try:
        found = x509.load_pem_x509_certificate(chain.encode())
    except ValueError:
        return None
    try:
        every = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = frozenset(every.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        names = frozenset()
    issuer, subject = found.issuer.rfc4514_string(), found.subject.rfc4514_string()
    return Read(subject, issuer, names, found.not_valid_after_utc)


def fingerprint(certificate: str) -> str:
    """SHA-256 as people compare it, in pairs."""
    made = x509.load_pem_x509_certificate(certificate.encode())
    return made.fingerprint(hashes.SHA256()).hex(":").upper()


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, lasts: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SLACK)
        .not_valid_after(now + lasts)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _pem(made: x509.Certificate) -> str:
    return made.public_bytes(serialization.Encoding.PEM).decode()


def _secret(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
