"""Where preview cards are asked for."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.previews.answering import Asked, Previews
from solicomm_build.web.hooks import Service

_PLACES = ("/conferences/{a}/t/{b}/", "/conferences/{a}/polls/{b}/", "/libraries/{a}/{b}/")


class Answers(Service):
    """The addresses of cards, each beside the page that it is of."""

    def routes(self) -> Iterable[Route]:
        """Of topics, votes and documents."""
        asked = Asked(Previews(self.served.config, self.served.pages))
        for place in _PLACES:
            yield Route(f"{place}preview.png", endpoint=asked, methods=["GET"])


SERVICE = Answers
