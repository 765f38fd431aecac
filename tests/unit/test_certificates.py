"""Certificate and key are of one renewal, whenever they are read."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.testing import selfsigned, smallhub


@pytest.fixture
def tls(tmp_path: Path) -> Certificates:
    config = smallhub.make(tmp_path / "hub")
    files = selfsigned.certificate(tmp_path, "hub.example", now=clock.now())
    return Certificates(replace(config, tls=files))


def _shown(tls: Certificates) -> bytes:
    """The certificate that a client sees, as PEM."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(back, there)
    assert tls.context is not None
    server = tls.context.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    octets = client.getpeercert(True)
    assert octets is not None
    return ssl.DER_cert_to_PEM_cert(octets).encode("ascii")


def _while_read(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Something happens after a context has read both files for the first time."""
    load, done = ssl.SSLContext.load_cert_chain, list[bool]()

    def loading(context: ssl.SSLContext, *files: str) -> None:
        load(context, *files)
        if not done:
            done.append(True)
            work()

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", loading)


def test_a_renewal_while_they_are_read_again_leaves_a_pair(
    tls: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A certificate with the key of another one ends every connection that begins."""
    selfsigned.certificate(tmp_path, "hub.example", now=clock.now())
    second = (tmp_path / "chain.pem").read_bytes()
    (tmp_path / "next").mkdir()
    third, _ = selfsigned.certificate(tmp_path / "next", "hub.example", now=clock.now())
    _while_read(monkeypatch, lambda: shutil.copy(third, tmp_path / "chain.pem"))
    assert tls.renew() is None
    assert _shown(tls) == second


def test_a_pair_that_does_not_belong_together_changes_nothing(
    tls: Certificates, tmp_path: Path
) -> None:
    first = (tmp_path / "chain.pem").read_bytes()
    key = (tmp_path / "key.pem").read_bytes()
    selfsigned.certificate(tmp_path, "hub.example", now=clock.now())
    own = (tmp_path / "key.pem").read_bytes()
    (tmp_path / "key.pem").write_bytes(key)
    trouble = tls.renew()
    assert trouble is not None
    assert f"{tmp_path / 'chain.pem'} and {tmp_path / 'key.pem'} are of no use" in trouble
    assert _shown(tls) == first
    (tmp_path / "key.pem").write_bytes(own)
    assert tls.renew() is None
    assert _shown(tls) == (tmp_path / "chain.pem").read_bytes()


def test_a_key_that_is_gone_is_named(tls: Certificates, tmp_path: Path) -> None:
    first = (tmp_path / "chain.pem").read_bytes()
    (tmp_path / "key.pem").unlink()
    assert f"{tmp_path / 'key.pem'}: No such file" in str(tls.renew())
    assert _shown(tls) == first
