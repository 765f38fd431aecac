"""Asks a child of ours about texts of strangers: JSON in, JSON out, within a time.

The child shuts itself in before it reads them; what it does not answer in time, or not as JSON, is
None.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

_LIMIT = 32 << 20
"""Octets that a child may say."""


def asked(module: str, question: object, seconds: float) -> Any | None:
    """What the child answers. Blocking."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-m", module],
            input=json.dumps(question).encode("utf-8", "replace"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
            close_fds=True,
            env={"PATH": os.defpath},
        )
        if done.returncode or len(done.stdout) > _LIMIT:
            return None
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
