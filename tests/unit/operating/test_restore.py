"""Restoring where several operators are: into a hub that is there it waits; of a whole hub that
comes back they are told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.operating import proposals
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.people.operators import acts
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.operating.operatorhub import BEN, OP, made, run, to_answer


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return made(tmp_path / "hub")


def test_of_a_hub_that_comes_back_all_are_told(hub: DeskHub, tmp_path: Path) -> None:
    place, key, new = tmp_path / "backup", tmp_path / "key.txt", tmp_path / "new"
    assert run(hub, "backup", "to", str(place)).exit_code == 0
    assert run(hub, "backup", "key", "--out", str(key)).exit_code == 0
    words = ["restore", str(place), str(new), "--key", str(key)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    spool = Spool(hubyaml.load(new).spool_out)
    got = {
        item.envelope.rcpt_tos[0]: parse(item.raw).text
        for path in spool.pending()
        for item in spool.read(path)
    }
    assert {OP, BEN} <= set(got)
    assert "the hub was brought back from a backup" in got[BEN]
    assert any(act.words[:2] == ("alone", "restore") for act in acts.every(new))


def _bundle(hub: DeskHub, tmp_path: Path) -> Path:
    """A clone of a conference that this hub does not have."""
    bundle = tmp_path / "other.bundle"
    repo = open_repo(hub.config.conference_repo("board"))
    repo.git("bundle", "create", str(bundle), "main")
    return bundle


def test_into_a_hub_that_is_there_it_waits_and_is_bound_to_the_file(
    hub: DeskHub, tmp_path: Path
) -> None:
    bundle = _bundle(hub, tmp_path)
    words = ("restore", "--from", f"peer:{bundle}", str(hub.config.root))
    with clock.fixed(hub.now):
        told = CliRunner().invoke(main, [*words, "--as", OP])
        assert told.exit_code == 64
        assert "compare the key in words first" in told.output
        asked = CliRunner().invoke(main, [*words, "--yes", "--as", OP])
        assert asked.exit_code == 75, asked.output
    (one,) = proposals.every(hub.config)
    assert one.kind == "restore-hub"
    bundle.write_bytes(bundle.read_bytes() + b"more")
    (letter,) = [parse(item.raw) for item in hub.sent() if item.envelope.rcpt_tos == (BEN,)]
    hub.send(to_answer(letter), "yes", sender=BEN)
    texts = [parse(item.raw).text for item in hub.work()]
    assert any("Ask again" in text for text in texts), texts
