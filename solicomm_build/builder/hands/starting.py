"""Starts the process that asks other machines (pool.py), before the builder is loaded: both take a
second of a processor.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PATIENCE = 60.0
"""Seconds that a machine has for one piece of work, which takes one as a rule."""
_POOL = "solicomm_build.builder.hands.pool"


def start(root: Path, *, patience: float = PATIENCE) -> subprocess.Popen[bytes]:
    """The process, of the hub in this folder. It ends with its input."""
    words = [sys.executable, "-m", _POOL, str(root.absolute()), str(patience)]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
