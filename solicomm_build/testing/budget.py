"""How many examples a property test tries: few by default, many when one goes hunting."""

from __future__ import annotations

import os

_FACTOR = {"fuzz": 25}


def examples(usual: int) -> int:
    """`usual`, or many more with HYPOTHESIS_PROFILE=fuzz."""
    return usual * _FACTOR.get(os.environ.get("HYPOTHESIS_PROFILE", ""), 1)
