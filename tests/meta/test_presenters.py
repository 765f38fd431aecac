"""What shows pages sees facts, messages and readers: no stage, and nothing that plans pages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
OURS = "pelican.plugins.solicomm"
STAGES = ("bridge", "ingest", "gate", "desk", "courier", "web", "cli", "builder")
FORBIDDEN = tuple(f"solicomm_build.{stage}." for stage in STAGES)


def _reached(module: str) -> list[str]:
    script = Path(__file__).with_name("importgraph.py")
    words = ("--from", module, str(ROOT), "solicomm_build", "plugins:pelican")
    done = subprocess.run(
        [sys.executable, str(script), *words], capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("name", ["registration"])
def test_presenters_bring_no_stage_along(name: str) -> None:
    """The hub's builder names them by a string, and they know nothing of it."""
    found = _reached(f"{OURS}.{name}")
    assert f"{OURS}.topics" in found
    assert [one for one in found if one.startswith(FORBIDDEN)] == []
