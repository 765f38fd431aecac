"""Joining and leaving a list on the web."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from solicomm_build.features.lists.leaving import Leaving
from solicomm_build.features.lists.listsection import Lists
from solicomm_build.features.lists.settingssection import Settings
from solicomm_build.features.lists.subscribing import Subscribing
from solicomm_build.features.lists.unsubscribe import Unsubscribe
from solicomm_build.web import plainpage
from solicomm_build.web.hooks import Served, Service
from solicomm_build.web.nodes.routes import Anywhere

_BOTH = ["GET", "POST"]


class Answers(Service):
    """The pages behind links in mail."""

    def __init__(self, served: Served) -> None:
        super().__init__(served)
        leaving = served.hold(Leaving(served.config))
        self._unsubscribe = Unsubscribe(leaving, served.config.domain)
        self._subscribing = served.hold(
            Subscribing(served.config, served.asking, confirming=served.confirming)
        )

    def routes(self) -> Iterable[Route]:
        """`/join/`, `/confirm/` and `/unsubscribe/`."""
        subscribing = self._subscribing
        yield Anywhere("/unsubscribe/{token}", endpoint=self._unsubscribe.answer, methods=_BOTH)
        yield Route("/join/page.css", endpoint=plainpage.stylesheet, methods=["GET"])
        yield Anywhere("/join/{conference}", endpoint=subscribing.join, methods=_BOTH)
        yield Anywhere("/confirm/{token}", endpoint=subscribing.confirm, methods=_BOTH)


SERVICE = Answers
MINE = (Lists, Settings)
