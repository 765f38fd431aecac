"""The settings that are shipped for servers in front of several machines, as those servers read
them: HAProxy, and nginx with pages in a store of objects."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.settings import S3
from solicomm_build.testing import frontservers
from solicomm_build.web.fronts import frontserver
from solicomm_build.web.fronts.frontserver import Place

HAPROXY = Path(__file__).parents[2] / "deploy" / "cluster" / "haproxy.cfg"
HOST, SITES = "hub.example.org", "sites.example.org"


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """The key and the certificate of the hub, where nginx looks for them."""
    folder = tmp_path / HOST
    folder.mkdir()
    key, made = folder / "privkey.pem", folder / "fullchain.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", f"/CN={HOST}"]
    subprocess.run([*words, "-keyout", key, "-out", made], check=True, capture_output=True)
    return key, made


def _said(*words: str | Path) -> tuple[int, str]:
    path = {"PATH": os.environ["PATH"] + ":/usr/sbin"}
    done = subprocess.run(words, env=path, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.skipif(frontservers.missing("haproxy"), reason="haproxy is not installed: make debian")
def test_haproxy_has_nothing_to_say_against_its_file(
    certificate: tuple[Path, Path], tmp_path: Path
) -> None:
    both, file = tmp_path / "hub.pem", tmp_path / "haproxy.cfg"
    both.write_bytes(b"".join(part.read_bytes() for part in certificate))
    text = HAPROXY.read_text("utf-8")
    assert text.count("/etc/haproxy/hub.pem") == 1
    file.write_text(text.replace("/etc/haproxy/hub.pem", str(both)), "utf-8")
    assert _said("haproxy", "-c", "-dW", "-f", file) == (0, "")


@pytest.mark.skipif(frontservers.missing("nginx"), reason="nginx is not installed: make debian")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nginx_has_nothing_to_say_against_pages_in_a_store(
    certificate: tuple[Path, Path], tmp_path: Path, scheme: str
) -> None:
    store = S3("https://127.0.0.1:8333", pages="hub-pages")
    cluster = Cluster("n1", s3=store)
    config = Config(
        tmp_path / "hub", "Hub", HOST, f"{scheme}://{HOST}", pages=SITES, cluster=cluster
    )
    (tmp_path / SITES).symlink_to(certificate[0].parent)
    place = Place(certificates=tmp_path, pages_in_s3=True, cache=tmp_path / "kept")
    file = tmp_path / "solicomm.conf"
    file.write_text(frontserver.nginx(config, place).text, "utf-8")
    main, errors = tmp_path / "nginx.conf", tmp_path / "error.log"
    main.write_text(
        f"pid {tmp_path}/nginx.pid;\nerror_log {errors};\nevents {{}}\nhttp {{ include {file}; }}\n"
    )
    code, said = _said("nginx", "-t", "-e", errors, "-c", main)
    assert (code, "[warn]" in said) == (0, False), said
