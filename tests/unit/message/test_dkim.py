"""DKIM: what we sign verifies with two programs that are not ours, and nothing else does."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from solicomm_build.foundation.errors import ContentError, NameLookupError
from solicomm_build.message.auth import canonical, dkim, signer
from solicomm_build.message.auth.signer import Signer
from solicomm_build.message.split import split
from solicomm_build.testing.signatures import (
    PERL_MISSING,
    has_perl,
    key,
    key_records,
    signed,
    verdicts_of_perl,
)

NOW = int(time.time())  # dkimpy judges expiry by the machine's time
HUB = "hub.example"
RECORDS = key_records(
    ("solicomm", HUB, key()), ("ed", HUB, key("ed25519")), ("other", HUB, key("rsa", 1))
)
RSA = Signer(key(), HUB)
ED25519 = Signer(key("ed25519"), HUB, "ed")
POST = (
    b"List-Id: Water <water.hub.example>\r\n"
    b"Received: from a by b; Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    b"From: =?utf-8?q?Jos=C3=A9?= <jose@union.example>\r\n"
    b"To: water@hub.example,\r\n\tAna <ana@union.example>\r\n"
    b"Subject:  Water  \r\n  and power\r\n"
    b"Date: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@union.example>\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"Agua \xc3\xa1  y  luz \r\n.\r\n\r\n-- \r\nJos\xc3\xa9\r\n\r\n\r\n"
)


def tags_of(field: bytes) -> dict[str, str]:
    found = canonical.tags(field.decode().partition(":")[2])
    assert found is not None
    return found


def results(raw: bytes) -> list[str]:
    return [one.result for one in dkim.verify(raw, RECORDS.get)]


@pytest.mark.parametrize("signer", [RSA, ED25519], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("post", [POST, POST.replace(b"\r\n", b"\n"), b"From: a@b\r\n\r\n"])
def test_what_is_signed_verifies(signer: Signer, post: bytes) -> None:
    assert dkim.verify(signed(post, signer, NOW), RECORDS.get) == (
        (HUB, signer.selector, "pass", "", True),
    )


def test_two_signatures_verify_side_by_side() -> None:
    assert results(signed(signed(POST, ED25519, NOW), RSA, NOW)) == ["pass", "pass"]


@pytest.mark.skipif(not has_perl(), reason=PERL_MISSING)
def test_a_verifier_in_another_language_agrees(tmp_path: Path) -> None:
    both = signed(signed(POST, ED25519, NOW), RSA, NOW)
    messages = [both, both.replace(b"Water", b"Wine"), both + b"x", both.replace(b"\r\n", b"\n")]
    passed = ["arc=none", f"rsa-sha256/{HUB}=pass", f"ed25519-sha256/{HUB}=pass"]
    said = verdicts_of_perl(messages, RECORDS, tmp_path)
    assert said[0] == said[3] == passed
    assert all("pass" not in " ".join(one) for one in said[1:3])


def test_the_field_says_what_it_should() -> None:
    field = RSA.sign(canonical.fields_of(POST), RSA.body_hash(b""), NOW)
    tags = tags_of(field)
    assert (tags["v"], tags["a"], tags["c"]) == ("1", "rsa-sha256", "relaxed/relaxed")
    assert (tags["d"], tags["s"]) == (HUB, "solicomm")
    assert int(tags["x"]) - int(tags["t"]) == 14 * 86_400
    assert "l" not in tags
    assert max(map(len, field.split(b"\r\n"))) <= 78
    assert all(line[:1] in (b" ", b"D", b"") for line in field.split(b"\r\n"))
    assert tags["bh"] == base64.b64encode(hashlib.sha256(b"").digest()).decode()


def test_important_fields_are_signed_once_more_than_they_are_there() -> None:
    names = tags_of(RSA.sign(canonical.fields_of(POST), "", NOW))["h"].split(":")
    present = [canonical.name_of(field) for field in canonical.fields_of(POST)]
    for name in signer.SIGNED:
        assert names.count(name) == present.count(name) + (name in signer.OVERSIGNED), name
    assert set(names) <= set(signer.SIGNED)


@pytest.mark.parametrize(
    "added",
    [
        b"Reply-To: evil@evil.example\r\n",
        b"From: evil@evil.example\r\n",
        b"Subject: x\r\n",
        b"List-Unsubscribe: <https://evil.example/>\r\n",
        b"Content-Type: text/html\r\n",
    ],
)
def test_nobody_can_add_a_field_that_counts(added: bytes) -> None:
    assert results(added + signed(POST, RSA, NOW)) == ["fail"]


def test_fields_that_do_not_count_may_come_and_go() -> None:
    raw = signed(POST, RSA, NOW)
    assert results(b"Received: from c by d\r\nX-Spam: no\r\n" + raw) == ["pass"]


def test_copies_share_the_hash_of_their_body() -> None:
    body_hash = RSA.body_hash(POST[split(POST).body :])
    fields = canonical.fields_of(POST)
    for number in range(3):
        own = b"List-Unsubscribe: <https://hub.example/unsubscribe/%d>\r\n" % number
        copy = RSA.sign([own, *fields], body_hash, NOW) + own + POST
        assert results(copy) == ["pass"]


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\nx\n", b"\xff" * 99])
def test_what_is_no_key_is_refused(pem: bytes) -> None:
    with pytest.raises(ContentError, match="RSA of 2,048 bits"):
        Signer(pem, HUB)


@pytest.mark.parametrize("number", ["d", "dmp1", "dmq1", "iqmp"])
def test_a_damaged_key_is_refused(number: str) -> None:
    """One signature by it may tell its factors."""
    whole = rsa.generate_private_key(65537, 1024).private_numbers()
    given = {name: getattr(whole, name) for name in ("p", "q", "d", "dmp1", "dmq1", "iqmp")}
    for more in (0, 2):
        numbers = {**given, number: given[number] + more}
        key = rsa.RSAPrivateNumbers(**numbers, public_numbers=whole.public_numbers)
        pem = key.private_key(unsafe_skip_rsa_key_validation=True).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        if not more:
            Signer(pem, HUB)
            continue
        with pytest.raises(ContentError, match="RSA of 2,048 bits"):
            Signer(pem, HUB)


# -- verification ---------------------------------------------------------------------------------


def test_a_key_that_is_missing_or_another_or_withdrawn() -> None:
    raw = signed(POST, RSA, NOW)
    name = f"solicomm._domainkey.{HUB}"
    for record, result in (
        (None, "permerror"),
        (RECORDS[f"other._domainkey.{HUB}"], "fail"),
        (b"v=DKIM1; k=rsa; p=", "permerror"),
        (RECORDS[f"ed._domainkey.{HUB}"], "permerror"),
        (b"v=DKIM1; k=rsa; p=!!!", "permerror"),
        (b"v=DKIM2; p=x", "permerror"),
        (b"\xff\xfe", "permerror"),
        (b"v=DKIM1; k=ed25519; p=AAAA", "permerror"),
    ):
        got = dkim.verify(raw, {name: record}.get)
        assert [one.result for one in got] == [result], record


def test_a_dns_that_does_not_answer_is_a_temporary_error() -> None:
    def lookup(name: str) -> bytes | None:
        raise NameLookupError("no answer")

    assert dkim.verify(signed(POST, RSA, NOW), lookup)[0].result == "temperror"


def test_an_expired_signature_does_not_pass() -> None:
    assert results(signed(POST, RSA, NOW - 20 * 86_400)) == ["permerror"]


def test_an_ed25519_signature_by_another_key_does_not_pass() -> None:
    raw = signed(POST, ED25519, NOW)
    assert results(re.sub(rb"\n b=..", b"\n b=AA", raw)) == ["fail"]


def test_only_wanted_domains_are_looked_up() -> None:
    asked: list[str] = []

    def lookup(name: str) -> None:
        asked.append(name)

    raw = signed(signed(POST, RSA, NOW), Signer(key(), "evil.example"), NOW)
    got = dkim.verify(raw, lookup, wanted=lambda domain: domain == HUB)
    assert [one.domain for one in got] == [HUB]
    assert asked == [f"solicomm._domainkey.{HUB}"]


def test_a_flood_of_signatures_is_a_few_questions() -> None:
    asked: list[str] = []

    def lookup(name: str) -> None:
        asked.append(name)

    field = b"DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=%d; h=from; bh=AAAA; b=AAAA\r\n"
    raw = b"".join(field % number for number in range(200)) + POST
    got = dkim.verify(raw, lookup)
    assert len(got) == 200
    assert len(asked) == 8
    assert got[-1].result == "policy"


@pytest.mark.parametrize(
    "field",
    [
        b"DKIM-Signature:\r\n",
        b"DKIM-Signature: v=1; v=1\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha1; d=a; s=b; h=from; bh=AA==; b=AA==\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=\xff; s=b; h=from; bh=AA==; b=AA==\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=hub.example; s=solicomm; h=; bh=AA==; b=AA==\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; d=hub.example; s=solicomm; h=from; bh=A; b=A===\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; c=x/y; d=hub.example; s=solicomm; h=from; bh=AA==;"
        b" b=AA==\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha256; l=99999999999999999; d=hub.example; s=solicomm;"
        b" h=from; bh=AA==; b=AA==\r\n",
        b"DKIM-Signature: " + b"; b " * 12_000 + b"\r\n",
        b"DKIM-Signature: b=" + b" " * 60_000 + b"\r\n",
        b" folded from nowhere\r\n",
        b"From ana Tue\r\nDKIM-Signature: v=1\r\n",
        b"DKIM-Signature : v=1\r\n",
    ],
)
def test_hostile_signatures_raise_nothing_and_never_pass(field: bytes) -> None:
    assert all(one.result != "pass" for one in dkim.verify(field + POST, RECORDS.get))


def test_a_header_past_the_limits_is_an_error() -> None:
    assert dkim.verify(b"X: " + b"a" * 300_000 + b"\r\n\r\n", RECORDS.get)[0].result == "permerror"


def test_a_body_of_blanks_is_verified_in_time() -> None:
    raw = signed(POST + b" " * 2_000_000 + b"x\r\n", RSA, NOW)
    assert results(raw) == ["pass"]
