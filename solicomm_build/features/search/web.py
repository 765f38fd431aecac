"""The search that the hub does itself."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.search.saved.pages import Saving
from solicomm_build.features.search.searching import ServedSearch
from solicomm_build.web.hooks import Served, Service


class Answers(Service):
    """Answers what is asked of the search page in the page itself."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        self._saving = served.hold(Saving(served))

    def routes(self) -> Iterable[Route]:
        """The search page in every language."""
        searching = ServedSearch(self.served)
        saving = self._saving
        yield Route("/search/feed.xml", endpoint=saving.feed, methods=["GET"])
        yield Route("/search/save", endpoint=saving.save, methods=["POST"])
        yield Route("/search/stop/{token}", endpoint=saving.stop, methods=["GET", "POST"])
        yield Route("/search/", endpoint=searching)
        yield Route("/{lang}/search/", endpoint=searching)


SERVICE = Answers
