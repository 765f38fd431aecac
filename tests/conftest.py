"""What all tests share: Hypothesis profiles, hubs to copy, the option that renews golden pages."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from solicomm_build.features.writing import showing
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, idlegits, memory, warm
from solicomm_build.web import deskpost

memory.take()
warm.take()
idlegits.take()
deskpost.PATIENCE = showing.BOUND = 30.0
"""Seconds that a page waits for other stages: a busy machine is slow, and no test measures it."""
settings.register_profile(
    "default",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.register_profile("fuzz", settings.get_profile("default"), max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden", action="store_true", help="write the expected pages of tests/golden"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin first: what comes last can be shared out among processes."""
    long = {Path(__file__).parent / name for name in ("faults", "growth", "cluster")}
    first = Path(__file__).parent / "cluster" / "test_erasing.py"  # minutes, most of it waiting
    items.sort(key=lambda item: (item.path != first, long.isdisjoint(item.path.parents)))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: nothing need look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        memory.in_large_pages()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Generator[None]:
    """What a test has read with ends with it."""
    try:
        return (yield)
    finally:
        idlegits.let_go()
        memory.after_forks()


@pytest.fixture(scope="session")
def founded_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample network's hub, made once. Not to be changed: take `sample_hub`."""
    return hubs.sample(tmp_path_factory.mktemp("founded") / "hub").root


@pytest.fixture
def sample_hub(founded_sample: Path, tmp_path: Path) -> Config:
    """A sample hub of the test's own, without posts and not built."""
    root = shutil.copytree(founded_sample, tmp_path / "sample")
    return hubyaml.load(root)


@pytest.fixture(scope="session")
def built_sample(founded_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with its pages, made once. Not to be changed: take `built_hub`."""
    root = shutil.copytree(founded_sample, tmp_path_factory.mktemp("built") / "hub")
    hubs.build(hubyaml.load(root))
    return root


@pytest.fixture
def built_hub(built_sample: Path, tmp_path: Path) -> Config:
    """A sample hub of the test's own, without posts, with its pages."""
    return hubyaml.load(shutil.copytree(built_sample, tmp_path / "sample"))


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of hub.example and its key, for listeners that speak TLS."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub.example")])
    today = datetime.now(UTC)
    cert = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("tls")
    (folder / "cert.pem").write_bytes(cert.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder / "cert.pem", folder / "key.pem"
