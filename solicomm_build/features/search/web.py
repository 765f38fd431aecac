"""The search that the hub does itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from solicomm_build.features.search.peers import listing, mirroring
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
        yield Route(mirroring.LIST, endpoint=self._files, methods=["GET"])
        yield Route("/search/feed.xml", endpoint=saving.feed, methods=["GET"])
        yield Route("/search/save", endpoint=saving.save, methods=["POST"])
        yield Route("/search/stop/{token}", endpoint=saving.stop, methods=["GET", "POST"])
        yield Route("/search/", endpoint=searching)
        yield Route("/{lang}/search/", endpoint=searching)

    async def _files(self, _request: Request) -> Response:
        """What files the public index has, for hubs that keep a copy."""
        root = self.served.config.public / "search" / "index"
        body = listing.encode(await asyncio.to_thread(listing.of, root))
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-cache"})


SERVICE = Answers
