"""Updates: what brings a stick from one state to another, as files that fit a mail.

stick as it is now, list of the other ─made→ update.zip ─apply→ the other, sum by sum
"""

from __future__ import annotations

from solicomm_build.foundation import data

SCRIPT = "_stick/apply.py"
"""Where a stick has the program that brings it up to date."""


def script() -> bytes:
    """That program: a module of ours that needs nothing of ours."""
    return data.beside(__file__, "apply.py").encode("utf-8")
