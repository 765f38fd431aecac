"""Authors' DKIM signatures survive our copies: by what they cover, and by verifying them.

The keys of real signers are not ours to ask for, so on real mail it is compared what each signature
covers before and after. Then real messages are signed with keys of our own, naming the fields that
large signers name, and verified on the copies.
"""

from __future__ import annotations

from collections.abc import Iterator

import dkim as dkimpy
import pytest

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import munge
from solicomm_build.message.auth import coverage, dkim
from solicomm_build.message.listcopy import ListFacts, Personal, list_copy
from solicomm_build.message.split import split
from solicomm_build.testing.signatures import key, key_records
from tests.bench.corpus import CORPORA, load

FACTS = ListFacts("water", "hub.example", "Water workers", "https://hub.example")
RECORDS = key_records(("s", "union.example", key()))

# What each names in h=; a name that stands there more often than in the message is oversigned.
STYLES = {
    "gmail": "to:subject:message-id:date:from:mime-version:from:to:cc:subject:date:message-id:"
    "reply-to",
    "workspace": "cc:to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:"
    "cc:subject:date:message-id:reply-to",
    "proton": "date:to:from:cc:subject:message-id:in-reply-to:references:feedback-id:from:to:cc:"
    "date:subject:reply-to:feedback-id:message-id",
    "opendkim": "from:reply-to:subject:date:to:cc:in-reply-to:references:mime-version:"
    "content-type:content-transfer-encoding:from",
    "exim": "sender:reply-to:subject:date:message-id:to:cc:mime-version:content-type:"
    "content-transfer-encoding:content-id:content-description:resent-date:resent-from:"
    "resent-sender:resent-to:resent-cc:resent-message-id:in-reply-to:references:from",
    "rspamd": "from:from:reply-to:reply-to:subject:subject:date:date:message-id:message-id:to:to:"
    "cc:cc:mime-version:mime-version:content-type:content-type:content-transfer-encoding:"
    "content-transfer-encoding:in-reply-to:in-reply-to:references:references",
}
OLD_EXIM = (
    STYLES["exim"] + ":list-id:list-help:list-unsubscribe:list-subscribe:list-post:list-owner"
)
"""Forbids any list to name itself; such a copy is munged where the author's domain enforces."""


def copy_of(raw: bytes, facts: ListFacts = FACTS) -> bytes:
    """The whole copy as it goes out, the fields of one member included."""
    shared = list_copy(raw, facts, mid=PostId("a" * 32), tid=TopicId("b" * 32))
    return b"".join(Personal(facts).fields("a" * 26)) + shared


def as_signed(raw: bytes, names: str, form: bytes = b"relaxed/relaxed") -> bytes:
    """The message signed as its author's mail server would; by dkimpy, so that our own forms are
    not what they are compared with."""
    signer = dkimpy.DKIM(raw)
    header_form, body_form = form.split(b"/")
    field: bytes = signer.sign(
        b"s",
        b"union.example",
        key(),
        canonicalize=(header_form, body_form),
        include_headers=[name.encode() for name in names.split(":")],
    )
    return field + raw


def survives(raw: bytes) -> bool:
    return dkim.passes(copy_of(raw), RECORDS.get, lambda domain: domain == "union.example")


POST = (
    b"Return-Path: <ana@union.example>\r\nReceived: from a by b\r\n"
    b"From: Ana <ana@union.example>\r\nTo: water@hub.example\r\n"
    b"Subject:  Water \r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\n"
    b"Message-ID: <1@union.example>\r\nPrecedence: bulk\r\n\r\nWords. \r\n\r\n\r\n"
)


@pytest.mark.parametrize("form", [b"relaxed/relaxed", b"simple/simple", b"relaxed/simple"])
@pytest.mark.parametrize("style", STYLES)
def test_usual_signatures_survive(style: str, form: bytes) -> None:
    assert survives(as_signed(POST, STYLES[style], form))


def test_one_that_forbids_list_fields_does_not() -> None:
    assert not survives(as_signed(POST, OLD_EXIM))


def test_reply_to_breaks_those_that_forbid_it() -> None:
    raw = as_signed(POST, STYLES["gmail"])
    replies_to_list = ListFacts("water", "hub.example", "W", "https://hub.example", reply_to="list")
    copy = copy_of(raw, replies_to_list)
    assert not dkim.passes(copy, RECORDS.get, lambda domain: True)
    assert coverage.intact(raw, copy) == (("union.example", False),)


@pytest.mark.parametrize("style", [*STYLES, "old exim"])
def test_coverage_says_what_verification_says(style: str) -> None:
    raw = as_signed(POST, STYLES.get(style, OLD_EXIM))
    (kept,) = coverage.intact(raw, copy_of(raw))
    assert kept == ("union.example", survives(raw))
    for changed in (copy_of(raw) + b"x", copy_of(raw).replace(b"Water ", b"Wine ")):
        assert coverage.intact(raw, changed) == (("union.example", False),)


def test_a_length_limits_what_is_covered() -> None:
    field = b"DKIM-Signature: v=1; d=x.example; s=s; h=from; c=relaxed/relaxed; l=7; b=x\r\n"
    raw = field + POST
    assert coverage.intact(raw, raw + b"footer\r\n") == (("x.example", True),)
    assert coverage.intact(raw, raw.replace(b"Words", b"Other")) == (("x.example", False),)


# -- real mail ------------------------------------------------------------------------------------


def _real(count: int) -> list[bytes]:
    if not CORPORA.is_dir():
        pytest.skip("needs the real mail of ../shared/corpora")
    return load(count).messages


def _aligned(raw: bytes) -> Iterator[bool]:
    """For each signature of the author's domain: whether the copy leaves all that it covers."""
    author = munge.author_domain(raw)
    if not author:
        return
    for domain, kept in coverage.intact(raw, copy_of(raw)):
        if author == domain or author.endswith(f".{domain}"):
            yield kept


@pytest.mark.corpus
def test_what_real_signatures_cover_stays() -> None:
    fates = [any(kept) for raw in _real(2000) if (kept := list(_aligned(raw)))]
    assert len(fates) > 500
    assert sum(fates) / len(fates) >= 0.97


@pytest.mark.corpus
def test_real_messages_signed_anew_verify_on_the_copies() -> None:
    styles = list(STYLES.values())
    kept = total = 0
    for number, raw in enumerate(_real(200)):
        try:
            before = as_signed(_bare(raw), styles[number % len(styles)])
        except dkimpy.DKIMException:
            continue  # two Froms or none: nobody could sign it
        assert dkim.verify(before, RECORDS.get)[0].matches  # many signers leave Content-Type out
        total += 1
        kept += survives(before)
    assert total > 190
    assert kept / total >= 0.97


def _bare(raw: bytes) -> bytes:
    """The message as its author's server had it: without signatures and list fields so far."""
    gone = ("dkim-", "arc-", "list-", "x-mailing-list", "precedence")
    parts = split(raw)
    kept = [raw[f.start : f.end] for f in parts.fields if not f.name.lower().startswith(gone)]
    return b"".join(kept) + raw[parts.end :]
