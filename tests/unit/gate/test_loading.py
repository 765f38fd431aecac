"""The gate is started for each push, so it loads little: no resolver, and nothing that makes pages.

A process of its own that loads what judges a push to a conference → its modules.
"""

from __future__ import annotations

import subprocess
import sys

NEVER = {"asyncio", "dns", "dkim", "jinja2", "pelican", "PIL", "git"}
_LOAD = """
import sys
before = set(sys.modules) if "coverage" in sys.modules else set()
import solicomm_build.gate.conferences, solicomm_build.gate.hook, solicomm_build.gate.judge
print(*sorted(set(sys.modules) - before), sep="\\n")
"""


def test_a_push_to_a_conference_loads_what_judges_it() -> None:
    done = subprocess.run([sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "solicomm_build.gate.conferences" in loaded
    assert not NEVER & loaded
    assert len(loaded) <= 420
