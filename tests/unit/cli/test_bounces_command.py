"""`solicomm bounces`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.command import command
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.people import rosterevents
from solicomm_build.testing.listhub import WHEN, ListHub


@pytest.fixture
def hub(tmp_path: Path) -> ListHub:
    made = ListHub(tmp_path)
    made.members(["ana@a.example", "bo@b.example"])
    text = hubyaml.template("Test", "hub.example", url="https://hub.example")
    (tmp_path / "hub.yaml").write_text(text, "utf-8")
    at = WHEN + timedelta(days=1)
    events = [
        rosterevents.bounce(1, "water", "gone", "2026-11-25", at=at),
        rosterevents.state(
            1, "disabled", at=at, by="bounces", conference="water", reason="bounces"
        ),
    ]
    made._roster.append(events, at=at, subject="Bounces")
    return made


def _run(hub: ListHub, *words: str) -> str:
    with clock.fixed(WHEN + timedelta(days=2)):
        done = CliRunner().invoke(command, [words[0], "--hub", str(hub.config.root), *words[1:]])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.output


def test_list_and_revert(hub: ListHub) -> None:
    assert _run(hub, "list", "water") == "1\ta…@a…\tdisabled\t1\t2026-11-25\tgone\n"
    assert "\tana@a.example\t" in _run(hub, "list", "water", "--addresses")
    assert _run(hub, "revert", "--since", "2026-11-25", "--domain", "b.example").startswith(
        "Taken back for 0"
    )
    assert _run(hub, "revert", "--since", "2026-11-25T00:00Z") == "Taken back for 1 member\n"
    assert hub._roster.roster().state(1, "water").state == "active"
    assert hub._roster.roster().ledger(Returns).bounces(1) == ()


def test_a_time_that_is_none(hub: ListHub) -> None:
    runner = CliRunner()
    done = runner.invoke(command, ["revert", "--hub", str(hub.config.root), "--since", "yesterday"])
    assert "2026-11-24T14:00Z" in str(done.exception or done.output)
