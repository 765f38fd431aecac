"""`solicomm deliver` beside a hub that is served."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.courier.run import BUSY
from solicomm_build.courier.sink import mboxrd
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import liveness
from solicomm_build.testing import smallhub
from tests.unit.cli.conftest import Run

NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("is_up", "said"),
    [
        (True, "1 mail on the way\n"),
        (False, "1 mail in line; the hub does not run: solicomm deliver --once sends them\n"),
    ],
)
def test_who_sends_it_is_said(run: Run, tmp_path: Path, is_up: bool, said: str) -> None:
    hub = smallhub.make(tmp_path / "hub")
    text = "name: Test\ndomain: hub.example\nurl: http://hub.example\n"
    text += "delivery: relay\nrelay: {host: 127.0.0.1, port: 2525}\n"
    (hub.root / "hub.yaml").write_text(text)
    hub.sink.parent.mkdir(parents=True, exist_ok=True)
    hub.sink.write_bytes(mboxrd("news@hub.example", b"A: b\r\n\r\nhi\r\n", NOW, "a@b.example"))
    pulse = liveness.Pulse(hub.state, "deliver") if is_up else None
    try:
        done = run("deliver", "--sink", "--yes", "--hub", hub.root)
    finally:
        if pulse is not None:
            pulse.end()
    assert (done.exit_code, done.output) == (0, said)


def test_it_leaves_all_to_a_hub_whose_courier_rests(run: Run, tmp_path: Path) -> None:
    """That has no process and no lock then, and yet the doorbell is its own."""
    hub = smallhub.make(tmp_path / "hub")
    text = "name: Test\ndomain: hub.example\nurl: http://hub.example\n"
    (hub.root / "hub.yaml").write_text(text)
    pulse = liveness.Pulse(hub.state, "deliver")
    try:
        for words in (["deliver", "--once"], ["deliver"]):
            told = run(*words, "--hub", hub.root)
            assert told.exit_code == HubError.exit_code
            assert BUSY in told.output
    finally:
        pulse.end()
