"""Readers of signatures, policies and results take anything: they answer, and never raise."""

from __future__ import annotations

import time

from hypothesis import example, given, settings
from hypothesis import strategies as st

from solicomm_build.foundation.errors import MessageError
from solicomm_build.foundation.types import TxtAnswer
from solicomm_build.message import munge
from solicomm_build.message.auth import arc, arcchain, canonical, coverage, dkim, dmarc
from solicomm_build.message.auth.authentication import assess, read_results
from solicomm_build.message.auth.signer import Signer
from solicomm_build.testing.budget import examples
from solicomm_build.testing.signatures import key, key_records

RECORDS = key_records(("s", "x.example", key()))
SIGNER = Signer(key(), "x.example", "s")
HOW = munge.Munging("water@hub.example", "Water", setting="always")
NOW = int(time.time())

NAMES = st.sampled_from(
    [
        b"From",
        b"DKIM-Signature",
        b"ARC-Seal",
        b"ARC-Message-Signature",
        b"Reply-To",
        b"Cc",
        b"ARC-Authentication-Results",
        b"Authentication-Results",
        b"Subject",
        b"Author",
        b"X",
    ]
)
PIECES = st.sampled_from(
    [
        b"v=1",
        b"a=rsa-sha256",
        b"a=ed25519-sha256",
        b"d=x.example",
        b"s=s",
        b"h=from:to:from",
        b"i=1",
        b"i=2",
        b"bh=AAAA",
        b"b=AAAA",
        b"b=",
        b"l=1",
        b"c=relaxed/relaxed",
        b"c=simple",
        b"cv=pass",
        b";",
        b"; ",
        b"\r\n ",
        b"\n\t",
        b"hub.example",
        b"dmarc=fail",
        b"dkim=pass header.d=x.example",
        b"(",
        b")",
        b'"',
        b"<a@x.example>",
        b"Ana",
        b",",
        b":",
        b"=?utf-8?q?=0D=0A?=",
        b"\xff",
        b"\\",
    ]
)
VALUES = st.lists(PIECES | st.binary(max_size=8), max_size=14).map(b"".join)
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=8).map(
    lambda rows: b"".join(name + b": " + value + b"\r\n" for name, value in rows)
)
MESSAGES = st.tuples(FIELDS, st.binary(max_size=60)).map(lambda two: two[0] + b"\r\n" + two[1])
TEXTS = st.text(max_size=80) | st.lists(
    st.sampled_from(["v=DMARC1", ";", "p=", "reject", "sp=", "psd=y", "t=y", "rua=mailto:a@b", " "])
).map("".join)


def answer(text: str) -> TxtAnswer:
    return TxtAnswer((text.encode("utf-8", "replace"),))


@settings(max_examples=examples(150))
@given(MESSAGES | st.binary(max_size=200), TEXTS)
@example(
    b"DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=s; h=from; bh=AAAA; b=AAAA; l=9\n\n", ""
)
def test_nothing_raises(raw: bytes, text: str) -> None:
    assert all(one.result != "pass" for one in dkim.verify(raw, RECORDS.get))
    dkim.verify(raw, lambda name: text.encode("utf-8", "replace"))
    assert arcchain.arc_chain(raw, RECORDS.get) in ("none", "fail")
    found = assess(raw, trusted=["hub.example"], txt=lambda name: answer(text), keys=RECORDS.get)
    assert found.reason.isascii()


@settings(max_examples=examples(100))
@given(MESSAGES)
def test_what_is_made_from_it_is_a_message_of_ours(raw: bytes) -> None:
    for setting in ("always", "wrap"):
        out = munge.munge(raw, HOW) if setting == "always" else munge.wrap(raw, HOW)
        froms = [one for one in canonical.fields_of(out) if canonical.name_of(one) == "from"]
        assert len(froms) == 1
        assert b"water@hub.example" in froms[0]
    field = arc.arc_seal(raw, SIGNER, authserv_id="hub.example", lookup=RECORDS.get, now=NOW)
    assert len(canonical.fields_of(field)) in (0, 3)
    coverage.intact(raw, raw)
    assert all(kept for _, kept in coverage.intact(raw, raw))


@settings(max_examples=examples(100))
@given(MESSAGES)
def test_a_signature_of_ours_verifies_on_anything(raw: bytes) -> None:
    # dkimpy strips more than SP and HTAB at the ends of a value, against RFC 6376 2.8.
    raw = raw.translate(None, b"\x0b\x0c").replace(b"\r\n", b"\n").replace(b"\r", b"")
    try:
        fields = canonical.fields_of(raw)
    except MessageError:
        return
    own = SIGNER.sign(fields, SIGNER.body_hash(b"x"), NOW)
    head = b"".join(field if field.endswith(b"\n") else field + b"\r\n" for field in fields)
    names = [canonical.name_of(field) for field in fields]
    if names.count("from") == 1:  # none or several make dkimpy refuse (RFC 6376 5.4)
        results = dkim.verify(own + canonical.wire(head) + b"\r\nx", RECORDS.get)
        assert results[0].result == "pass"


@settings(max_examples=examples(150))
@given(TEXTS, TEXTS)
def test_policies_and_results_are_read_whatever_they_are(text: str, domain: str) -> None:
    policy = dmarc.policy(domain, lambda name: answer(text))
    assert policy.p in dmarc.POLICIES
    dmarc.aligned(domain, text, lambda name: answer(text))
    read_results(text)
    canonical.tags(text)
