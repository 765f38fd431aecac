"""The search for browsers that cannot search themselves."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.search.searching import ScriptlessSearch
from solicomm_build.web.hooks import Service


class Answers(Service):
    """Searches here what a browser without scripts asks for."""

    def routes(self) -> Iterable[Route]:
        """The search page in every language."""
        searching = ScriptlessSearch(self.served.config, self.served.pages)
        yield Route("/search/", endpoint=searching)
        yield Route("/{lang}/search/", endpoint=searching)


SERVICE = Answers
