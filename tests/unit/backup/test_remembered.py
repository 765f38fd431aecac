"""What a hub remembers of its backups: whole, whoever writes at once, and never less in silence."""

from __future__ import annotations

import contextlib
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.backup import checks, engines, making, privacy
from solicomm_build.features.backup import key as keys
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import backups, health, hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Gone
from solicomm_build.testing import smallhub

DAY = timedelta(days=1)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    made.private.mkdir(exist_ok=True)
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    return hubyaml.load(made.root)


@pytest.fixture
def damaged(hub: Config) -> Path:
    """The file, with nothing in it that could be read; before, it named a place."""
    backups.note(hub, "/mnt/stick", at=clock.now(), every=DAY)
    path = hub.private / "backups.json"
    path.write_text('{"/mnt/stick": {"at": "2026-')
    return path


def _run(hub: Config, *words: object) -> Result:
    return CliRunner().invoke(main, [*map(str, words), "--hub", str(hub.root)])


def test_places_that_are_noted_at_once_all_stay(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A timer makes a backup while somebody makes one elsewhere: one of the two was forgotten, and
    nobody waited for it any more."""
    read, both = backups.read, threading.Barrier(2)

    def met(config: Config) -> list[backups.Kept]:
        found = read(config)
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.3)  # for the other one, which may not read yet
        return found

    monkeypatch.setattr(backups, "read", met)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: backups.note(hub, one, at=clock.now(), every=DAY), ("/a", "/b")))
    assert {one.place for one in read(hub)} == {"/a", "/b"}


def test_a_damaged_file_is_said(hub: Config, damaged: Path) -> None:
    """It counted as a hub that was never backed up, and nothing was overdue."""
    for look in (checks.CHECKS[0].look, checks.WATCHED[0].look):
        (found,) = look(hub)
        assert found.what == f"{damaged} does not say where backups are"
        assert found.remedy.startswith("Bring it back from one, or take it away")
    assert "a backup is overdue" in health.overdue(health.figures(hub))
    assert "solicomm_backups_overdue 1" in _run(hub, "metrics").output
    assert [one.name for one in privacy.TOLD[0](hub, Gone("e", clock.now(), (), (), ()))] == [
        "each backup"
    ]


def test_a_backup_is_made_all_the_same_and_says_so(
    hub: Config, damaged: Path, tmp_path: Path
) -> None:
    """The damaged file was written over: the other places were forgotten."""
    before = damaged.read_bytes()
    told = _run(hub, "backup", tmp_path / "b")
    assert told.exit_code == 74
    assert "does not say where backups are" in told.stderr
    assert len(engines.snapshots(str(tmp_path / "b"), keys.of_hub(hub))) == 1
    assert damaged.read_bytes() == before
    assert _run(hub, "backup", "forget", "/mnt/stick").exit_code == 74
    with pytest.raises(StoreError):
        backups.note(hub, "/c", at=None, every=None)


def test_a_place_whose_disk_is_away_is_not_begun_anew(hub: Config, tmp_path: Path) -> None:
    """Each backup went onto the hub's own disk, and counted."""
    place, away = tmp_path / "b", tmp_path / "away"
    assert _run(hub, "backup", place).exit_code == 0
    before = backups.read(hub)
    place.rename(away)
    for made in (False, True):  # a folder that a disk is mounted on is there without it, too
        if made:
            place.mkdir()
        told = _run(hub, "backup", place)
        assert told.exit_code != 0
        assert "is its disk there?" in told.stderr
        assert not place.exists() or not any(place.iterdir())
    assert backups.read(hub) == before
    place.rmdir()
    away.rename(place)
    assert _run(hub, "backup", place).exit_code == 0
    place.rename(away)
    assert _run(hub, "backup", "forget", place).exit_code == 0
    assert _run(hub, "backup", place).exit_code == 0


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not here")
def test_a_repository_of_restic_that_is_away_is_not_begun_anew(hub: Config, tmp_path: Path) -> None:
    place = tmp_path / "r"
    assert _run(hub, "backup", f"restic:{place}").exit_code == 0
    place.rename(tmp_path / "away")
    told = _run(hub, "backup", f"restic:{place}")
    assert told.exit_code != 0
    assert "is its disk there?" in told.stderr
    assert not place.exists()
    assert _run(hub, "backup", "forget", f"restic:{place}").exit_code == 0
    assert _run(hub, "backup", f"restic:{place}").exit_code == 0


def test_a_hub_comes_back_with_it(hub: Config, damaged: Path, tmp_path: Path) -> None:
    del damaged
    key = keys.of_hub(hub)
    making.make(hub, tmp_path / "b")
    found = engines.bring(str(tmp_path / "b"), key, tmp_path / "back", None, lambda *_: None)
    assert found.config.domain == hub.domain


def test_a_time_without_its_zone_is_none(hub: Config) -> None:
    (hub.private / "backups.json").write_text('{"/b": {"at": "2026-11-30T10:00:00"}}')
    with pytest.raises(StoreError):
        backups.read(hub)


def test_a_backup_of_a_clock_that_was_ahead_does_not_count(hub: Config) -> None:
    """Nothing was overdue for as long as the clock had been ahead."""
    now = clock.now()
    with clock.fixed(now + 400 * DAY):
        backups.note(hub, "/b", at=None, every=DAY)
        backups.note(hub, "/b", at=clock.now(), every=None)
    assert backups.is_overdue(backups.read(hub)[0], now)
    assert [one.what[:16] for one in checks.WATCHED[0].look(hub)] == ["the newest in /b"]
    backups.note(hub, "/b", at=now, every=None)
    assert not backups.is_overdue(backups.read(hub)[0], now)


def test_a_mistyped_place_can_be_forgotten_as_the_finding_says(hub: Config, tmp_path: Path) -> None:
    """The hub waits for backups into it from then on, so that one that always fails is missed."""
    (tmp_path / "file").write_text("no folder")
    place = f"{tmp_path}/file/backups"
    assert _run(hub, "backup", place).exit_code != 0
    (found,) = (one for one in checks.CHECKS[0].look(hub) if "none into" in one.what)
    assert "`solicomm backup forget`" in found.remedy
    assert _run(hub, "backup", "forget", place).exit_code == 0
    assert not [one for one in checks.CHECKS[0].look(hub) if "none into" in one.what]
