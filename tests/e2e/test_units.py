"""The units for systemd, as systemd itself reads them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import solicomm_build

UNITS = Path(solicomm_build.__file__).parents[1] / "deploy" / "systemd"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing"
)


def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    named = [path for path in UNITS.iterdir() if path.suffix in {".service", ".timer"}]
    for path in named:
        text = path.read_text("utf-8")
        assert "/srv/solicomm/app/.venv/bin/solicomm " in text or path.suffix == ".timer"
        (tmp_path / path.name).write_text(re.sub(r"/srv/\S+/bin/solicomm", "/bin/true", text))
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
