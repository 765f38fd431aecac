"""What breaks leaves no memory on the disk, where members and keys would be read.

A process that may leave a core → any command of ours → how large one may be now
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_RUN = """
import resource, sys
from solicomm_build.cli.main import main
_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
try:
    main(["--help"])
finally:
    print(resource.getrlimit(resource.RLIMIT_CORE)[0], file=sys.stderr)
"""


def test_no_command_and_so_no_stage_leaves_a_core() -> None:
    words = [sys.executable, "-c", _RUN]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == "0\n"


def test_the_unit_says_so_too() -> None:
    unit = Path(__file__).parents[3] / "deploy" / "systemd" / "solicomm.service"
    assert "LimitCORE=0" in unit.read_text("utf-8").splitlines()
