"""Signing copies, beside dkimpy and beside the RSA operation alone; and what our copies do to the
signatures of authors on real list mail."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import dkim as dkimpy
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.message import munge
from solicomm_build.message.auth import canonical, coverage
from solicomm_build.message.auth.signer import Signer
from solicomm_build.message.listcopy import PERSONAL, ListFacts, Personal, list_copy
from solicomm_build.message.split import split
from solicomm_build.testing.signatures import key
from tests.bench.corpus import Corpus
from tests.bench.result import Result

_FACTS = ListFacts("water", "hub.example", "Water workers", "https://hub.example")
_SECONDS = 2.0


def measure(corpus: Corpus) -> Iterator[Result]:
    """Signatures a second of one core, and the share of author signatures left whole."""
    copy = _copy(corpus.messages[0])
    fields, body = canonical.fields_of(copy), copy[split(copy).body :]
    signer, personal = Signer(key(), "hub.example"), Personal(_FACTS)
    body_hash = signer.body_hash(body)
    loaded = serialization.load_pem_private_key(key(), None)
    assert isinstance(loaded, rsa.RSAPrivateKey)
    shared = signer.shared(fields, body_hash, PERSONAL)
    ours = _rate(lambda: shared.sign(personal.fields("a" * 26), 1))
    bare = _rate(lambda: loaded.sign(copy[:2000], padding.PKCS1v15(), hashes.SHA256()))
    peer = _rate(lambda: dkimpy.sign(copy, b"s", b"hub.example", key()))
    yield Result(
        "sign copies, one core",
        ours,
        "signatures/s",
        peer="dkimpy",
        peer_value=peer,
        goal="≥ 2,500",
        details={"rsa_alone": bare},
    )
    yield Result("share of RSA in a signature", 100 * ours / bare, "%")
    fates = [kept for raw in corpus.messages if (kept := _fate(raw)) is not None]
    if fates:
        share = 100 * sum(fates) / len(fates)
        yield Result(
            "author signatures left whole",
            share,
            "%",
            goal="≥ 97",
            details={"messages": len(fates), "corpus": corpus.name},
        )


def _rate(work: Callable[[], object]) -> float:
    """Times a second of processor time."""
    work()
    count, started = 0, time.process_time()
    while time.process_time() - started < _SECONDS:
        work()
        count += 1
    return count / (time.process_time() - started)


def _copy(raw: bytes) -> bytes:
    return list_copy(raw, _FACTS, mid=PostId("a" * 32), tid=TopicId("b" * 32))


def _fate(raw: bytes) -> bool | None:
    """Whether a signature of the author's domain covers nothing that the copy changes; None when
    there is no such signature."""
    author = munge.author_domain(raw)
    copy = b"".join(Personal(_FACTS).fields("a" * 26)) + _copy(raw)
    kept = [
        whole
        for domain, whole in coverage.intact(raw, copy)
        if author and (author == domain or author.endswith(f".{domain}"))
    ]
    return any(kept) if kept else None
