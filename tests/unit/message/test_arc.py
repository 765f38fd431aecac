"""ARC seals: chains of ours verify, and broken ones are not continued."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from solicomm_build.errors import MessageError, NameLookupError
from solicomm_build.message import dkim
from solicomm_build.message.arc import arc_seal
from solicomm_build.message.dkim import Signer
from solicomm_build.testing.signatures import (
    PERL_MISSING,
    has_perl,
    key,
    key_records,
    signed,
    verdicts_of_perl,
)

NOW = int(time.time())
RECORDS = key_records(("solicomm", "hub.example", key()), ("x", "other.example", key("rsa", 1)))
HUB = Signer(key(), "hub.example")
OTHER = Signer(key("rsa", 1), "other.example", "x")
POST = signed(
    b"From: Ana <ana@union.example>\r\nSubject: Water\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@union.example>\r\n\r\nWords.\r\n",
    HUB,
    NOW,
)


def sealed(raw: bytes, signer: Signer = HUB) -> bytes:
    results = f"{signer.domain}; dkim=pass header.d=union.example"
    return arc_seal(raw, signer, results=results, lookup=RECORDS.get, now=NOW) + raw


def test_a_chain_of_three_verifies() -> None:
    once = sealed(POST)
    thrice = sealed(sealed(once, OTHER))
    assert [dkim.arc_chain(one, RECORDS.get) for one in (POST, once, thrice)] == [
        "none",
        "pass",
        "pass",
    ]
    assert b"i=3" in thrice.split(b"\r\n")[0]
    assert b"cv=none" in once
    assert b"cv=pass" in thrice.split(b"\r\n")[0]


@pytest.mark.skipif(not has_perl(), reason=PERL_MISSING)
def test_a_verifier_in_another_language_agrees(tmp_path: Path) -> None:
    chain = sealed(sealed(POST, OTHER))
    said = verdicts_of_perl([sealed(POST), chain, chain + b"x"], RECORDS, tmp_path)
    assert [one[0] for one in said] == ["arc=pass", "arc=pass", "arc=fail"]


def test_a_broken_chain_gets_one_seal_that_says_so_and_no_more() -> None:
    broken = sealed(sealed(POST) + b"changed\r\n", OTHER)
    assert b"cv=fail" in broken.split(b"\r\n")[0]
    assert arc_seal(broken, HUB, results="x", lookup=RECORDS.get, now=NOW) == b""


def test_the_message_signature_covers_ours() -> None:
    field = arc_seal(POST, HUB, results="x", lookup=RECORDS.get, now=NOW)
    assert b"dkim-signature" in field.replace(b"\r\n ", b"")


def test_fifty_sets_are_the_end() -> None:
    sets = b"".join(
        b"ARC-Seal: i=%d; cv=pass; b=x\r\nARC-Message-Signature: i=%d; b=x\r\n" % (n, n)
        for n in range(50, 0, -1)
    )
    assert arc_seal(sets + POST, HUB, results="x", lookup=RECORDS.get, now=NOW) == b""


@pytest.mark.parametrize(
    "fields",
    [
        b"ARC-Seal: \r\n",
        b"ARC-Seal: i=1; cv=none\r\n",
        b"ARC-Seal: i=1; a=x; b=!; cv=none; d=\xff; s=x\r\n" * 3,
        b"ARC-Message-Signature: i=0\r\nARC-Seal: i=-1\r\nARC-Authentication-Results: i=x\r\n",
        b"ARC-Seal: i=9999; cv=pass\r\n",
        b"ARC-Seal: " + b"i=1;" * 10_000 + b"\r\n",
        b"ARC-Seal: i=2; cv=pass\r\n" * 300,
    ],
)
def test_hostile_chains_fail_without_a_word(fields: bytes) -> None:
    assert dkim.arc_chain(fields + POST, RECORDS.get) == "fail"
    arc_seal(fields + POST, HUB, results="x", lookup=RECORDS.get, now=NOW)


def test_without_the_dns_a_chain_fails() -> None:
    def lookup(name: str) -> bytes | None:
        raise NameLookupError("no answer")

    assert dkim.arc_chain(sealed(POST), lookup) == "fail"


def test_results_cannot_break_out() -> None:
    with pytest.raises(MessageError):
        arc_seal(POST, HUB, results="x\r\nBcc: a@b", lookup=RECORDS.get, now=NOW)
