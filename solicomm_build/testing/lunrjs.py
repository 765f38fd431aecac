"""lunr.js for the tests, as the lock in tests/js says, kept below build/."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_LOCKED = _ROOT / "tests" / "js"
_CACHE = _ROOT / "build" / "lunrjs"


def node() -> str:
    """The program `node`; skips the test where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def lunr() -> Path:
    """lunr.js 2.3.9, installed if need be; skips the test where that cannot be done."""
    node()
    script = _CACHE / "node_modules" / "lunr" / "lunr.js"
    if not script.exists():
        if shutil.which("npm") is None:
            pytest.skip("npm is not installed, and lunr.js is not in build/lunrjs")
        _CACHE.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_LOCKED / name, _CACHE / name)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            cwd=_CACHE,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        if done.returncode:
            pytest.skip(f"lunr.js cannot be installed: {done.stderr.strip()[-200:]}")
    return script
