"""Where the connections to other machines are kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.replica.connections import ssh

DEEP = Path("/srv", *["federation-of-transport-workers"] * 4)


def _kept(root: Path) -> str:
    config = Config(root, "Hub", "hub.example", "https://hub.example")
    found = [one for one in ssh(config) if one.startswith("-oControlPath=")]
    return found[0].removeprefix("-oControlPath=") if found else ""


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for temporary files with a short name."""
    folder = Path(tempfile.mkdtemp(prefix="s", dir="/tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_hub_has_them_with_it(short: Path) -> None:
    assert _kept(short / "hub") == f"{short}/hub/state/cluster/%C"


def test_one_that_lies_deep_has_a_folder_that_nobody_else_may_look_into(short: Path) -> None:
    first, again, other = _kept(DEEP), _kept(DEEP), _kept(DEEP / "other")
    assert first == again != other
    folder = Path(first).parent
    assert folder.parent == short
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    assert _kept(DEEP) == "", "somebody may have put it there before us"
    folder.rmdir()
    folder.symlink_to(short)
    assert _kept(DEEP) == ""


def test_where_no_path_is_short_enough_each_step_has_its_own(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(short / ("x" * 60)))
    assert _kept(DEEP) == ""
