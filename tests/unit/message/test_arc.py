"""ARC seals: chains of ours verify, and broken ones are not continued."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from solicomm_build.errors import MessageError, NameLookupError
from solicomm_build.message import arc, canonical, dkim
from solicomm_build.message.dkim import Signer
from solicomm_build.message.split import split
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
    return seal_of(raw, signer) + raw


def seal_of(raw: bytes, signer: Signer = HUB) -> bytes:
    results = arc.results_of(dkim.verify(raw, RECORDS.get))
    return arc.arc_seal(
        raw, signer, authserv_id=signer.domain, results=results, lookup=RECORDS.get, now=NOW
    )


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
    messages = [sealed(POST), chain, *copies(chain), chain + b"x"]
    said = verdicts_of_perl(messages, RECORDS, tmp_path)
    assert [one[0] for one in said] == [*["arc=pass"] * 4, "arc=fail"]


def test_a_broken_chain_gets_one_seal_that_says_so_and_no_more() -> None:
    broken = sealed(sealed(POST) + b"changed\r\n", OTHER)
    assert b"cv=fail" in broken.split(b"\r\n")[0]
    assert seal_of(broken) == b""


def test_the_message_signature_covers_ours() -> None:
    assert b"dkim-signature" in seal_of(POST).replace(b"\r\n ", b"")


def copies(original: bytes) -> list[bytes]:
    """Copies as a list makes them: the set is begun once, and completed on each."""
    begun = arc.authentication_field(original, "hub.example", RECORDS.get)
    shared = begun + b"List-Id: <water.hub.example>\r\n" + original
    fields, body_hash = canonical.fields_of(shared), HUB.body_hash(shared[split(shared).body :])
    made = arc.sealer(HUB, fields)
    assert made is not None
    found = []
    for number in range(2):
        link = b"List-Unsubscribe: <https://hub.example/unsubscribe/%d>\r\n" % number
        own = (HUB.sign([link, *fields], body_hash, NOW), link)
        found.append(made.seal(own, body_hash, NOW) + b"".join(own) + shared)
    return found


@pytest.mark.parametrize("original", [POST, sealed(POST, OTHER)], ids=["first", "second"])
def test_a_set_is_begun_once_and_completed_on_each_copy(original: bytes) -> None:
    for copy in copies(original):
        assert dkim.arc_chain(copy, RECORDS.get) == "pass"
        assert dkim.verify(copy, RECORDS.get)[0].result == "pass"
        changed = copy.replace(b"unsubscribe/", b"subscribe/")
        assert dkim.arc_chain(changed, RECORDS.get) == "fail"


def test_only_a_set_that_we_began_is_completed() -> None:
    begun = arc.authentication_field(POST, "hub.example", RECORDS.get)
    assert arc.sealer(HUB, [begun]) is not None
    for fields in (
        [],
        [b"ARC-Seal: i=1\r\n"],
        [begun, b"ARC-Seal: i=1\r\n"],
        [b"List-Id: <x>\r\n", begun],
        [begun, begun],
        [b"ARC-Authentication-Results: x\r\n"],
        [begun.replace(b"arc=", b"crc=")],
    ):
        assert arc.sealer(HUB, fields) is None


def test_fifty_sets_are_the_end() -> None:
    sets = b"".join(
        b"ARC-Seal: i=%d; cv=pass; b=x\r\nARC-Message-Signature: i=%d; b=x\r\n" % (n, n)
        for n in range(50, 0, -1)
    )
    assert seal_of(sets + POST) == b""


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
    seal_of(fields + POST)


def test_without_the_dns_a_chain_fails() -> None:
    def lookup(name: str) -> bytes | None:
        raise NameLookupError("no answer")

    assert dkim.arc_chain(sealed(POST), lookup) == "fail"


@pytest.mark.parametrize("result", ["x\r\nBcc: a@b", "a; b", "é"])
def test_results_cannot_break_out(result: str) -> None:
    with pytest.raises(MessageError):
        arc.authentication_field(POST, "hub.example", RECORDS.get, results=[result])


def test_results_name_domains_that_are_some() -> None:
    found = (dkim.Result("a.example", "s", "pass"), dkim.Result("a;b\r\n", "s", "pass"))
    assert arc.results_of(found) == ("dkim=pass header.d=a.example header.s=s",)
