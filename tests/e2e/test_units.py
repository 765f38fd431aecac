"""The units for systemd, as systemd itself reads them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import solicomm_build

DEPLOY = Path(solicomm_build.__file__).parents[1] / "deploy"
OURS = "/srv/solicomm/app/.venv/bin/solicomm "
OTHERS = {"seaweedfs.service": "/usr/local/bin/weed ", "solicomm-follower-gc.service": "=find "}
"""Units that start another program."""

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is missing"
)


def test_systemd_has_nothing_to_say_against_the_units(tmp_path: Path) -> None:
    """Nor against what `cluster init` adds to the hub's."""
    units = [
        path
        for folder in ("systemd", "cluster")
        for path in (DEPLOY / folder).iterdir()
        if path.suffix in {".service", ".timer"}
    ]
    assert OTHERS.keys() < {path.name for path in units}
    for path in units:
        text = path.read_text("utf-8")
        assert OTHERS.get(path.name, OURS) in text or path.suffix == ".timer"
        (tmp_path / path.name).write_text(
            re.sub(r"/srv/\S+/bin/solicomm|/usr/local/bin/weed", "/bin/true", text)
        )
    named = sorted(tmp_path.iterdir())
    more = tmp_path / "solicomm.service.d"
    more.mkdir()
    shutil.copy(DEPLOY / "cluster" / "solicomm-cluster.conf", more / "cluster.conf")
    done = subprocess.run(
        ["systemd-analyze", "verify", *named],
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
