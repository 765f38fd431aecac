"""Commands that people type often load what they need, and not what the stages need.

A process of its own each → how many modules it has loaded when it is done, and which.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from solicomm_build.foundation.hub.config import Config

_RUN = """
import sys
before = set(sys.modules) if "coverage" in sys.modules else set()
from solicomm_build.cli.main import main
try:
    main(sys.argv[1:])
finally:
    print(*sorted(set(sys.modules) - before), sep="\\n", file=sys.stderr)
"""
"""While coverage is measured, what that has loaded is not the command's."""
STAGES = {"asyncio", "dns", "dkim", "http.client", "jinja2", "pelican", "PIL", "h11"}
"""What pages, mail and the web are made with."""


@pytest.mark.parametrize(
    ("words", "most", "never"),
    [
        (("--help",), 300, STAGES | {"cryptography", "babel", "git", "sqlite3", "subprocess"}),
        (("status",), 600, STAGES | {"git"}),
        (("member", "add", "solidaridad", "ana@union.example"), 420, STAGES | {"git"}),
    ],
)
def test_a_command_loads_what_it_needs(
    words: tuple[str, ...], most: int, never: set[str], sample_hub: Config
) -> None:
    for _ in range(2):  # the first of all makes what later ones find
        done = subprocess.run(
            [sys.executable, "-c", _RUN, *words],
            capture_output=True,
            text=True,
            check=True,
            env={"SOLICOMM_HUB": str(sample_hub.root), "PATH": "/usr/bin:/bin"},
        )
    loaded = done.stderr.split()
    assert "solicomm_build.cli.main" in loaded
    assert not never.intersection(loaded)
    assert len(loaded) <= most
