"""What is written for the server in front, and what is refused: no server is started here
(tests/e2e/test_front_servers.py starts them)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config, HostPort, named
from solicomm_build.testing import smallhub
from solicomm_build.web.fronts import frontserver
from solicomm_build.web.fronts.frontserver import Place, Written

WRITERS = pytest.mark.parametrize("write", [frontserver.nginx, frontserver.caddy])
Writer = Callable[[Config, Place], Written]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    return replace(made, url="https://hub.example", pages="unions.example")


@WRITERS
@pytest.mark.parametrize(
    ("url", "http", "bind"),
    [
        ("https://hub.example", ("0.0.0.0", 443), ""),
        ("https://hub.example", ("::", 443), "192.0.2.1"),
        ("https://hub.example", ("127.0.0.1", 443), ""),
        ("https://hub.example", ("0.0.0.0", 80), ""),
        ("http://hub.example:8080", ("127.0.0.1", 8080), ""),
        ("http://hub.example:8080", ("127.0.0.1", 8080), "127.0.0.1"),
    ],
)
def test_a_server_that_would_talk_to_itself_is_refused(
    hub: Config, write: Writer, url: str, http: HostPort, bind: str
) -> None:
    with pytest.raises(UsageError) as refused:
        write(replace(hub, url=url, http=http), Place(bind))
    assert f"`http: {named(http)}`" in refused.value.public
    assert "Write `http: 127.0.0.1:8080`" in refused.value.public


@WRITERS
def test_a_hub_without_an_address_of_its_own_is_told_to_get_one(hub: Config, write: Writer) -> None:
    trial = replace(hub, url="http://127.0.0.1:8080", pages=None)
    assert "`url` in hub.yaml" in write(trial, Place()).todo[0]


@WRITERS
def test_the_same_port_of_another_address_is_another_place(hub: Config, write: Writer) -> None:
    assert write(replace(hub, http=("127.0.0.1", 443)), Place("192.0.2.1")).text


@WRITERS
def test_a_hub_that_speaks_https_itself_is_refused(hub: Config, write: Writer) -> None:
    both = replace(hub, tls=(Path("/a"), Path("/b")))
    with pytest.raises(UsageError, match="`web: off` under `tls`"):
        write(both, Place())
    assert write(replace(both, tls_on_web=False), Place()).text


@WRITERS
def test_a_hub_that_everybody_can_reach_past_the_server_is_said(
    hub: Config, write: Writer, tmp_path: Path
) -> None:
    written = write(replace(hub, http=("0.0.0.0", 8080)), Place(certificates=tmp_path))
    assert "127.0.0.1:8080" in written.text
    assert "0.0.0.0" not in written.text
    assert any("everybody gets past" in line for line in written.todo)
    named6 = write(replace(hub, http=("::", 8080)), Place(certificates=tmp_path))
    assert "[::1]:8080" in named6.text


def test_certificates_that_are_not_there_are_said(hub: Config, tmp_path: Path) -> None:
    written = frontserver.nginx(hub, Place(certificates=tmp_path))
    assert written.note == ""
    assert len([line for line in written.todo if "a certificate in" in line]) == 2


def test_certificates_that_this_user_may_not_see_are_taken_to_be_there(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same as another user: tests/unit/cli/test_owner.py."""
    folder = tmp_path / "letsencrypt/live"
    proven = {"www.metal.example": {"union": "metal", "proven": "2026-03-01T00:00:00+00:00"}}
    hub.private.mkdir(exist_ok=True)
    (hub.private / "domains.json").write_text(json.dumps(proven))
    assert len(frontserver.nginx(hub, Place(certificates=folder)).todo) == 3
    stat = Path.stat

    def shut(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.is_relative_to(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", shut)
    written = frontserver.nginx(hub, Place(certificates=folder))
    assert written.todo == []
    assert "\n" not in written.note
    assert "hub.example, unions.example, www.metal.example" in written.note
    for name in ("hub.example", "unions.example", "www.metal.example"):
        assert f"ssl_certificate {folder}/{name}/fullchain.pem;" in written.text


@pytest.mark.parametrize(
    ("version", "knows"),
    [("nginx version: nginx/1.22.1", False), ("nginx/1.25.1 (x)", True), ("", True)],
)
def test_http2_is_said_as_this_nginx_reads_it(version: str, knows: bool) -> None:
    """Debian 12 has 1.22, to which `http2 on` is no directive."""
    assert frontserver.knows_http2(version) is knows
    listen = "    listen 443 ssl;\n    listen [::]:443 ssl;"
    said = frontserver._two(listen, Place(says_http2=knows))
    assert said.splitlines() == (
        ["    listen 443 ssl;", "    listen [::]:443 ssl;", "    http2 on;"]
        if knows
        else ["    listen 443 ssl http2;", "    listen [::]:443 ssl http2;"]
    )
