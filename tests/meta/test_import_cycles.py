"""No module imports one that imports it, not even within a function."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
SCRIPT = Path(__file__).with_name("importgraph.py")


def _circle(root: Path, *packages: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(root), *packages],
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_no_modules_import_each_other() -> None:
    assert _circle(ROOT, "solicomm_build", "plugins:pelican") == []


@pytest.mark.parametrize(
    "line",
    [
        "import house.door",
        "from house import door",
        "from . import door",
        "from .door import open",
        "def late():\n    from house.door import open",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.door import open",
    ],
)
def test_a_circle_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text("")
    (tmp_path / "house" / "door.py").write_text("from house import key\n")
    (tmp_path / "house" / "key.py").write_text(line + "\n")
    found = _circle(tmp_path, "house")
    assert found[0] == found[-1]
    assert set(found) == {"house.door", "house.key"}


def test_a_package_that_imports_its_parts_is_in_a_circle_when_they_import_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "house").mkdir()
    (tmp_path / "house" / "__init__.py").write_text("from house.door import open\n")
    (tmp_path / "house" / "door.py").write_text("from house import key\n")
    (tmp_path / "house" / "key.py").write_text("")
    assert set(_circle(tmp_path, "house")) == {"house", "house.door"}
