"""What the builder asks of features: `pages.py` in the folder of a feature."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from solicomm_build.builder.parts import PartOf
from solicomm_build.foundation import hooks


class PagesHook(Protocol):
    """`pages.py` of a feature, loaded by the builder alone."""

    PARTS: Iterable[PartOf]
    """What every conference shows of the feature."""


def parts() -> tuple[PartOf, ...]:
    """The parts of conferences that features add."""
    found: tuple[Iterable[PartOf], ...] = hooks.each("pages", "PARTS")
    return tuple(part for some in found for part in some)
