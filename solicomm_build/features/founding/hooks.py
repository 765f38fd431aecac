"""What the sample hub asks of features: `sample.py` in the folder of a feature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config


class SampleHook(Protocol):
    """`sample.py` of a feature: what the sample hub shows of it, beside what lies in the files of
    conferences, libraries and sites."""

    PLANT: Callable[[Config], None]
    """Puts it into a hub that is being founded, which has no members yet."""

    GIVE: Callable[[Config], None]
    """Ties it to members, once they are there."""


def plant(config: Config) -> None:
    """Puts what features show into a hub that is being founded."""
    for step in hooks.each("sample", "PLANT"):
        step(config)


def give(config: Config) -> None:
    """Ties what features show to the members."""
    for step in hooks.each("sample", "GIVE"):
        step(config)
