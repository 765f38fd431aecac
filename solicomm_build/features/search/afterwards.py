"""The index after the pages, as the builder asks for it."""

from __future__ import annotations

from solicomm_build.builder.sections import Built
from solicomm_build.features.search import index
from solicomm_build.features.search.searchrun import BackgroundSearch
from solicomm_build.foundation.hub.config import Config


class SearchAfterwards:
    """The search beside a running builder."""

    def __init__(self, config: Config) -> None:
        self._search = BackgroundSearch(config)

    @property
    def busy(self) -> bool:
        """Whether an index is being made, or has to be."""
        return self._search.busy

    def built(self, hub: Built, *, public: bool) -> None:
        """Asks for the indexes to be as the pages are now."""
        self._search.want(hub.found, public=public)

    def step(self, hub: Built) -> None:
        """Looks after the child, and starts the next one when there is reason to."""
        del hub
        self._search.step()

    def close(self) -> None:
        """Ends the child."""
        self._search.close()


def once(config: Config, hub: Built, full: bool) -> None:
    """Brings every index up to date, merged. Blocking."""
    index.update(config, hub.found, settle=True, full=full, hands=hub.hands if full else None)
