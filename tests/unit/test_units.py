"""The units that we ship give the hub what it needs and nothing more."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNITS = sorted((Path(__file__).parents[2] / "deploy").rglob("*.service"))
MOST = 2.0
"""Of `systemd-analyze security`: 0 is nothing at all, 10 everything."""
WRITES = {"solicomm-follower-gc.service": {"/srv/git"}}
"""What a unit of a machine without a hub may write in place of a hub."""


def test_there_are_units() -> None:
    assert {unit.name for unit in UNITS} >= {"solicomm.service", "solicomm-maps.service"}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_exposed_to_little(unit: Path) -> None:
    words = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)]
    said = subprocess.run(words, capture_output=True, text=True, check=False).stdout
    found = re.search(r"exposure level for \S+ ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST, said


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_writes_below_the_hub_alone(unit: Path) -> None:
    text = unit.read_text("utf-8")
    assert "ProtectSystem=strict" in text
    writes = re.findall(r"^ReadWritePaths=-?(\S+)$", text, re.MULTILINE)
    assert set(writes) <= WRITES.get(unit.name, {"/srv/solicomm/hub", "/run/solicomm"})


def test_a_semicolon_is_told_to_the_program() -> None:
    """systemd takes one that stands alone for the end of a command (systemd.service(5))."""
    for unit in UNITS:
        for line in unit.read_text().splitlines():
            if line.startswith("Exec"):
                assert ";" not in line.split(), unit
