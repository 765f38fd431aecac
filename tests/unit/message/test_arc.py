"""ARC seals: chains of ours verify, and broken ones are not continued."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from solicomm_build.foundation.errors import MessageError, NameLookupError
from solicomm_build.message.auth import arc, arcchain, canonical, dkim
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
    assert [arcchain.arc_chain(one, RECORDS.get) for one in (POST, once, thrice)] == [
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


@pytest.mark.parametrize("form", ["simple/simple", "simple/relaxed", "relaxed/simple", ""])
def test_the_form_that_a_seal_names_is_the_form_that_counts(form: str) -> None:
    """RFC 8617 4.1.2: c= is that of RFC 6376, where nothing means simple for both."""
    header, _, body = form.partition("/")
    raw = POST.replace(b"Words.", b"Words  with   blanks.")
    once = sealed_by_another(raw, header or "simple", body or "simple", named=bool(form))
    assert arcchain.arc_chain(once, RECORDS.get) == "pass"
    changed = once.replace(b"Words  with   blanks.", b"Words with blanks.")
    expected = "pass" if body == "relaxed" else "fail"
    assert arcchain.arc_chain(changed, RECORDS.get) == expected
    refolded = once.replace(b"Subject: Water", b"Subject:  Water")
    assert arcchain.arc_chain(refolded, RECORDS.get) == ("pass" if header == "relaxed" else "fail")


def sealed_by_another(raw: bytes, header: str, body: str, *, named: bool) -> bytes:
    """A first ARC set whose message signature has a canonicalization of its own choice."""
    field = canonical.relaxed_field if header == "relaxed" else canonical.simple_field
    made = canonical.relaxed_body if body == "relaxed" else canonical.simple_body
    octets = hashlib.sha256(made(raw[split(raw).body :])).digest()
    results = b"ARC-Authentication-Results: i=1; hub.example; dkim=pass\r\n"
    c = f" c={header}/{body};" if named else ""
    head = (
        f"ARC-Message-Signature: i=1; a=rsa-sha256;{c} d=hub.example; s=solicomm;\r\n"
        f" h=from:subject; bh={base64.b64encode(octets).decode()};\r\n b="
    )
    data = b"".join(map(field, canonical.selected(canonical.fields_of(raw), ("from", "subject"))))
    message = _finished(head, data, field)
    seal = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=hub.example; s=solicomm;\r\n b="
    whole = b"".join(map(canonical.relaxed_field, (results, message)))
    return _finished(seal, whole, canonical.relaxed_field) + message + results + raw


def _finished(head: str, data: bytes, field: Callable[[bytes], bytes]) -> bytes:
    own = field(head.encode()).removesuffix(b"\r\n")
    private = serialization.load_pem_private_key(key(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    value = private.sign(data + own, padding.PKCS1v15(), hashes.SHA256())
    return head.encode() + base64.b64encode(value) + b"\r\n"


BROKEN = {
    "a seal without its message signature": lambda s: _without(s, b"ARC-Message-Signature"),
    "a set without results": lambda s: _without(s, b"ARC-Authentication-Results"),
    "no seal": lambda s: _without(s, b"ARC-Seal"),
    "a seal twice": lambda s: s[: s.index(b"ARC-Message")] + s,
    "instance nought": lambda s: s.replace(b"i=1;", b"i=0;"),
    "an instance that is missing": lambda s: s.replace(b"i=1;", b"i=2;"),
    "instance fifty-one": lambda s: s.replace(b"i=1;", b"i=51;"),
    "a first seal that says pass": lambda s: s.replace(b"cv=none", b"cv=pass"),
    "a seal that says fail": lambda s: s.replace(b"cv=none", b"cv=fail"),
    "no word for the chain": lambda s: s.replace(b" cv=none;", b""),
    "an unknown word for the chain": lambda s: s.replace(b"cv=none", b"cv=maybe"),
    "an algorithm that is forbidden": lambda s: s.replace(b"rsa-sha256", b"rsa-sha1"),
    "an algorithm that is unknown": lambda s: s.replace(b"rsa-sha256", b"rsa-md5"),
    "fields in a seal": lambda s: s.replace(b"cv=none;", b"cv=none; h=from;"),
    "no such key": lambda s: s.replace(b"s=solicomm", b"s=other"),
    "another domain": lambda s: s.replace(b"d=hub.example", b"d=other.example"),
    "another body": lambda s: s + b"more\r\n",
    "another subject": lambda s: s.replace(b"Subject: Water", b"Subject: Fire"),
    "another author": lambda s: s.replace(b"From: Ana", b"From: Eva"),
    "other results": lambda s: s.replace(b"arc=none", b"arc=pass"),
    "a form nobody knows": lambda s: s.replace(b"c=relaxed/relaxed", b"c=pancake/waffle", 1),
}


@pytest.mark.parametrize("how", BROKEN)
def test_each_way_to_break_a_set_breaks_the_chain(how: str) -> None:
    """The classes of faults of RFC 8617 4.1, 4.2.1 and 5.2."""
    whole = sealed(POST)
    broken = BROKEN[how](whole)
    assert broken != whole
    assert arcchain.arc_chain(whole, RECORDS.get) == "pass"
    assert arcchain.arc_chain(broken, RECORDS.get) == "fail"


def _without(raw: bytes, name: bytes) -> bytes:
    kept = [one for one in canonical.fields_of(raw) if not one.startswith(name + b":")]
    return b"".join(kept) + raw[split(raw).end :]


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
        assert arcchain.arc_chain(copy, RECORDS.get) == "pass"
        assert dkim.verify(copy, RECORDS.get)[0].result == "pass"
        changed = copy.replace(b"unsubscribe/", b"subscribe/")
        assert arcchain.arc_chain(changed, RECORDS.get) == "fail"


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
    assert arcchain.arc_chain(fields + POST, RECORDS.get) == "fail"
    seal_of(fields + POST)


def test_without_the_dns_a_chain_fails() -> None:
    def lookup(name: str) -> bytes | None:
        raise NameLookupError("no answer")

    assert arcchain.arc_chain(sealed(POST), lookup) == "fail"


@pytest.mark.parametrize("result", ["x\r\nBcc: a@b", "a; b", "é"])
def test_results_cannot_break_out(result: str) -> None:
    with pytest.raises(MessageError):
        arc.authentication_field(POST, "hub.example", RECORDS.get, results=[result])


def test_results_name_domains_that_are_some() -> None:
    found = (dkim.Result("a.example", "s", "pass"), dkim.Result("a;b\r\n", "s", "pass"))
    assert arc.results_of(found) == ("dkim=pass header.d=a.example header.s=s",)
