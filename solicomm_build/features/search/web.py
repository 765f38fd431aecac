"""The search that the hub does itself."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.search.searching import ServedSearch
from solicomm_build.web.hooks import Service


class Answers(Service):
    """Answers what is asked of the search page in the page itself."""

    def routes(self) -> Iterable[Route]:
        """The search page in every language."""
        searching = ServedSearch(self.served)
        yield Route("/search/", endpoint=searching)
        yield Route("/{lang}/search/", endpoint=searching)


SERVICE = Answers
