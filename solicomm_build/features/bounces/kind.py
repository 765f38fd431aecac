"""The classes of delivery failures. Which one a failure is of says bounceclass.py, whose words take
a while to load: who counts failures need not know them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The class of a failure."""

    GONE = "gone"
    FULL = "full"
    SIZE = "size"
    POLICY = "policy"
    SOFT = "soft"
