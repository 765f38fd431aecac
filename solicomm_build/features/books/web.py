"""Where books are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.books.making import NAME
from solicomm_build.features.books.serving import Asked, Books, Members
from solicomm_build.features.books.takepage import TakePage
from solicomm_build.web.hooks import Service

_PLACES = ("t/{topic}/", "labels/{label}/", "calendar/", "{year}/{month}/")


class Answers(Service):
    """The addresses of books, each beside the page that it is of."""

    def routes(self) -> Iterable[Route]:
        """Of topics, months, labels and courses; and the pages of what there is to take."""
        served = self.served
        members = Members(served.sessions, served.readers)
        asked = Asked(Books(served.config, members), served.pages)
        for place in _PLACES:
            path = f"/conferences/{{conference}}/{place}{NAME}"
            yield Route(path, endpoint=asked, methods=["GET"])
        take = TakePage(served.config, members, served.pages)
        for place in ("conferences/{conference}", "libraries/{library}", "unions/{union}"):
            yield Route(f"/take/{place}/", endpoint=take, methods=["GET"])


SERVICE = Answers
