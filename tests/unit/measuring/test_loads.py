"""Every module of the benchmarks can be loaded: they run for hours and seldom, and a name that the
program no longer has would be missed last."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[3]
_LOAD = """
import importlib, pkgutil, tests.bench as bench
for module in pkgutil.walk_packages(bench.__path__, "tests.bench."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
"""


def test_each_module_loads() -> None:
    subprocess.run([sys.executable, "-c", _LOAD], cwd=_ROOT, check=True)
