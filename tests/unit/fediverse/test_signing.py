"""Signatures of requests: made so that others believe them, and believed only when they hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from solicomm_build.features.fediverse import signing
from solicomm_build.features.fediverse.signing import Request, SignatureError
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from tests.unit.fediverse.peer import LEMMY, MASTODON, fields_of, pem

NOW = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
BODY = json.dumps({"type": "Follow"}).encode()
KEY = "https://other.example/users/ana#main-key"


def request(body: bytes = BODY, target: str = "/ap/inbox", **how: object) -> Request:
    fields = fields_of(KEY, "/ap/inbox", "hub.example", BODY, **{"at": NOW, **how})  # type: ignore[arg-type]
    return Request("POST", target, fields, body)


@pytest.mark.parametrize(
    ("names", "algorithm"), [(MASTODON, "rsa-sha256"), (LEMMY, "hs2019")], ids=["mastodon", "lemmy"]
)
def test_what_others_sign_is_believed(names: tuple[str, ...], algorithm: str) -> None:
    asked = request(names=names, algorithm=algorithm)
    found = signing.read(asked, NOW + timedelta(hours=11))
    assert found.key == KEY
    assert signing.is_made_by(pem(), asked, found)
    assert not signing.is_made_by(pem("another"), asked, found)
    assert not signing.is_made_by("no key", asked, found)


def test_a_signature_is_not_that_of_another_request() -> None:
    for asked in (request(target="/ap/c/bar/inbox"), request(changed={"host": "other.example"})):
        assert not signing.is_made_by(pem(), asked, signing.read(asked, NOW))


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (request(body=b"{}"), "other octets"),
        (request(changed={"digest": "MD5=abc"}), "no Digest"),
        (request(changed={"signature": ""}), "no Signature field"),
        (request(changed={"signature": 'keyId="a",signature="!"'}), "no Signature field"),
        (request(changed={"signature": f'keyId="a",x=y,signature="{"A" * 9000}"'}), "no Signature"),
        (request(algorithm="hmac-sha256"), "not understood"),
        (request(names=("(request-target)", "host", "date")), "does not cover digest"),
        (request(names=("(request-target)", "host", "digest")), "does not cover date"),
        (request(names=("host", "date", "digest")), "does not cover (request-target)"),
        (request(names=("(request-target)", "digest", "date")), "does not cover host"),
        (request(at=NOW - timedelta(hours=13)), "too old"),
        (request(at=NOW + timedelta(hours=2)), "of the future"),
        (request(changed={"date": "yesterday"}), "no time"),
    ],
)
def test_what_does_not_hold_is_refused_with_the_reason(asked: Request, words: str) -> None:
    with pytest.raises(SignatureError) as error:
        signing.read(asked, NOW)
    assert words in error.value.public


def test_short_keys_are_not_believed_and_ed25519_is() -> None:
    asked = request()
    found = signing.read(asked, NOW)
    short = rsa.generate_private_key(65537, 1024)
    text = signing._text(asked, found)
    made = short.sign(text, signing._PADDING, signing._SHA256)
    weak = signing.Signature(found.key, found.fields, made)
    assert not signing.is_made_by(_pem(short.public_key()), asked, weak)
    modern = ed25519.Ed25519PrivateKey.generate()
    good = signing.Signature(found.key, found.fields, modern.sign(text))
    assert signing.is_made_by(_pem(modern.public_key()), asked, good)


def _pem(key: rsa.RSAPublicKey | ed25519.Ed25519PublicKey) -> str:
    octets = key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return octets.decode("ascii")


def test_what_we_sign_holds_and_the_key_stays(bare: Config) -> None:
    key_id = "http://hub.example/ap/c/bar#main-key"
    made = signing.signed(bare, key_id, "https://other.example/inbox?a=b", BODY, NOW)
    lower = {name.lower(): value for name, value in made.items()}
    asked = Request("POST", "/inbox?a=b", lower, BODY)
    found = signing.read(asked, NOW)
    assert found.key == key_id
    assert signing.is_made_by(signing.public_pem(bare), asked, found)
    file = bare.keys / signing.FILE
    assert file.stat().st_mode & 0o777 == 0o600
    signing.key.cache_clear()
    assert signing.is_made_by(signing.public_pem(bare), asked, found)
    file.write_bytes(b"no key")
    signing.key.cache_clear()
    with pytest.raises(StoreError, match=r"fediverse\.pem is no RSA key.*backup"):
        signing.public_pem(bare)
    signing.key.cache_clear()
