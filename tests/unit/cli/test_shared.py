"""What stages share is there, is loaded once, and is set aside from the collector."""

from __future__ import annotations

import subprocess
import sys

from solicomm_build.cli import shared

_LOOK = """
import gc, sys
from solicomm_build.cli import shared
shared.load(["en", "ar"])
print(all(name in sys.modules for name in shared.MODULES), gc.get_freeze_count() > 10_000)
from solicomm_build import i18n
print(i18n.translation.cache_info().currsize)
"""


def test_all_is_loaded_and_frozen() -> None:
    told = subprocess.run(
        [sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True, timeout=60
    ).stdout.split()
    assert told[:2] == ["True", "True"]
    assert int(told[2]) >= 2


def test_nothing_of_one_stage_alone_is_shared() -> None:
    """What only the builder or the web server loads would cost everybody's start."""
    alone = ("pelican", "uvicorn", "starlette", "docutils", "PIL")
    script = _LOOK + f"print([name for name in {alone!r} if name in sys.modules])"
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    assert told.splitlines()[-1] == "[]"
    assert len(set(shared.MODULES)) == len(shared.MODULES)
