"""`solicomm check --probe` with Debian's Postfix in front: does it take a forged field away?

solicomm check → Postfix (header_checks) → LMTP socket → bridge → ingest → solicomm check
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.checks.registry import PROBE
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing import mailservers, served
from solicomm_build.testing.mailservers import Postfix, until
from solicomm_build.testing.ports import free_port

pytestmark = pytest.mark.skipif(
    bool(mailservers.missing("postfix")), reason=mailservers.missing("postfix")
)

SETTINGS = """\
lmtp: unix:{run}/lmtp
delivery: sink
dns: off
authserv_id: mail.hub.example
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with mailservers.folder() as made:
        yield made


@pytest.fixture(scope="module")
def hub(folder: Path) -> Iterator[Config]:
    config = mailservers.founded(folder, SETTINGS)
    with served.serving(config):
        yield config


@pytest.fixture(scope="module")
def postfix(folder: Path, hub: Config) -> Iterator[Postfix]:
    with mailservers.postfix(folder, folder / "mta", 1) as running:
        yield running


def probe(hub: Config, port: int, *, host: str = "127.0.0.1") -> tuple[str, str, str]:
    """Level, words and remedy of what the command says."""
    words = ["check", "--hub", str(hub.root), "--json", f"--probe={host}:{port}"]
    done = CliRunner().invoke(main, words)
    (row,) = [one for one in json.loads(done.stdout) if one["id"] == PROBE]
    assert row["level"] != "fault" or done.exit_code == 78
    return row["level"], row["what"], row["remedy"]


def test_the_shipped_postfix_takes_the_field_away(hub: Config, postfix: Postfix) -> None:
    level, what, _ = probe(hub, postfix.port)
    assert level == "fine"
    assert "takes away what strangers say" in what
    assert "says nothing of mail from this machine" in what, "no filter checks mail here"
    assert list((hub.state / "probes").iterdir()) == []
    assert list(Spool(hub.spool_in).quarantined()) == []


def test_one_that_leaves_it_is_a_fault(hub: Config, postfix: Postfix) -> None:
    etc = postfix.folder / "postfix"
    _set(etc, "header_checks=")
    try:
        found = until(lambda: _other(probe(hub, postfix.port), "takes away"), "Postfix without it")
    finally:
        _set(etc, f"header_checks=regexp:{postfix.folder}/mta/postfix/foreign_results")
    level, what, remedy = found
    assert level == "fault"
    assert "the hub believes it" in what
    assert "authserv_id" in remedy


def test_what_cannot_be_tried_is_said(hub: Config, postfix: Postfix) -> None:
    level, what, _ = probe(hub, free_port())
    assert (level, "does not answer" in what) == ("warning", True)
    level, what, _ = probe(hub, 25, host="192.0.2.1")
    assert (level, "is not this machine" in what) == ("warning", True)


def test_nothing_is_sent_without_being_asked_for(hub: Config, postfix: Postfix) -> None:
    done = CliRunner().invoke(main, ["check", "--hub", str(hub.root), "--json"])
    assert PROBE not in {one["id"] for one in json.loads(done.stdout)}


def _other(found: tuple[str, str, str], said: str) -> tuple[str, str, str] | None:
    """The finding, unless it is still the one before Postfix took its new settings."""
    return None if said in found[1] else found


def _set(etc: Path, line: str) -> None:
    subprocess.run(["postconf", "-c", str(etc), "-e", line], check=True, capture_output=True)
    subprocess.run(["postfix", "-c", str(etc), "reload"], check=True, capture_output=True)
