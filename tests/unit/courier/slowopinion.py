"""The child of a second opinion with a detector that has no end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from solicomm_build.features.bounces import secondopinion
from solicomm_build.features.bounces.reports import foreignopinion


def slow(raw: bytes) -> Sequence[str]:
    """Never answers when it is asked so."""
    if raw == b"endless":
        re.compile("(?:a|a)*b").match("a" * 64)
    return ["ana@union.example"]


if __name__ == "__main__":
    foreignopinion.second_opinion = slow
    secondopinion.SECONDS = 0.1
    secondopinion.main()
