"""What the builder does for it: it rings when pages were built."""

from __future__ import annotations

from solicomm_build.builder.sections import Afterwards, Built
from solicomm_build.features.publishing import run
from solicomm_build.foundation.hub.config import Config


class _Ringing:
    """Wakes the publisher after the pages, and again when the search's index may be there."""

    busy = False

    def __init__(self, config: Config) -> None:
        self._bell = run.bell(config) if run.is_wanted(config) else None

    def built(self, built: Built, *, public: bool) -> None:
        """Called after a build that changed something."""
        if self._bell is not None:
            self._bell.ring()

    def step(self, built: Built) -> None:
        """Nothing is left to do."""

    def close(self) -> None:
        """Nothing is held."""


def _once(config: Config, built: Built, full: bool) -> None:
    if run.is_wanted(config):
        run.bell(config).ring()


AFTERWARDS = (Afterwards("publish", 90, _Ringing, _once),)
