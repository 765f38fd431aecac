"""SIGHUP to `serve`: the certificate is read again, and nothing ends.

a new certificate → SIGHUP → supervisor → bridge (STARTTLS) and web (https) → new connections see it
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import signal
import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from solicomm_build.cli.stages import renewing
from solicomm_build.features.founding import founding
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.certificates import Certificates
from solicomm_build.foundation.hub.config import Config, HostPort
from solicomm_build.testing.served import Served, start


def put_certificate(files: tuple[Path, Path]) -> bytes:
    """Writes a new pair; the certificate as DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    none = serialization.NoEncryption()
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files[1].write_bytes(key.private_bytes(pem, pkcs8, none))
    return made.public_bytes(serialization.Encoding.DER)


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def shown(address: HostPort) -> bytes | None:
    plain = socket.create_connection(address, timeout=30)
    with plain, trusting().wrap_socket(plain) as line:
        return line.getpeercert(True)


@contextlib.contextmanager
def running(config: Config) -> Iterator[Served]:
    """`serve` for the length of a block; its pages are asked for by https only."""
    served = start(config)
    try:
        yield served
    finally:
        served.kill()


def test_a_reload_shows_the_new_certificate_and_drops_nobody(tmp_path: Path) -> None:
    files = tmp_path / "chain.pem", tmp_path / "key.pem"
    first = put_certificate(files)
    config = founding.found_hub(tmp_path / "hub", name="H", domain="hub.example", sample=False)
    text = (config.root / "hub.yaml").read_text()
    tls = f"\ntls: {{certificate: {files[0]}, key: {files[1]}}}\n"
    (config.root / "hub.yaml").write_text(text + tls)
    with running(config) as hub:

        def https() -> bytes | None:
            try:
                return shown(hub.http)
            except OSError:
                return None

        hub.until(lambda: "y" if https() == first else "", "the first certificate")
        hub.until(lambda: "y" if "is up" in hub.log.read_text() else "", "greeting")
        with hub.client() as open_line:
            second = put_certificate(files)
            hub.process.send_signal(signal.SIGHUP)
            hub.until(lambda: "y" if https() == second else "", "the second certificate")

            def starttls() -> bytes | None:
                with hub.client() as client:
                    client.starttls(context=trusting())
                    assert isinstance(client.sock, ssl.SSLSocket)
                    return client.sock.getpeercert(True)

            hub.until(lambda: "y" if starttls() == second else "", "the second by STARTTLS")
            assert open_line.noop()[0] == 250  # the connection from before
            files[1].write_text("nonsense")
            hub.process.send_signal(signal.SIGHUP)
            hub.until(lambda: "y" if "stays" in hub.log.read_text() else "", "a word of it")
            assert https() == second
        assert hub.process.poll() is None


def test_a_reload_without_a_certificate_claims_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = founding.found_hub(tmp_path / "hub", name="H", domain="hub.example", sample=False)
    asked: list[Callable[[], None]] = []

    async def reload() -> None:
        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "add_signal_handler", lambda number, work: asked.append(work))
        renewing(Certificates(config))
        asked[0]()

    asyncio.run(reload())
    assert capsys.readouterr().err == ""


def test_a_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    config = founding.found_hub(tmp_path / "hub", name="H", domain="hub.example", sample=False)
    lacking = dataclasses.replace(config, tls=(tmp_path / "chain.pem", tmp_path / "key.pem"))
    with pytest.raises(HubError, match=r"chain\.pem: No such file"):
        Certificates(lacking)
