"""What a command writes is half for a moment, under a name that is nobody else's."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from solicomm_build.features.privacy import owndata

Run = Callable[..., Result]
ANA = "ana@union.example"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """Somebody's folder, with a file and a folder whose names end with `.part`."""
    folder = tmp_path / "mine"
    (folder / "bag.part").mkdir(parents=True)
    (folder / "bag.part" / "notes.txt").write_text("mine")
    (folder / "ana.zip.part").write_text("mine")
    return folder


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_kept_of_a_member_takes_no_file_of_others(on_hub: Run, mine: Path) -> None:
    assert on_hub("member", "add", "organising", ANA).exit_code == 0
    assert on_hub("member", "data", ANA, "--out", mine / "ana.zip").exit_code == 0
    assert (mine / "ana.zip.part").read_text() == "mine"
    assert _names(mine) == {"ana.zip", "ana.zip.part", "bag.part"}
    assert (mine / "ana.zip").stat().st_mode & 0o777 == 0o600


def test_of_what_could_not_be_written_nothing_stays(
    on_hub: Run, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    assert on_hub("member", "add", "organising", ANA).exit_code == 0
    monkeypatch.setattr(owndata, "pack", full)
    told = on_hub("member", "data", ANA, "--out", mine / "ana.zip")
    assert told.exit_code == 66
    assert "No space left on device. Name another --out" in told.stderr
    assert _names(mine) == {"ana.zip.part", "bag.part"}


def test_a_bag_takes_no_folder_of_others(on_hub: Run, mine: Path) -> None:
    told = on_hub("library", "export", "agreements", mine / "bag", "--bagit")
    assert told.exit_code == 0
    assert (mine / "bag.part" / "notes.txt").read_text() == "mine"
    assert _names(mine) == {"ana.zip.part", "bag", "bag.part"}
